/** What the SDK gives back as the result of an activity. */
import { isUtf8 } from "node:buffer";
import { numberFromText } from "#core/exact-json/exact-number.ts";
import type { Json } from "#core/json.ts";
import { valueSizeMax } from "#core/limits.ts";
import { ActivityError } from "../adapter.ts";
import { javaFieldName } from "./java-names.ts";
import { textOrBase64, type Writing } from "./request-input.ts";
import { fieldsOf, type Schema } from "./schema.ts";

type Style = Pick<Writing, "isJava" | "isBase64">;

/** As Java prints an instant: without a fraction that is zero. */
const instantText = (instant: Date): string => instant.toISOString().replace(".000Z", "Z");

const numberJson = (value: number): Json => (Number.isFinite(value) ? value : String(value));

const binary = (bytes: Uint8Array, { isBase64 }: Style): string =>
  isBase64 ? Buffer.from(bytes).toString("base64") : textOrBase64(bytes);

const scalar = (value: unknown, style: Style): Json => {
  if (value instanceof Date) return instantText(value);
  if (value instanceof Uint8Array) return binary(value, style);
  if (typeof value === "bigint") return numberFromText(String(value));
  if (typeof value === "number") return numberJson(value);
  return typeof value === "boolean" || typeof value === "string" ? value : String(value);
};

/** What has no schema, such as a document. */
const free = (value: unknown, style: Style): Json => {
  if (Array.isArray(value)) return value.map((item) => free(item, style));
  if (value === null) return null;
  const isPlain = typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain) return scalar(value, style);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, free(item, style)]));
};

const structure = (schema: Schema, value: Record<string, unknown>, style: Style): Json => {
  const members = fieldsOf(schema)
    .filter(([name]) => value[name] !== undefined)
    .map(([name, field]): readonly [string, Json] => [
      style.isJava ? javaFieldName(name) : name,
      outputOf(field, value[name], style),
    ]);
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
};

/** A value of the response in JSON; the fields of a structure come in the order of the alphabet. */
export function outputOf(schema: Schema, value: unknown, style: Style): Json {
  if (value === null || value === undefined) return null;
  if (schema.isListSchema() && Array.isArray(value)) {
    const items = schema.getValueSchema();
    return value.map((item) => outputOf(items, item, style));
  }
  if (schema.isStructSchema()) return structure(schema, value as Record<string, unknown>, style);
  if (!schema.isMapSchema()) return free(value, style);
  const values = schema.getValueSchema();
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, outputOf(values, item, style)]),
  );
}

const tooLarge = (service: string): ActivityError =>
  new ActivityError(
    "States.DataLimitExceeded",
    `The state/task '${service}' returned a result with a size exceeding the maximum number of bytes service limit. It has more than ${valueSizeMax} bytes; read a part of it (Range), or work on it elsewhere.`,
  );

/** A character that a range has cut off at the end. */
const cutCharacter = /[\xC0-\xFF][\x80-\xBF]{0,2}$/;

const withoutCut = (bytes: Buffer): Buffer => {
  const tail = bytes.subarray(-3).toString("latin1");
  const cut = cutCharacter.exec(tail);
  return cut === null ? bytes : bytes.subarray(0, bytes.length - cut[0].length);
};

/** The bytes of a text, without a character that was cut off at the end; `undefined`: it is none. */
const textIn = (bytes: Buffer): string | undefined => {
  const whole = isUtf8(bytes) ? bytes : withoutCut(bytes);
  return isUtf8(whole) ? whole.toString() : undefined;
};

const bytesIn = async (stream: AsyncIterable<Uint8Array>, service: string): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early ends the connection.
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > valueSizeMax) throw tooLarge(service);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/** The response with its stream read to the end, as text. Fails with `States.DataLimitExceeded`. */
export const withStreamRead = async (
  schema: Schema,
  response: Record<string, unknown>,
  service: string,
): Promise<Record<string, unknown>> => {
  const streams = fieldsOf(schema).find(([, field]) => field.isStreaming() && field.isBlobSchema());
  const name = streams?.[0];
  if (name === undefined || response[name] === undefined) return response;
  const bytes = await bytesIn(response[name] as AsyncIterable<Uint8Array>, service);
  const text = textIn(bytes);
  if (text === undefined)
    throw new ActivityError(
      "Holdfast.NotText",
      `${name} of the answer of ${service} is not UTF-8 text, which is all that a result can hold`,
    );
  return { ...response, [name]: text };
};
