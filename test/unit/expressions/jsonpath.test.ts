import { describe, expect, test } from "vitest";
import { isReferencePath, parsePath } from "#core/expressions/jsonpath/parse-path.ts";
import { readPath, tryReadPath } from "#core/expressions/jsonpath/read-path.ts";
import { placeAt } from "#core/expressions/reference-path.ts";
import type { Json } from "#core/json.ts";
import { fc } from "../../fast-check.ts";
import { failureOf, prefix, scopeOf } from "./scope.ts";

const store: Json = {
  book: [
    { title: "Sayings", price: 8.95, tags: ["a", "b"], isbn: null },
    { title: "Sword", price: 12.99, tags: [] },
    { title: "Moby", price: 8.99, tags: ["b"], "odd name": 1 },
  ],
  bike: { color: "red", price: 19.95 },
  limit: 10,
  name: "Grüße",
  "delivery-partner": "x",
};

const scope = scopeOf({
  input: store,
  context: { Execution: { Name: "e", Input: { "input-value": 0 } } },
  variables: { v: { x: [1, 2, 3] }, größe: 7 },
});

describe("a path", () => {
  test.each<[string, Json]>([
    ["$", store],
    ["$.bike.color", "red"],
    ["$['bike']['color']", "red"],
    ['$["bike"].color', "red"],
    ["$.delivery-partner", "x"],
    ["$.book[0].title", "Sayings"],
    ["$.book[-1].title", "Moby"],
    ["$.book[2]['odd name']", 1],
    ["$.book[0].isbn", null],
    ["$.book[*].price", [8.95, 12.99, 8.99]],
    ["$.bike.*", ["red", 19.95]],
    ["$..price", [8.95, 12.99, 8.99, 19.95]],
    ["$..tags[0]", ["a", "b"]],
    ["$..*", expect.any(Array)],
    ["$.book[1:].title", ["Sword", "Moby"]],
    ["$.book[:1].title", ["Sayings"]],
    ["$.book[-2:].title", ["Sword", "Moby"]],
    ["$.book[1:5].title", ["Sword", "Moby"]],
    ["$.book[0,2].title", ["Sayings", "Moby"]],
    ["$.bike['color','price']", { color: "red", price: 19.95 }],
    ["$.book[?(@.price < 9)].title", ["Sayings", "Moby"]],
    ["$.book[?(@.price < $.limit && @.title == 'Moby')].title", ["Moby"]],
    ["$.book[?(@.price > 12 || @.title == 'Moby')].title", ["Sword", "Moby"]],
    ["$.book[?(!(@.price > 12))].title", ["Sayings", "Moby"]],
    ["$.book[?(@.isbn)].title", ["Sayings"]],
    ["$.book[?(@['odd name'])].title", ["Moby"]],
    ["$.book[?(@.title =~ /s.*/i)].title", ["Sayings", "Sword"]],
    ["$.book[?(@.title in ['Moby', 'Dick'])].title", ["Moby"]],
    ["$.book[?(@.title nin ['Moby'])].title", ["Sayings", "Sword"]],
    ["$.book[?(@.tags subsetof ['b', 'c'])].title", ["Sword", "Moby"]],
    ["$.book[?(@.tags anyof ['a'])].title", ["Sayings"]],
    ["$.book[?(@.tags noneof ['a'])].title", ["Sword", "Moby"]],
    ["$.book[?(@.tags size 2)].title", ["Sayings"]],
    ["$.book[?(@.tags empty true)].title", ["Sword"]],
    ["$.book[?(@.missing != 1)].title", ["Sayings", "Sword", "Moby"]],
    ["$.book[?(@.missing == 1)]", []],
    ["$.bike[?(@.color == 'red')].price", [19.95]],
    ["$.book.length()", 3],
    ["$.book[*].price.max()", 12.99],
    ["$v.x.min()", 1],
    ["$v.x.sum()", 6],
    ["$v.x.avg()", 2],
    ["$v.x.stddev()", Math.sqrt(2 / 3)],
    ["$v.x.first()", 1],
    ["$v.x.last()", 3],
    ["$.name.length()", 5],
    ["$.bike.size()", 2],
    ["$.bike.keys()", ["color", "price"]],
    ["$.book[?(@.tags.length() > 1)].title", ["Sayings"]],
    ["$.missing[*]", []],
    ["$.book[7:9]", []],
    ["$..missing", []],
    ["$$.Execution.Name", "e"],
    ["$$.Execution.Input.input-value", 0],
    ["$v.x[1]", 2],
    ["$v.x[*]", [1, 2, 3]],
    ["$größe", 7],
  ])("%s", (path, expected) => {
    expect(readPath(path, scope)).toEqual(expected);
  });

  test.each([
    ["$.missing", "No results for path: $['missing']"],
    ["$.bike.missing", "No results for path: $['bike']['missing']"],
    ["$.no.such.path", "Missing property in path $['no']"],
    ["$.bike.no.such", "Missing property in path $['bike']['no']"],
    ["$.book[9]", "No results for path: $['book'][9]"],
    [
      "$.book[0].title.x",
      "Expected to find an object with property ['x'] in path $['book'][0]['title'] but found 'string'.",
    ],
    ["$.name.sum()", "No results for path: $.name.sum()"],
    ["$unknown", "No results for path: $unknown"],
  ])("%s without a match fails in the service's words", async (path, why) => {
    const { failure } = await failureOf(() => readPath(path, scope));
    expect(failure).toEqual({
      error: "States.Runtime",
      cause: `${prefix}Invalid path '${path}' : ${why}`,
    });
    expect(tryReadPath(path, scope)).toBeUndefined();
  });

  test("sees no inherited members", () => {
    expect(tryReadPath("$.constructor", scope)).toBeUndefined();
    expect(tryReadPath("$.book.length", scope)).toBeUndefined();
    expect(tryReadPath("$toString", scope)).toBeUndefined();
  });

  test.each([
    ["", 0],
    ["a", 0],
    ["@.a", 0],
    ["$.", 2],
    ["$.a b", 3],
    ["$.a[", 4],
    ["$.a['b]", 4],
    ["$.a[0", 5],
    ["$.a[?(@.b ==)]", 12],
    ["$.a.unknown()", 4],
    ["$.a.length().b", 14],
    ["$...a", 3],
  ])("%j is refused at its first wrong character", (path, position) => {
    expect(parsePath(path)).toEqual({ error: { message: expect.any(String), position } });
  });

  test.each([
    ["$", true],
    ["$.a.b[0]['c d']", true],
    ["$$.a", true],
    ["$v.a", true],
    ["$.a[*]", false],
    ["$.a[0:1]", false],
    ["$.a[0,1]", false],
    ["$.a['b','c']", false],
    ["$..a", false],
    ["$.a[?(@.b)]", false],
    ["$.a.length()", false],
    ["a", false],
  ])("%s is a reference path: %s", (path, expected) => {
    expect(isReferencePath(path)).toBe(expected);
  });

  test("is refused or read, never a crash", () => {
    const piece = fc.constantFrom(
      "$",
      ".",
      "..",
      "[",
      "]",
      "'",
      "a",
      "0",
      ":",
      ",",
      "*",
      "?(",
      "@",
      ")",
      "==",
      "&&",
      "(",
      "\\",
      "-",
      " ",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const parsed = parsePath(pieces.join(""));
        if ("path" in parsed) tryReadPath(parsed.path.text, scope);
        else expect(parsed.error.position).toBeLessThanOrEqual(pieces.join("").length);
      }),
      { numRuns: 2000 },
    );
  });
});

