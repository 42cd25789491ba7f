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
