import { createHash } from "node:crypto";
import { printJson } from "#core/json.ts";
import { ActivityError } from "../adapter.ts";
import type { HttpResponse } from "./exchange.ts";
import type { HttpParameters } from "./http-manifest.ts";

/** One request as it goes out; header names are in lower case. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Names the request in causes: a query may hold secrets and is left out. */
export const describe = ({ method, url }: Pick<HttpRequest, "method" | "url">): string =>
  `${method} ${url.origin}${url.pathname}`;

/** Methods that change nothing by HTTP's definition (RFC 9110, 9.2.1). */
export const isSafeMethod = (method: string): boolean =>
  ["GET", "HEAD", "OPTIONS"].includes(method);

/** Headers that frame the message: the adapter's to set. */
const framing = new Set([
  "connection",
  "content-length",
  "expect",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const invalid = (cause: string): ActivityError => new ActivityError("Http.RequestInvalid", cause);

const urlOf = (parameters: HttpParameters): URL => {
  const url = URL.parse(parameters.url);
  if (url === null)
    throw invalid('"url" is not a URL: write it in full, such as https://host/path');
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw invalid(`"url" begins with ${url.protocol}: only http: and https: can be called`);
  if (url.username !== "" || url.password !== "")
    throw invalid('"url" holds a user or password: send them in an authorization header');
  const pairs = new URLSearchParams();
  for (const [name, values] of Object.entries(parameters.query ?? {}))
    for (const value of [values].flat()) pairs.append(name, String(value));
  url.search = [url.search.slice(1), pairs.toString()].filter((part) => part !== "").join("&");
  url.hash = "";
  return url;
};

const bodyOf = ({ json, text }: HttpParameters): { body?: string; type?: string } => {
  if (json !== undefined && text !== undefined)
    throw invalid('both "json" and "text" are given: a request has one body');
  if (json !== undefined) return { body: printJson(json), type: "application/json" };
  return text === undefined ? {} : { body: text, type: "text/plain; charset=utf-8" };
};

const headersOf = (given: Readonly<Record<string, string>>): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const lower = name.toLowerCase();
    if (framing.has(lower)) throw invalid(`the header "${lower}" is set by the adapter`);
    headers[lower] = value;
  }
  return headers;
};

/** A hash in the shape of a UUID (version 8): endpoints limit how long a key is, and some want a UUID. */
const idempotencyHeader = (key: string): string => {
  const hex = createHash("sha256").update(key).digest("hex");
  const variant = "89ab"[Number.parseInt(hex[16] ?? "0", 16) % 4];
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
};

/** The first request for `parameters`; throws `Http.RequestInvalid`. */
export const requestOf = (parameters: HttpParameters, idempotencyKey: string): HttpRequest => {
  const method = parameters.method ?? "GET";
  const { body, type } = bodyOf(parameters);
  if (body !== undefined && method === "HEAD") throw invalid("a HEAD request has no body");
  const isKeyed = parameters.idempotencyKey ?? !isSafeMethod(method);
  return {
    method,
    url: urlOf(parameters),
    headers: {
      "user-agent": "holdfast",
      accept: "*/*",
      "accept-encoding": "identity",
      ...(type === undefined ? {} : { "content-type": type }),
      ...(isKeyed ? { "idempotency-key": idempotencyHeader(idempotencyKey) } : {}),
      ...headersOf(parameters.headers ?? {}),
    },
    body,
  };
};

const redirects = new Set([301, 302, 303, 307, 308]);

/** Headers that another origin may see: any other may hold a secret of the first. */
const harmless = new Set([
  "accept",
  "accept-encoding",
  "accept-language",
  "content-type",
  "if-range",
  "range",
  "user-agent",
]);

const keep = (
  headers: HttpRequest["headers"],
  isKept: (name: string) => boolean,
): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => isKept(name)));

/** Whether the response points elsewhere. */
export const isRedirect = (response: Pick<HttpResponse, "status" | "headers">): boolean =>
  redirects.has(response.status) && response.headers["location"] !== undefined;

/**
 * The request that follows a redirect, as browsers do it: 303, and 301 and 302 after a POST, go on
 * as GET without body. Throws `Http.BadResponse` if the location is of no use.
 */
export const redirected = (request: HttpRequest, response: HttpResponse): HttpRequest => {
  const url = URL.parse(response.headers["location"] ?? "", request.url.href);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw new ActivityError(
      "Http.BadResponse",
      `${describe(request)} redirects to a location that is no http: or https: URL`,
    );
  url.username = "";
  url.password = "";
  const { status } = response;
  const becomesGet =
    (status === 303 && request.method !== "HEAD") ||
    ((status === 301 || status === 302) && request.method === "POST");
  const isSameOrigin = url.origin === request.url.origin;
  const headers = keep(
    request.headers,
    (name) =>
      (isSameOrigin || harmless.has(name)) &&
      !(becomesGet && (name.startsWith("content-") || name === "idempotency-key")),
  );
  return becomesGet
    ? { method: "GET", url, headers, body: undefined }
    : { ...request, url, headers };
};
