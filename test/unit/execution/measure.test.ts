import { describe, expect, test } from "vitest";
import type { State } from "#core/asl/definition.ts";
import { isWithin } from "#core/execution/measure.ts";
import type { Json } from "#core/json.ts";
import { valueDepthMax } from "#core/limits.ts";
import { fc } from "../../fast-check.ts";
import { begin } from "./scenario.ts";

const nested = (levels: number): Json => {
  let value: Json = [];
  for (let level = 1; level < levels; level += 1) value = [value];
  return value;
};

describe("the size of a value", () => {
  test("is the length of its JSON, give or take a comma a level", () => {
    const plain = fc.jsonValue({ maxDepth: 4 }).filter((v) => !JSON.stringify(v).includes("\\"));
    fc.assert(
      fc.property(plain, (value) => {
        const text = JSON.stringify(value);
        expect(isWithin(value as Json, text.length * 1.5 + 2)).toBe(true);
        expect(isWithin(value as Json, text.length - 1)).toBe(false);
      }),
    );
  });

  test("grows with every use of a shared part, and is known at once", () => {
    let value: Json = { text: "x".repeat(2_000) };
    for (let round = 0; round < 100; round += 1) value = { a: value, b: value };
    expect(isWithin(value, 1e9)).toBe(false);
  });

  test("has a limit to its depth", () => {
    expect(isWithin(nested(valueDepthMax), 1e9)).toBe(true);
    expect(isWithin(nested(valueDepthMax + 1), 1e9)).toBe(false);
  });
});

test("a value that was too deep where it stood is not so by itself", () => {
  let value: Json = "x".repeat(2_000);
  for (let level = 0; level < 10; level += 1) value = [value];
  const inner = value;
  for (let level = 0; level < valueDepthMax - 5; level += 1) value = [value];
  expect(isWithin(value, 1e9)).toBe(false);
  expect(isWithin(inner, 1e9)).toBe(true);
});

describe("a process that loops", () => {
  const loop = (state: object) =>
    begin({ StartAt: "Grow", States: { Grow: { ...state, Next: "Grow" } as State } }, {});

  test("and doubles its data ends with an error instead of the server", async () => {
    const { scenario } = await loop({ Type: "Pass", Parameters: { "a.$": "$", "b.$": "$" } });
    expect(scenario.state).toMatchObject({ status: "FAILED", error: "States.DataLimitExceeded" });
  });

  test("and wraps its data ever deeper does, too", async () => {
    const inner = { StartAt: "In", States: { In: { Type: "Pass", End: true } } };
    const { scenario } = await loop({ Type: "Parallel", Branches: [inner] });
    expect(scenario.state).toMatchObject({ status: "FAILED", error: "States.DataLimitExceeded" });
  });

  test("and doubles a variable does, too", async () => {
    const { scenario } = await begin({
      StartAt: "First",
      States: {
        First: { Type: "Pass", Assign: { v: {} }, Next: "Grow" },
        Grow: { Type: "Pass", Assign: { v: { "a.$": "$v", "b.$": "$v" } }, Next: "Grow" },
      },
    });
    expect(scenario.state).toMatchObject({ status: "FAILED", error: "States.DataLimitExceeded" });
  });
});
