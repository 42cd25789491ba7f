import { isJsonObject, type Json, parseJson } from "#core/json.ts";
import type { IncomingRequest } from "./exchange.ts";
import { jsonFault } from "./json-fault.ts";
import type { Limits } from "./limits.ts";
import { HttpProblem } from "./problem.ts";

const jsonMediaType = /^application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;\s*charset="?utf-8"?\s*)?$/i;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** What is said of a body that is longer than it may be, bytes. */
export const bodyTooLarge = (limit: number): HttpProblem =>
  new HttpProblem("body-too-large", `The body is larger than ${limit} bytes.`, {
    details: { bytesMax: limit },
  });

const notText = (cause: unknown): HttpProblem =>
  new HttpProblem("media-type-unsupported", "The body is not text in UTF-8.", { cause });

/** Bytes as text, if they are UTF-8. */
export const bytesAsText = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw notText(error);
  }
};

const notJson = (text: string, cause: unknown): HttpProblem => {
  const { line, column, expected } = jsonFault(text);
  const detail = `The body is not JSON: line ${line}, column ${column}: expected ${expected}.`;
  return new HttpProblem("request-invalid", detail, { details: { line, column }, cause });
};

const jsonOf = (text: string): Json => {
  try {
    return parseJson(text);
  } catch (error) {
    throw notJson(text, error);
  }
};

const isDeeper = (value: Json, levels: number): boolean => {
  if (Array.isArray(value)) {
    return levels === 0 || value.some((item) => isDeeper(item, levels - 1));
  }
  if (!isJsonObject(value)) return false;
  if (levels === 0) return true;
  for (const key in value) {
    if (isDeeper(value[key] ?? null, levels - 1)) return true;
  }
  return false;
};

/** Throws where a body is nested deeper than the limit. */
export const mustNotBeDeeper = (value: Json, { jsonDepthMax: depthMax }: Limits): void => {
  if (!isDeeper(value, depthMax)) return;
  const detail = `The body is nested deeper than ${depthMax} levels.`;
  throw new HttpProblem("request-invalid", detail, { details: { depthMax } });
};

/** The JSON value of a request's body as it was sent; an empty body is an empty object. */
export const bodyOf = async (
  { headers }: Pick<IncomingRequest, "headers">,
  limits: Limits,
  bytes: () => Promise<Uint8Array>,
): Promise<Json> => {
  const text = bytesAsText(await bytes());
  if (text === "") return {};
  const mediaType = headers.get("content-type") ?? "";
  if (!jsonMediaType.test(mediaType) || headers.has("content-encoding")) {
    throw new HttpProblem("media-type-unsupported", "The body is not declared as plain JSON.");
  }
  const value = jsonOf(text);
  mustNotBeDeeper(value, limits);
  return value;
};
