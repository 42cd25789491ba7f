import { numberOf } from "../../exact-json/exact-number.ts";
import { plainJson } from "../../exact-json/plain-json.ts";
import { isJsonObject, type Json, printJson, sameJson } from "../../json.ts";
import { arrayRangeCountMax } from "../../limits.ts";
import { ArgumentRefused, type Arguments } from "./arguments.ts";

/** States.ArrayPartition. */
export const arrayPartition = (args: Arguments): Json => {
  const items = args.array(0);
  const size = args.integer(1);
  if (size < 1) throw new ArgumentRefused("the chunk size must be a positive integer");
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
};

/** States.ArrayContains. */
export const arrayContains = (args: Arguments): Json => {
  const wanted = args.value(1);
  return args.array(0).some((item) => sameJson(item, wanted));
};

/** States.ArrayRange: both ends belong to it. */
export const arrayRange = (args: Arguments): Json => {
  const [first, last, step] = [args.integer(0), args.integer(1), args.integer(2)];
  if (step === 0) throw new ArgumentRefused("the increment must not be zero");
  const count = Math.max(0, Math.floor((last - first) / step) + 1);
  if (count > arrayRangeCountMax) {
    throw new ArgumentRefused(`the range has more than ${arrayRangeCountMax} items`);
  }
  return Array.from({ length: count }, (_, index) => first + index * step);
};

/** States.ArrayGetItem. */
export const arrayGetItem = (args: Arguments): Json => {
  const item = args.array(0)[args.integer(1)];
  if (item === undefined) throw new ArgumentRefused("the index is out of bounds");
  return item;
};

/** States.ArrayUnique: the first of equal items stays. Text keys make it linear. */
export const arrayUnique = (args: Arguments): Json => {
  const known = new Map<string, Json[]>();
  return args.array(0).filter((item) => {
    const key = shape(item);
    const alike = known.get(key) ?? [];
    if (alike.some((other) => sameJson(other, item))) return false;
    alike.push(item);
    known.set(key, alike);
    return true;
  });
};

/** Equal values have equal shapes, whatever the order of their members. */
const shape = (value: Json): string => {
  if (Array.isArray(value)) return `[${printJson(plainJson(value)).length}`;
  if (isJsonObject(value)) return `{${Object.keys(value).sort().join()}`;
  return `${typeof value === "string"} ${numberOf(value) ?? value}`;
};
