import { exactOriginal } from "../exact-json/plain-json.ts";
import type { Json } from "../json.ts";
import { putMember } from "../put-member.ts";

/** Thrown where a JSONata result holds something that is no JSON value: a function. */
export class UnsupportedResult extends Error {
  override readonly name = "UnsupportedResult";
}

/**
 * A JSONata result as plain JSON: sequences lose their flags, numbers that JSON lacks become text as
 * on the service ("Infinity"), an array or object that was only moved has its numbers as they were
 * written. A part that is plain already is handed on, not copied.
 */
export const plainResult = (result: unknown): Json | undefined => {
  if (result === undefined) return undefined;
  if (typeof result === "number" && !Number.isFinite(result)) return String(result);
  if (typeof result === "object" && result !== null)
    return exactOriginal(result) ?? plainContainer(result);
  if (typeof result === "function") throw new UnsupportedResult();
  return result as Json;
};

const plainContainer = (result: object): Json =>
  Array.isArray(result) ? plainArray(result) : plainObject(result as Record<string, unknown>);

const plainArray = (items: readonly unknown[]): Json => {
  let copy: Json[] | undefined =
    "sequence" in items || "cons" in items || "keepSingleton" in items ? [] : undefined;
  for (const [index, item] of items.entries()) {
    const plain = plainResult(item) ?? null;
    if (copy === undefined && plain !== item) copy = items.slice(0, index) as Json[];
    copy?.push(plain);
  }
  return copy ?? (items as Json);
};

const plainObject = (members: Readonly<Record<string, unknown>>): Json => {
  if (members["_jsonata_function"] === true || members["_jsonata_lambda"] === true) {
    throw new UnsupportedResult();
  }
  let isPlain = true;
  const copy: Record<string, Json> = {};
  for (const [key, member] of Object.entries(members)) {
    const plain = plainResult(member);
    if (plain !== member) isPlain = false;
    if (plain !== undefined) putMember(copy, key, plain);
  }
  return isPlain ? (members as Json) : copy;
};
