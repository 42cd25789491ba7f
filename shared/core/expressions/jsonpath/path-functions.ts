import { numberOf } from "../../exact-json/exact-number.ts";
import { isJsonObject, type Json } from "../../json.ts";
import type { PathFunctionName } from "./path.ts";

const numbersOf = (value: Json): number[] =>
  Array.isArray(value) ? value.map(numberOf).filter((item) => item !== undefined) : [];

const lengthOf = (value: Json): number | undefined => {
  if (Array.isArray(value) || typeof value === "string") return value.length;
  return isJsonObject(value) ? Object.keys(value).length : undefined;
};

const overNumbers =
  (combine: (numbers: readonly number[]) => number) =>
  (value: Json): number | undefined => {
    const numbers = numbersOf(value);
    return numbers.length === 0 ? undefined : combine(numbers);
  };

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const mean = (numbers: readonly number[]): number => sum(numbers) / numbers.length;

const deviation = (numbers: readonly number[]): number => {
  const middle = mean(numbers);
  return Math.sqrt(mean(numbers.map((number) => (number - middle) ** 2)));
};

/** What a path's trailing function gives for a value; `undefined` where it does not apply. */
export const pathFunctions: Readonly<Record<PathFunctionName, (value: Json) => Json | undefined>> =
  {
    length: lengthOf,
    size: lengthOf,
    keys: (value) => (isJsonObject(value) ? Object.keys(value) : undefined),
    min: overNumbers((numbers) => numbers.reduce((a, b) => Math.min(a, b))),
    max: overNumbers((numbers) => numbers.reduce((a, b) => Math.max(a, b))),
    avg: overNumbers(mean),
    sum: overNumbers(sum),
    stddev: overNumbers(deviation),
    first: (value) => (Array.isArray(value) ? (value as readonly Json[])[0] : undefined),
    last: (value) => (Array.isArray(value) ? (value as readonly Json[]).at(-1) : undefined),
  };
