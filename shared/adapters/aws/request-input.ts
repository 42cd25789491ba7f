/** Parameters of a state as the request that the SDK sends. */
import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { numberOf } from "#core/exact-json/exact-number.ts";
import { plainJson } from "#core/exact-json/plain-json.ts";
import { isJsonObject, type Json, type JsonObject, printJson } from "#core/json.ts";
import { ActivityError } from "../adapter.ts";
import { javaFieldName } from "./java-names.ts";
import { fieldsOf, type Schema } from "./schema.ts";

/** How the values of one call are written in JSON. */
export interface Writing {
  /** Fields are named as the SDK for Java has them, else as the service does. */
  readonly isJava: boolean;
  /** Binary values are base64, as in the service's own JSON; else they are text where they can be. */
  readonly isBase64: boolean;
  /** Stays the same over all attempts of an activity. */
  readonly idempotencyKey: string;
}

const invalid = (path: string, what: string): ActivityError =>
  new ActivityError("States.Runtime", `The Parameters could not be used: ${path} ${what}`);

const scalarText = (value: Json): string => (typeof value === "string" ? value : printJson(value));

/** Text is sent as it is; a stream is an object's content, which is the JSON of the value. */
const bytesOf = (value: Json, schema: Schema, { isBase64 }: Writing): Uint8Array => {
  if (typeof value !== "string" || schema.isStreaming()) return Buffer.from(printJson(value));
  return Buffer.from(value, isBase64 ? "base64" : "utf8");
};

const instantOf = (value: Json, path: string): Date => {
  const seconds = numberOf(value);
  const instant = new Date(seconds === undefined ? scalarText(value) : seconds * 1000);
  if (Number.isNaN(instant.getTime())) throw invalid(path, "is no instant (ISO 8601)");
  return instant;
};

const numeric = (value: Json, path: string): number => {
  const number =
    numberOf(value) ?? (typeof value === "string" && value !== "" ? Number(value) : Number.NaN);
  if (Number.isNaN(number)) throw invalid(path, "is no number");
  return number;
};

const truth = (value: Json, path: string): boolean => {
  if (typeof value === "boolean") return value;
  if (value === "true" || value === "false") return value === "true";
  throw invalid(path, "must be true or false");
};

const scalar = (schema: Schema, value: Json, at: { path: string; writing: Writing }): unknown => {
  if (schema.isStringSchema()) return scalarText(value);
  if (schema.isBlobSchema()) return bytesOf(value, schema, at.writing);
  if (schema.isTimestampSchema()) return instantOf(value, at.path);
  if (schema.isNumericSchema()) return numeric(value, at.path);
  if (schema.isBooleanSchema()) return truth(value, at.path);
  if (schema.isBigIntegerSchema()) return BigInt(scalarText(value));
  return plainJson(value);
};

/** A version 4 UUID, which is what SDKs send and services take, made of a key. */
const tokenOf = (key: string): string => {
  const digest = createHash("sha256").update(key).digest("hex");
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-4${digest.slice(13, 16)}-a${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
};

interface Place {
  readonly path: string;
  readonly writing: Writing;
}

const unknownField = (schema: Schema, key: string, { path, writing }: Place): ActivityError => {
  const names = fieldsOf(schema).map(([name]) => (writing.isJava ? javaFieldName(name) : name));
  return invalid(
    path,
    `has the field "${key}", which is not known there; known are ${names.join(", ")}`,
  );
};

const structure = (schema: Schema, value: JsonObject, { path, writing }: Place) => {
  const fields = new Map<string, readonly [string, Schema]>();
  for (const [name, field] of fieldsOf(schema)) {
    fields.set(name.toLowerCase(), [name, field]);
    fields.set(javaFieldName(name).toLowerCase(), [name, field]);
  }
  const input: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const [name, field] = fields.get(key.toLowerCase()) ?? [];
    if (name === undefined || field === undefined)
      throw unknownField(schema, key, { path, writing });
    // Null is the same as absent, as in Java.
    if (member !== null) input[name] = inputOf(field, member, { path: `${path}.${key}`, writing });
  }
  return input;
};

const list = (schema: Schema, value: Json, { path, writing }: Place): readonly unknown[] => {
  if (!Array.isArray(value)) throw invalid(path, "must be an array");
  const items = schema.getValueSchema();
  return (value as readonly Json[]).map((item, index) =>
    item === null ? null : inputOf(items, item, { path: `${path}[${index}]`, writing }),
  );
};

function inputOf(schema: Schema, value: Json, place: Place): unknown {
  if (schema.isListSchema()) return list(schema, value, place);
  const isObject = schema.isStructSchema() || schema.isMapSchema();
  if (!isObject) return scalar(schema, value, place);
  if (!isJsonObject(value)) throw invalid(place.path, "must be an object");
  if (schema.isStructSchema()) return structure(schema, value, place);
  const values = schema.getValueSchema();
  const entries = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(
    entries.map(([key, member]) => [
      key,
      inputOf(values, member, { ...place, path: `${place.path}.${key}` }),
    ]),
  );
}

/**
 * The request for parameters. A field that the service recognises repetitions by, and that was not
 * given, is the same over all attempts: so a repetition whose first call did get through changes nothing.
 * Fails with `States.Runtime`, which names the field.
 */
export const requestInput = (
  schema: Schema,
  parameters: Json,
  writing: Writing,
): Record<string, unknown> => {
  const given = parameters === null ? {} : parameters;
  if (!isJsonObject(given)) throw invalid("$", "must be an object");
  const input = structure(schema, given, { path: "$", writing });
  for (const [name, field] of fieldsOf(schema))
    if (field.isIdempotencyToken() && input[name] === undefined)
      input[name] = tokenOf(writing.idempotencyKey);
  return input;
};

/** Text where the bytes are text, else base64. */
export const textOrBase64 = (bytes: Uint8Array): string => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString(isUtf8(buffer) ? "utf8" : "base64");
};
