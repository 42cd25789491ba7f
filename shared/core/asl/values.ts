import { numberOf } from "../exact-json/exact-number.ts";
import { parseTimestamp } from "../expressions/timestamp.ts";
import { isJsonObject, type Json } from "../json.ts";
import { type Check, kindOf } from "./fields.ts";
import { error, errorInBothWords, within } from "./scope.ts";
import { listed, suggestion } from "./suggest.ts";

/** Any JSON value will do. */
export const anything: Check = () => undefined;

const expect =
  (what: string, fits: (value: Json) => boolean): Check =>
  (scope, value) => {
    if (!fits(value)) error(scope, `expected ${what}, found ${kindOf(value)}`);
  };

export const text = expect("a string", (value) => typeof value === "string");

export const filledText = expect(
  "a string that is not empty",
  (value) => typeof value === "string" && value !== "",
);

export const flag = expect("true or false", (value) => typeof value === "boolean");

export const numeric = expect("a number", (value) => numberOf(value) !== undefined);

export const object = expect("an object", isJsonObject);

export const objectOrList = expect(
  "an array or an object",
  (value) => Array.isArray(value) || isJsonObject(value),
);

const isWithin = (number: number | undefined, min: number, max: number): boolean =>
  number !== undefined && number >= min && number <= max;

/** A number of at least `min` and at most `max`. */
export const numberFrom = (min: number, max = Number.POSITIVE_INFINITY): Check =>
  expect(
    max === Number.POSITIVE_INFINITY
      ? `a number of at least ${min}`
      : `a number from ${min} to ${max}`,
    (value) => isWithin(numberOf(value), min, max),
  );

/** A whole number of at least `min` and at most `max`. */
export const integerFrom = (min: number, max = Number.POSITIVE_INFINITY): Check =>
  expect(
    max === Number.POSITIVE_INFINITY
      ? `a whole number of at least ${min}`
      : `a whole number from ${min} to ${max}`,
    (value) => Number.isInteger(numberOf(value)) && isWithin(numberOf(value), min, max),
  );

/** One of a few words. */
export const oneOf =
  (...words: readonly string[]): Check =>
  (scope, value) => {
    if (typeof value !== "string")
      error(scope, `expected ${listed(words)}, found ${kindOf(value)}`);
    else if (!words.includes(value))
      error(scope, `${kindOf(value)} is not allowed here${suggestion(value, words)}`);
  };

/** An array whose elements pass `check`. */
export const listOf =
  (check: Check, options: { readonly minCount: 0 | 1 }): Check =>
  (scope, value) => {
    if (!Array.isArray(value)) error(scope, `expected an array, found ${kindOf(value)}`);
    else if (value.length < options.minCount)
      errorInBothWords(scope, {
        message: "expected at least one element",
        serviceMessage: "Value cannot be empty",
      });
    else for (const [index, element] of value.entries()) check(within(scope, index), element);
  };

/** RFC 3339 with `T` and a zone. */
export const timestamp: Check = (scope, value) => {
  if (typeof value === "string" && parseTimestamp(value) !== undefined) return;
  errorInBothWords(scope, {
    message: `expected an RFC 3339 timestamp such as "2026-03-14T01:59:00Z", found ${kindOf(value)}`,
    serviceMessage: "String does not match RFC3339 timestamp",
  });
};
