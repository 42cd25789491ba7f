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

/** Whether two values are the same; the order of an object's keys does not matter. */
export const sameJson = (a: Json, b: Json): boolean => {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((value, index) => sameJson(value, b[index]));
  }
  const [left, right] = [a as JsonObject, b as JsonObject];
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => {
    const value = left[key];
    const other = right[key];
    return value !== undefined && other !== undefined && sameJson(value, other);
  });
};
