import { isJsonObject, type Json, type JsonObject } from "#core/json.ts";
import type { ActivityDefinition, ActivityFlags } from "../adapter.ts";
import { isSafeMethod } from "./http-request.ts";

type QueryValue = string | number | boolean;

/** Parameters of `holdfast:http:request`, as the schema below lets them through. */
export interface HttpParameters {
  readonly method?: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, QueryValue | readonly QueryValue[]>>;
  readonly json?: Json;
  readonly text?: string;
  readonly timeoutSeconds?: number;
  readonly connectTimeoutSeconds?: number;
  readonly failOnStatus?: boolean;
  readonly followRedirects?: number;
  readonly maxResponseBytes?: number;
  readonly discardBody?: boolean;
  readonly idempotencyKey?: boolean;
  readonly restartable?: boolean;
}

/** What applies where the parameters do not say, and how far they may go. */
export interface HttpLimits {
  readonly timeoutSecondsDefault: number;
  readonly timeoutSecondsMax: number;
  readonly connectTimeoutSecondsDefault: number;
  readonly connectTimeoutSecondsMax: number;
  readonly redirectCountMax: number;
  readonly responseSizeDefault: number;
  readonly responseSizeMax: number;
}

const queryValue = { type: ["string", "number", "boolean"] };

const inputOf = (limits: HttpLimits): JsonObject => ({
  type: "object",
  properties: {
    method: {
      enum: ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"],
      default: "GET",
    },
    url: { type: "string", description: "http: or https:, in full, without user and password." },
    headers: {
      type: "object",
      additionalProperties: { type: "string" },
      description: "Sent as they are. They appear in the history of the execution.",
    },
    query: {
      type: "object",
      additionalProperties: { anyOf: [queryValue, { type: "array", items: queryValue }] },
      description: "Added to the query of the URL.",
    },
    json: { description: "The body, sent as application/json." },
    text: { type: "string", description: "The body, sent as text/plain unless headers say else." },
    timeoutSeconds: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: limits.timeoutSecondsMax,
      default: limits.timeoutSecondsDefault,
      description: "For everything, redirects and body included.",
    },
    connectTimeoutSeconds: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: limits.connectTimeoutSecondsMax,
      default: limits.connectTimeoutSecondsDefault,
    },
    failOnStatus: {
      type: "boolean",
      default: true,
      description: "Whether a status from 400 on is a failure; otherwise it is a result.",
    },
    followRedirects: {
      type: "integer",
      minimum: 0,
      maximum: limits.redirectCountMax,
      default: 0,
      description: "How many redirects are followed; with 0 a redirect is the result.",
    },
    maxResponseBytes: {
      type: "integer",
      minimum: 0,
      maximum: limits.responseSizeMax,
      default: limits.responseSizeDefault,
    },
    discardBody: {
      type: "boolean",
      default: false,
      description:
        "Whether the body is read to its end and dropped, however large it is, where only status, headers, latency and size count. The result has bodyBytes then, and null as body.",
    },
    idempotencyKey: {
      type: "boolean",
      description:
        "Whether an Idempotency-Key header is sent, the same for all attempts. By default with POST, PUT, PATCH and DELETE. A header of that name in `headers` wins.",
    },
    restartable: {
      type: "boolean",
      description:
        "Whether the request may be sent again when it is not known if it was carried out. By default true for GET, HEAD and OPTIONS only; say true for a write if the endpoint honours the Idempotency-Key or repeating does no harm.",
    },
  },
  required: ["url"],
  additionalProperties: false,
});

const output: JsonObject = {
  type: "object",
  properties: {
    status: { type: "integer" },
    headers: { type: "object", additionalProperties: { type: "string" } },
    body: { description: "Parsed if the content type is JSON, otherwise text." },
    bodyEncoding: { const: "base64", description: "There if the body is not text." },
    bodyBytes: {
      type: "integer",
      minimum: 0,
      description: "Bytes of the body as it was transferred; there if it was discarded.",
    },
    latencyMs: {
      type: "number",
      minimum: 0,
      description: "From the start of the request to the end of the body.",
    },
    url: { type: "string", description: "Where the answer came from, after redirects." },
  },
  required: ["status", "headers", "body", "latencyMs", "url"],
  additionalProperties: false,
};

const errors = {
  "States.Http.StatusCode.<status>":
    "The answer has this status, 400 or more (States.Http.StatusCode.503), and failOnStatus is true.",
  "Http.RequestInvalid":
    "The parameters contradict each other or make no request. Nothing was sent.",
  "Http.AddressRefused": "The address may not be called. Nothing was sent.",
  "Http.NameNotResolved": "The host name has no address. Nothing was sent.",
  "Http.ConnectFailed": "There was no connection. Nothing was sent.",
  "Http.TlsFailed": "The certificate is not trusted, or no TLS was spoken. Nothing was sent.",
  "Http.ConnectionLost": "The connection broke after the request was sent.",
  "Http.Timeout": "The request was not complete within timeoutSeconds.",
  "Http.ResponseTooLarge": "The body is larger than maxResponseBytes, or the headers than 16 KiB.",
  "Http.BadResponse": "The answer is not valid HTTP, or its body not what its headers say.",
  "Http.TooManyRedirects": "There were more redirects than followRedirects.",
  "Http.Aborted": "Nobody waits for the result any more.",
};

/**
 * Reads restart, writes do not: HTTP calls PUT and DELETE idempotent, but not every endpoint is, and
 * a repeated PUT may undo what someone else wrote in between. Who knows better says `restartable`.
 */
const flagsOf = (json: Json): ActivityFlags => {
  const { method = "GET", restartable } = json as unknown as HttpParameters;
  const isRead = isSafeMethod(method);
  return {
    readOnly: isRead && restartable !== false,
    restartable: restartable ?? isRead,
    verifiable: false,
  };
};

/** The target: the host of the URL, with its port unless that is the usual one. */
export const hostOf = (parameters: Json): string | undefined => {
  const url = isJsonObject(parameters) ? parameters["url"] : undefined;
  return typeof url === "string" ? URL.parse(url)?.host : undefined;
};

/** Everything that `holdfast:http:request` declares. */
export const httpManifest = (limits: HttpLimits): Omit<ActivityDefinition, "run"> => ({
  title: "HTTP request",
  description: "Sends an HTTP request and gives back the answer.",
  input: inputOf(limits),
  output,
  flags: flagsOf,
  target: hostOf,
  errors,
});
