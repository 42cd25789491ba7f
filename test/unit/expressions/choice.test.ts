import { describe, expect, test } from "vitest";
import type { ChoiceRule } from "#core/asl/definition.ts";
import { matchesRule } from "#core/expressions/choice.ts";
import { drive } from "#core/expressions/drive.ts";
import type { Json } from "#core/json.ts";
import { fc } from "../../fast-check.ts";
import { failureOf, prefix, scopeOf } from "./scope.ts";

const matches = (rule: Record<string, unknown>, input: Json) =>
  drive(
    matchesRule({ Next: "N", ...rule } as unknown as ChoiceRule, scopeOf({ input }), {
      language: "JSONPath",
      location: "Choices[0]",
    }),
  );

const holds = (operator: string, value: Json, operand: unknown) =>
  matches({ Variable: "$.v", [operator]: operand }, { v: value, w: 5 });

describe("a comparison", () => {
  test.each<[string, Json, unknown, boolean]>([
    ["StringEquals", "a", "a", true],
    ["StringEquals", 1, "1", false],
    ["StringLessThan", "a", "b", true],
    ["StringGreaterThanEquals", "b", "b", true],
    ["StringLessThanEquals", "c", "b", false],
    ["StringMatches", "log-2024.txt", "log-*.txt", true],
    ["StringMatches", "log-2024.txt", "log-*.gz", false],
    ["StringMatches", "a*b", "a\\*b", true],
    ["StringMatches", "axb", "a\\*b", false],
    ["StringMatches", "ab", "a*b*b", false],
    ["StringMatches", "", "*", true],
    ["StringMatches", "aab", "*a*b", true],
    ["NumericEquals", 1, 1, true],
    ["NumericEquals", "1", 1, false],
    ["NumericGreaterThan", 2, 1, true],
    ["NumericGreaterThanEquals", 1, 1, true],
    ["NumericLessThan", 1, 1, false],
    ["NumericLessThanEqualsPath", 5, "$.w", true],
    ["NumericEqualsPath", "5", "$.w", false],
    ["BooleanEquals", true, true, true],
    ["BooleanEquals", "true", true, false],
    ["TimestampEquals", "2024-01-01T00:00:00Z", "2024-01-01T01:00:00+01:00", true],
    ["TimestampGreaterThan", "2024-01-01T00:00:00.001Z", "2024-01-01T00:00:00Z", true],
    ["TimestampLessThan", "2024-01-01 00:00:00Z", "2025-01-01T00:00:00Z", false],
    ["IsNull", null, true, true],
    ["IsNull", 0, false, true],
    ["IsString", "a", false, false],
    ["IsNumeric", 1.5, true, true],
    ["IsBoolean", "true", true, false],
    ["IsTimestamp", "2024-02-29T00:00:00Z", true, true],
    ["IsTimestamp", "2023-02-29T00:00:00Z", true, false],
    ["IsTimestamp", "2023-02-28T24:00:00Z", true, false],
    ["IsTimestamp", "2023-02-28T00:00:00", true, false],
    ["IsPresent", null, true, true],
    ["IsPresent", null, false, false],
  ])("%s of %j with %j: %s", (...[operator, value, operand, expected]) => {
    expect(holds(operator, value, operand)).toBe(expected);
  });

  test("a Variable that is not there fails, except for IsPresent", async () => {
    expect(matches({ Variable: "$.x", IsPresent: false }, {})).toBe(true);
    expect(matches({ Variable: "$.x", IsPresent: true }, {})).toBe(false);
    for (const rule of [
      { Variable: "$.x", IsNull: true },
      { Variable: "$.v", StringEqualsPath: "$.x" },
    ]) {
      const { failure } = await failureOf(() => matches(rule, { v: "a" }));
      expect(failure).toEqual({
        error: "States.Runtime",
        cause: `${prefix}Invalid path '$.x': The choice state's condition path references an invalid value.`,
      });
    }
  });

  test("And stops at the first false, Or at the first true, Not negates", () => {
    const present = { Variable: "$.x", IsPresent: true };
    const one = { Variable: "$.x", NumericEquals: 1 };
    expect(matches({ And: [present, one] }, {})).toBe(false);
    expect(matches({ And: [present, one] }, { x: 1 })).toBe(true);
    expect(matches({ Or: [{ Not: present }, one] }, {})).toBe(true);
    expect(matches({ Not: { And: [present, one] } }, { x: 2 })).toBe(true);
  });

  test("orders agree with each other", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (value, operand) => {
        const isLess = holds("NumericLessThan", value, operand);
        expect(holds("NumericGreaterThanEquals", value, operand)).toBe(!isLess);
        expect(holds("NumericLessThanEquals", value, operand)).toBe(isLess || value === operand);
      }),
    );
  });

  test("a pattern made of pieces of the text matches it", () => {
    const plain = fc.string({ maxLength: 5 }).map((text) => text.replaceAll(/[*\\]/g, "x"));
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1, maxLength: 5 }), plain, (pieces, between) => {
        expect(holds("StringMatches", pieces.join(between), pieces.join("*"))).toBe(true);
      }),
    );
  });
});

describe("a JSONata Condition", () => {
  const condition = (Condition: Json, input: Json) =>
    drive(
      matchesRule({ Next: "N", Condition } as ChoiceRule, scopeOf({ input }), {
        language: "JSONata",
        location: "Choices[1]",
      }),
    );

  test("decides", async () => {
    expect(await condition("{% $states.input.n > 1 %}", { n: 2 })).toBe(true);
    expect(await condition("{% $states.input.n > 1 %}", { n: 1 })).toBe(false);
    expect(condition("{% $states.input.done %}", { done: true })).toBe(true);
    expect(condition(true, {})).toBe(true);
  });

  test("must give a boolean", async () => {
    const failed = await failureOf(() => condition("{% $states.input.n %}", { n: 1 }));
    expect(failed.location).toBe("Choices[1]/Condition");
    expect(failed.failure).toEqual({
      error: "States.QueryEvaluationError",
      cause: `${prefix}The JSONata expression '$states.input.n' specified for the field 'Choices[1]/Condition' returned an unexpected result type. Expected 'boolean', but was 'number' for value: 1`,
    });
  });
});
