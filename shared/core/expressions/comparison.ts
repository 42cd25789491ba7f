import { numberOf } from "../exact-json/exact-number.ts";
import type { Json } from "../json.ts";
import { matchesPattern } from "./string-pattern.ts";
import { parseTimestamp } from "./timestamp.ts";

/** Compares the value of `Variable` with an operand; values of the wrong type never match. */
export type Compare = (value: Json, operand: Json) => boolean;

const asText = (value: Json): string | undefined => (typeof value === "string" ? value : undefined);
const asInstant = (value: Json): number | undefined =>
  typeof value === "string" ? parseTimestamp(value) : undefined;
const asBoolean = (value: Json): boolean | undefined =>
  typeof value === "boolean" ? value : undefined;

const comparing =
  <T>(as: (value: Json) => T | undefined, holds: (left: T, right: T) => boolean): Compare =>
  (value, operand) => {
    const left = as(value);
    if (left === undefined) return false;
    const right = as(operand);
    return right !== undefined && holds(left, right);
  };

/** A type test with `false` as its operand is negated. */
const testing =
  (is: (value: Json) => boolean): Compare =>
  (value, operand) =>
    is(value) === operand;

const ordered = <T extends string | number>(
  type: string,
  as: (value: Json) => T | undefined,
): Record<string, Compare> => ({
  [`${type}Equals`]: comparing(as, (left, right) => left === right),
  [`${type}LessThan`]: comparing(as, (left, right) => left < right),
  [`${type}LessThanEquals`]: comparing(as, (left, right) => left <= right),
  [`${type}GreaterThan`]: comparing(as, (left, right) => left > right),
  [`${type}GreaterThanEquals`]: comparing(as, (left, right) => left >= right),
});

/** Operators with a variant whose name ends in `Path` and whose operand is a path. */
const withPathVariant: Readonly<Record<string, Compare>> = {
  ...ordered("String", asText),
  ...ordered("Numeric", numberOf),
  ...ordered("Timestamp", asInstant),
  BooleanEquals: comparing(asBoolean, (left, right) => left === right),
};

const withoutPathVariant: Readonly<Record<string, Compare>> = {
  StringMatches: comparing(asText, matchesPattern),
  IsNull: testing((value) => value === null),
  IsNumeric: testing((value) => numberOf(value) !== undefined),
  IsString: testing((value) => typeof value === "string"),
  IsBoolean: testing((value) => typeof value === "boolean"),
  IsTimestamp: testing((value) => asInstant(value) !== undefined),
};

interface Comparison {
  readonly compare: Compare;
  /** The operand is a path to what is compared with. */
  readonly isPath: boolean;
}

const operators = new Map<string, Comparison>();
for (const [name, compare] of Object.entries(withPathVariant)) {
  operators.set(name, { compare, isPath: false });
  operators.set(`${name}Path`, { compare, isPath: true });
}
for (const [name, compare] of Object.entries(withoutPathVariant)) {
  operators.set(name, { compare, isPath: false });
}

/** The comparison that an operator of a choice rule stands for, if it is one (IsPresent is not: it needs no value). */
export const comparisonOf = (operator: string): Comparison | undefined => operators.get(operator);

/** Every comparison operator of a choice rule. */
export const comparisonOperators: readonly string[] = [...operators.keys(), "IsPresent"];
