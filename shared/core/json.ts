/**
 * A JSON value. Values are never changed in place once they are part of an execution: they are
 * shared between variables, inputs and snapshots, and whoever needs another one copies.
 */
export type Json = null | boolean | number | string | JsonArray | JsonObject;
export type JsonArray = readonly Json[];
export type JsonObject = { readonly [key: string]: Json };

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The one place where JSON text becomes a value. */
export const parseJson = (text: string): Json => JSON.parse(text) as Json;

/** The one place where a value becomes JSON text: compact, keys in their order. */
export const printJson = (value: Json): string => JSON.stringify(value);
