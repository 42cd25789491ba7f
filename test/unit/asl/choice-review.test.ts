/** Which rules of a Choice state are said never to match, measured by the values that do match. */
import { describe, expect, test } from "vitest";
import { validateDefinition } from "#core/asl/validate.ts";
import type { JsonObject } from "#core/json.ts";

const holds: Readonly<Record<string, (value: number, operand: number) => boolean>> = {
  Equals: (value, operand) => value === operand,
  LessThan: (value, operand) => value < operand,
  LessThanEquals: (value, operand) => value <= operand,
  GreaterThan: (value, operand) => value > operand,
  GreaterThanEquals: (value, operand) => value >= operand,
};

/** Values around the operands 1, 2 and 3, and between them. */
const values = [0, 1, 1.5, 2, 2.5, 3, 4];

const written: Readonly<Record<string, (operand: number) => number | string>> = {
  Numeric: (operand) => operand,
  String: (operand) => `text ${operand}`,
  Timestamp: (operand) => `2026-01-0${operand}T00:00:00Z`,
};

interface Demand {
  readonly relation: string;
  readonly operand: number;
}

const demands: readonly Demand[] = Object.keys(holds).flatMap((relation) =>
  [1, 2, 3].map((operand) => ({ relation, operand })),
);
const pairs = demands.flatMap((a) => demands.map((b) => [a, b] as const));

const matching = ({ relation, operand }: Demand): readonly number[] =>
  values.filter((value) => holds[relation]?.(value, operand));

const said = (...rules: readonly JsonObject[]): readonly string[] =>
  validateDefinition({
    StartAt: "A",
    States: {
      A: { Type: "Choice", Choices: rules.map((rule) => ({ ...rule, Next: "Z" })), Default: "Z" },
      Z: { Type: "Succeed" },
    },
  }).map(({ path, message }) => `${path.slice(2).join("/")}: ${message}`);

describe.each(Object.keys(written))("two comparisons of type %s", (type) => {
  const rule = ({ relation, operand }: Demand, Variable = "$.a"): JsonObject => ({
    Variable,
    [`${type}${relation}`]: written[type]?.(operand) ?? null,
  });

  test("in one rule contradict each other exactly if no value meets both", () => {
    for (const [a, b] of pairs) {
      const both = matching(a).filter((value) => matching(b).includes(value));
      const never = "Choices/0: this rule never matches: its condition contradicts itself";
      expect(said({ And: [rule(a), rule(b)] }), JSON.stringify([a, b])).toEqual(
        both.length === 0 ? [never] : [],
      );
      expect(said({ And: [rule(a), rule(b, "$.b")] })).toEqual([]);
    }
  });

  test("in two rules leave nothing to the second exactly if the first takes all its values", () => {
    for (const [a, b] of pairs) {
      const isTaken = matching(b).every((value) => matching(a).includes(value));
      const never = "Choices/1: this rule never matches: rule 0 before it takes all that it would";
      expect(said(rule(a), rule(b)), JSON.stringify([a, b])).toEqual(isTaken ? [never] : []);
      expect(said(rule(a), rule(b, "$.b"))).toEqual([]);
    }
  });
});

describe("a test of the type", () => {
  const is = (operator: string, operand = true): JsonObject => ({
    Variable: "$.a",
    [operator]: operand,
  });
  const kinds = ["IsString", "IsNumeric", "IsBoolean", "IsNull"];
  const contradiction = ["Choices/0: this rule never matches: its condition contradicts itself"];

  test("contradicts that of another type, and none that is denied", () => {
    for (const a of kinds)
      for (const b of kinds) {
        expect(said({ And: [is(a), is(b)] })).toEqual(a === b ? [] : contradiction);
        expect(said({ And: [is(a), is(b, false)] })).toEqual([]);
      }
  });

  test.each([
    [is("IsPresent", false), is("IsString"), true],
    [is("IsPresent"), is("IsString"), false],
    [is("IsTimestamp"), is("IsString"), false],
    [is("IsTimestamp"), is("IsNumeric"), true],
    [is("IsNumeric"), { Variable: "$.a", StringEquals: "a" }, true],
    [is("IsBoolean"), { Variable: "$.a", BooleanEquals: true }, false],
    [{ Variable: "$.a", BooleanEquals: true }, { Variable: "$.a", BooleanEquals: false }, true],
    [{ Variable: "$.a", BooleanEquals: true }, { Variable: "$.a", BooleanEquals: true }, false],
    [is("IsString"), { Variable: "$.a", StringMatches: "*" }, false],
    [is("IsString"), { Not: is("IsNumeric") }, false],
    [is("IsString"), { Or: [is("IsNumeric"), is("IsNull")] }, false],
  ])("%j with %j: a contradiction: %s", (a, b, isContradiction) => {
    expect(said({ And: [a, b] })).toEqual(isContradiction ? contradiction : []);
  });
});
