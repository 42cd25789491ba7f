import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { putMember } from "../put-member.ts";
import { ExactNumber } from "./exact-number.ts";

/** Values of at least so many parts are remembered; smaller ones are looked at again in less time. */
const rememberedPartsMin = 64;

/** Values without exact numbers. */
const plains = new WeakSet<object>();
const copies = new WeakMap<object, object>();
const originals = new WeakMap<object, object>();

let partCount = 0;

const keep = (original: object, copy: object, partsBefore: number): void => {
  if (copy !== original) {
    copies.set(original, copy);
    originals.set(copy, original);
  } else if (partCount - partsBefore >= rememberedPartsMin) plains.add(original);
};

const plainItems = (items: readonly Json[]): readonly Json[] => {
  let copy: Json[] | undefined;
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index] as Json;
    const plain = plainJson(item);
    if (copy === undefined && plain !== item) copy = items.slice(0, index);
    copy?.push(plain);
  }
  return copy ?? items;
};

const plainMembers = (object: JsonObject): JsonObject => {
  let isPlain = true;
  for (const key of Object.keys(object)) {
    const member = object[key] as Json;
    if (plainJson(member) !== member) isPlain = false;
  }
  if (isPlain) return object;
  const copy: Record<string, Json> = {};
  for (const key of Object.keys(object)) putMember(copy, key, plainJson(object[key] as Json));
  return copy;
};

/**
 * The value with every exact number as the nearest one that JavaScript computes with, for code that
 * knows plain numbers only. Without exact numbers it is the value itself, not a copy.
 */
export const plainJson = (value: Json): Json => {
  partCount += 1;
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof ExactNumber) return value.value;
  if (plains.has(value)) return value;
  const known = copies.get(value) as Json | undefined;
  if (known !== undefined) return known;
  const partsBefore = partCount;
  const plain = Array.isArray(value)
    ? plainItems(value as readonly Json[])
    : isJsonObject(value)
      ? plainMembers(value)
      : value;
  keep(value, plain as object, partsBefore);
  return plain;
};

/** What {@link plainJson} made this copy of, so that a part that only moved keeps its numbers as they were. */
export const exactOriginal = (copy: object): Json | undefined =>
  originals.get(copy) as Json | undefined;

/**
 * Parameters with plain numbers in the fields that somebody computes with; what `isData` says is data,
 * and whatever stands deeper, keeps its numbers as they are written.
 */
export const withPlainFields = (
  parameters: Json,
  isData: (field: string) => boolean = () => false,
): Json => {
  if (!isJsonObject(parameters)) return parameters;
  const exact = Object.keys(parameters).filter(
    (field) => parameters[field] instanceof ExactNumber && !isData(field),
  );
  if (exact.length === 0) return parameters;
  const plain = exact.map((field) => [field, plainJson(parameters[field] as Json)]);
  return { ...parameters, ...Object.fromEntries(plain) };
};
