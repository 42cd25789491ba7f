import { describe, expect, test } from "vitest";
import { fillTemplate } from "#core/expressions/payload-template.ts";
import type { Json } from "#core/json.ts";
import { fc } from "../../fast-check.ts";
import { failureOf, prefix, scopeOf } from "./scope.ts";

const scope = scopeOf({
  input: { a: { b: 1 }, list: [1, 2] },
  context: { State: { Name: "S" } },
  variables: { v: "w" },
});

describe("a payload template", () => {
  test("replaces members whose names end in .$, at any depth", () => {
    const template = {
      fixed: "$.a",
      "path.$": "$.a.b",
      "context.$": "$$.State.Name",
      "variable.$": "$v",
      "call.$": "States.Format('{}!', $v)",
      "all.$": "$",
      nested: [{ "items.$": "$.list[*]" }, 1],
    };
    expect(fillTemplate(template, scope, "Parameters")).toEqual({
      fixed: "$.a",
      path: 1,
      context: "S",
      variable: "w",
      call: "w!",
      all: scope.input,
      nested: [{ items: [1, 2] }, 1],
    });
  });

  test("a path without a match fails in the service's words", async () => {
    const { failure } = await failureOf(() =>
      fillTemplate({ in: { "value.$": "$.nope" } }, scopeOf({ input: { a: 1 } }), "Parameters"),
    );
    expect(failure).toEqual({
      error: "States.Runtime",
      cause: `${prefix}The JSONPath '$.nope' specified for the field 'value.$' could not be found in the input '{"a":1}'`,
    });
  });

  test("outside an execution the cause is bare", async () => {
    const tested = scopeOf({ enteredEventId: 0 });
    const { failure } = await failureOf(() =>
      fillTemplate({ "v.$": "$.nope" }, tested, "Parameters"),
    );
    expect(failure.cause).toMatch(/^The JSONPath '\$\.nope'/);
  });

  test("without such members it is handed on as it is", () => {
    fc.assert(
      fc.property(fc.jsonValue() as fc.Arbitrary<Json>, (template) => {
        fc.pre(!JSON.stringify(template).includes('.$"'));
        expect(fillTemplate(template, scope, "Parameters")).toBe(template);
      }),
    );
  });

  test("the same template gives each input its own answer", () => {
    const template = { "n.$": "$.n" };
    expect(fillTemplate(template, scopeOf({ input: { n: 1 } }), "Parameters")).toEqual({ n: 1 });
    expect(fillTemplate(template, scopeOf({ input: { n: 2 } }), "Parameters")).toEqual({ n: 2 });
  });
});