const memberName = fc.oneof(fc.string({ minLength: 1, maxLength: 6 }), fc.constant("__proto__"));
const quoted = (name: string) => `['${name.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}']`;

describe("ResultPath", () => {
  test.each<[string | null, Json, Json]>([
    [null, { a: 1 }, { a: 1 }],
    ["$", { a: 1 }, "r"],
    ["$.b", { a: 1 }, { a: 1, b: "r" }],
    ["$.a", { a: 1 }, { a: "r" }],
    ["$.b.c.d", { a: 1 }, { a: 1, b: { c: { d: "r" } } }],
    ["$.a.c", { a: { b: 1 } }, { a: { b: 1, c: "r" } }],
    ["$.a[1].b", { a: [0, {}] }, { a: [0, { b: "r" }] }],
  ])("%s", (path, input, expected) => {
    const before = structuredClone(input);
    expect(placeAt({ path, input, result: "r", scope })).toEqual(expected);
    expect(input).toEqual(before);
  });

  test.each<[string, Json]>([
    ["$.a", "text"],
    ["$.a", null],
    ["$.a", [1]],
    ["$.a.b", { a: 1 }],
    ["$.a[3]", { a: [1] }],
    ["$.a[0]", {}],
    ["$.a[*]", { a: [1] }],
    ["$$.a", {}],
  ])("%s does not fit %j", async (path, input) => {
    const { failure } = await failureOf(() => placeAt({ path, input, result: 1, scope }));
    expect(failure.error).toBe("States.ResultPathMatchFailure");
    expect(failure.cause).toContain(`Unable to apply ReferencePath ${path} to input`);
  });

  test("what is placed is read back, and the rest is untouched", () => {
    fc.assert(
      fc.property(
        fc.array(memberName, { minLength: 1, maxLength: 4 }),
        fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<Json>),
        fc.jsonValue() as fc.Arbitrary<Json>,
        (names, others, result) => {
          const [first = "", ...deeper] = names;
          const input: Record<string, Json> = { ...others };
          delete input[first];
          const path = `$${[first, ...deeper].map(quoted).join("")}`;
          const placed = placeAt({ path, input, result, scope });
          expect(readPath(path, scopeOf({ input: placed }))).toEqual(result);
          for (const [key, value] of Object.entries(input)) {
            expect((placed as Record<string, Json>)[key]).toBe(value);
          }
        },
      ),
    );
  });
});
