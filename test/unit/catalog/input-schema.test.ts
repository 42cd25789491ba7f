import { setFlagsFromString } from "node:v8";
import { describe, expect, it } from "vitest";
import { compileSchema, type InputProblem } from "#catalog/input-schema.ts";
import type { Json } from "#core/json.ts";

// As the composition root does.
setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");

const problemsOf = (schema: object, input: Json): readonly InputProblem[] => {
  const compiled = compileSchema(schema as never);
  return compiled.kind === "compiled" ? compiled.problems(input) : compiled.problems;
};

describe("a pattern of an input schema", () => {
  const host = { pattern: "^([a-z0-9]+(-[a-z0-9]+)*\\.)+[a-z]{2,10}$" };

  it("is matched in linear time, however it repeats", () => {
    expect(problemsOf(host, "www.example.com")).toEqual([]);
    expect(problemsOf(host, `${"a".repeat(50_000)}!`)).toHaveLength(1);
    const properties = { patternProperties: { "^(a+)+$": { type: "number" } } };
    expect(problemsOf(properties, { [`${"a".repeat(50_000)}!`]: "x" })).toEqual([]);
  });

  it("is refused where that can not be, and says why", () => {
    expect(compileSchema({ pattern: "^(?=a)(a+)+$" })).toMatchObject({
      kind: "refused",
      problems: [{ message: expect.stringContaining("may take for ever") }],
    });
  });

  it("counts characters as JSON Schema does", () => {
    expect(problemsOf({ pattern: "^.{2}$" }, "😀😀")).toEqual([]);
  });
});

describe("a schema without end", () => {
  it("is a problem of the input, not an exception", () => {
    expect(problemsOf({ $ref: "#" }, {})).toEqual([
      { path: "", message: expect.stringContaining("refers to itself") },
    ]);
  });
});

describe("a check that would hold a server", () => {
  const doubling = Array.from({ length: 40 }, (_, index) => {
    const next = { $ref: `#/$defs/d${index + 1}` };
    return [`d${index}`, { anyOf: [next, next] }] as const;
  });
  const $defs = { ...Object.fromEntries(doubling), d40: { type: "number" } };

  it.each<[string, object, Json]>([
    ["a schema of exponential work", { $defs, $ref: "#/$defs/d0" }, "x"],
    [
      "many items of which each is to be another",
      { uniqueItems: true },
      Array.from({ length: 60_000 }, (_, id) => ({ id })),
    ],
    [
      "many items of which each has many problems",
      { items: { allOf: Array.from({ length: 1_000 }, () => ({ type: "string" })) } },
      Array.from({ length: 100_000 }, () => 1),
    ],
  ])("is given up: %s", (_case, schema, input) => {
    expect(problemsOf(schema, input)).toEqual([
      { path: "", message: expect.stringContaining("takes longer than") },
    ]);
    // What is checked after that is checked as before.
    expect(problemsOf({ uniqueItems: true }, [1, 2, 1])).toHaveLength(1);
  });
});
