import { ExactNumber, printedSoFar, sameNumber } from "./exact-json/exact-number.ts";
import { needsExactReading } from "./exact-json/needs-exact-reading.ts";
import { parseExactly } from "./exact-json/parse-exactly.ts";

/**
 * A JSON value. Values are never changed in place once they are part of an execution: they are
 * shared between variables, inputs and snapshots, and whoever needs another one copies.
 */
export type Json = null | boolean | number | string | ExactNumber | JsonArray | JsonObject;
export type JsonArray = readonly Json[];
export type JsonObject = { readonly [key: string]: Json };

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof ExactNumber);

/** JSON's name for the type of a value. */
export const jsonTypeOf = (
  value: Json,
): "null" | "boolean" | "number" | "string" | "array" | "object" => {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (value instanceof ExactNumber) return "number";
  return typeof value as "boolean" | "number" | "string" | "object";
};

/**
 * The one place where JSON text becomes a value. Nothing is lost but blanks and the earlier values of
 * a key that comes twice: `printJson` gives every number and the order of keys as they were.
 */
export const parseJson = (text: string): Json =>
  (needsExactReading(text) ? parseExactly(text) : JSON.parse(text)) as Json;

/** The one place where a value becomes JSON text: compact, keys in their order. */
export const printJson = (value: Json): string => JSON.stringify(value);

/** A blank before the text says that there is something in it that `JSON.parse` would lose. */
const exactMark = " ";

/** JSON text for {@link parseStored}, of any value whose fields are JSON; `undefined` ones are left out. */
export const printStored = (value: unknown): string => {
  const before = printedSoFar();
  const text = JSON.stringify(value);
  return printedSoFar() === before ? text : exactMark + text;
};

/** Reads what {@link printStored} has printed; unlike `parseJson` it need not look at the text first. */
export const parseStored = <T>(text: string): T =>
  (text.startsWith(exactMark) ? parseExactly(text) : JSON.parse(text)) as T;

const isNumber = (value: Json): value is number | ExactNumber =>
  typeof value === "number" || value instanceof ExactNumber;

const sameArray = (a: JsonArray, b: JsonArray): boolean =>
  a.length === b.length && a.every((value, index) => sameJson(value, b[index] as Json));

const sameObject = (a: JsonObject, b: JsonObject): boolean => {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key] as Json, b[key] as Json))
  );
};

/**
 * Whether two values are the same. The order of an object's keys does not matter, nor how a number is
 * written: `1.0` is `1`.
 */
export const sameJson = (a: Json, b: Json): boolean => {
  if (a === b) return true;
  if (typeof a !== "object" && typeof b !== "object") return false;
  if (isNumber(a)) return isNumber(b) && sameNumber(a, b);
  if (Array.isArray(a)) return Array.isArray(b) && sameArray(a, b);
  return isJsonObject(a) && isJsonObject(b) && sameObject(a, b);
};
