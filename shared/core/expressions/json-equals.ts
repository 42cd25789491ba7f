import { isJsonObject, type Json } from "../json.ts";

/** Whether two values are the same JSON value; the order of members does not count. */
export const jsonEquals = (left: Json, right: Json): boolean => {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return (
      left.length === right.length &&
      left.every((item: Json, index) => jsonEquals(item, right[index] as Json))
    );
  }
  if (!isJsonObject(left) || !isJsonObject(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every(
      (key) => Object.hasOwn(right, key) && jsonEquals(left[key] as Json, right[key] as Json),
    )
  );
};
