/**
 * The size of values. Values are shared, so a loop that puts its input into its output twice makes
 * text of exponential length out of little memory: it has to be stopped before anybody prints it.
 * Values never change, so what was measured once is remembered by identity; that makes measuring a
 * value that was put together from known ones cheap.
 */
import { ExactNumber } from "../exact-json/exact-number.ts";
import { type Json, type JsonArray, type JsonObject, parseJson } from "../json.ts";
import { valueDepthMax, valueSizeMax } from "../limits.ts";

interface Measure {
  /** Characters of compact JSON, escapes aside. */
  readonly size: number;
  readonly depth: number;
}

/** Values below this size are measured again rather than remembered. */
const rememberedSizeMin = 1_000;

const remembered = new WeakMap<object, Measure>();

const tooDeep: Measure = { size: 0, depth: Number.POSITIVE_INFINITY };

type Scalar = Exclude<Json, JsonArray | JsonObject>;

const isScalar = (value: Json): value is Scalar =>
  typeof value !== "object" || value === null || value instanceof ExactNumber;

const scalarSize = (value: Scalar): number =>
  typeof value === "string" ? value.length + 2 : String(value).length;

const measureContents = (value: object, level: number): Measure => {
  let size = 2;
  let depth = 0;
  for (const key in value) {
    const member = (value as Record<string, Json>)[key] ?? null;
    size += Array.isArray(value) ? 1 : key.length + 4;
    if (isScalar(member)) {
      size += scalarSize(member);
      continue;
    }
    const measure = measureOf(member, level + 1);
    size += measure.size;
    depth = Math.max(depth, measure.depth);
  }
  return { size, depth: depth + 1 };
};

const measureOf = (value: object, level: number): Measure => {
  const known = remembered.get(value);
  if (known !== undefined) return known;
  if (level > valueDepthMax) return tooDeep;
  const measure = measureContents(value, level);
  // Too deep is a matter of where it stands, not of the value.
  if (measure.size >= rememberedSizeMin && Number.isFinite(measure.depth))
    remembered.set(value, measure);
  return measure;
};

/** Whether a value's JSON has at most `sizeMax` characters and `valueDepthMax` levels. */
export const isWithin = (value: Json, sizeMax: number): boolean => {
  if (isScalar(value)) return scalarSize(value) <= sizeMax;
  const { size, depth } = measureOf(value, 1);
  return size <= sizeMax && depth <= valueDepthMax;
};

/** JSON text as a value; `undefined` where it is not JSON, or is more than a state may leave behind. */
export const valueIn = (text: string): Json | undefined => {
  try {
    const value = parseJson(text);
    return isWithin(value, valueSizeMax) ? value : undefined;
  } catch {
    return undefined;
  }
};
