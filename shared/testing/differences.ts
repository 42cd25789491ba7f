import { isJsonObject, type Json, sameJson } from "#core/json.ts";

/** A place where a value is not what was expected; what is missing is `undefined`. */
export interface Difference {
  /** JSON path from what is compared: `output.endpoints[2].name`. */
  readonly path: string;
  readonly expected: Json | undefined;
  readonly got: Json | undefined;
}

const step = (path: string, key: string | number): string => {
  if (typeof key === "number") return `${path}[${key}]`;
  return /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
};

interface Comparing {
  readonly path: string;
  /** Whether objects may have more keys than are expected. */
  readonly isPartial: boolean;
}

const keysOf = (expected: object, got: object, { isPartial }: Comparing): readonly string[] =>
  isPartial ? Object.keys(expected) : [...new Set([...Object.keys(expected), ...Object.keys(got)])];

/** Where two values differ, down to the smallest parts; numbers are compared by value. */
export const differencesOf = (
  expected: Json | undefined,
  got: Json | undefined,
  comparing: Comparing,
): readonly Difference[] => {
  const { path } = comparing;
  const inside = (key: string | number, left: Json | undefined, right: Json | undefined) =>
    differencesOf(left, right, { ...comparing, path: step(path, key) });
  if (expected === undefined || got === undefined)
    return expected === got ? [] : [{ path, expected, got }];
  if (Array.isArray(expected) && Array.isArray(got)) {
    const length = Math.max(expected.length, got.length);
    return Array.from({ length }, (_, index) => index).flatMap((index) =>
      inside(index, expected[index], got[index]),
    );
  }
  if (isJsonObject(expected) && isJsonObject(got))
    return keysOf(expected, got, comparing).flatMap((key) =>
      inside(
        key,
        Object.hasOwn(expected, key) ? expected[key] : undefined,
        Object.hasOwn(got, key) ? got[key] : undefined,
      ),
    );
  return sameJson(expected, got) ? [] : [{ path, expected, got }];
};
