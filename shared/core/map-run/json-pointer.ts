import { isJsonObject, type Json } from "../json.ts";

const unescaped = (token: string): string => token.replaceAll("~1", "/").replaceAll("~0", "~");

const memberOf = (value: Json, token: string): Json | undefined => {
  if (Array.isArray(value)) return /^(0|[1-9]\d*)$/.test(token) ? value[Number(token)] : undefined;
  return isJsonObject(value) && Object.hasOwn(value, token) ? value[token] : undefined;
};

/** The value that a JSON pointer (RFC 6901) names; `undefined` where there is none. */
export const valueAtPointer = (document: Json, pointer: string): Json | undefined => {
  if (pointer === "") return document;
  if (!pointer.startsWith("/")) return undefined;
  let value: Json | undefined = document;
  for (const token of pointer.slice(1).split("/"))
    value = value === undefined ? undefined : memberOf(value, unescaped(token));
  return value;
};
