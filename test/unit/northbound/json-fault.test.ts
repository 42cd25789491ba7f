import { expect, test } from "vitest";
import { jsonFault } from "#northbound/json-fault.ts";
import { fc } from "../../fast-check.ts";

test.each([
  ["", 1, 1, "a value"],
  ["  ", 1, 3, "a value"],
  ["{", 1, 2, "a field name in double quotes or }"],
  ["\n\n{'a': 1}", 3, 2, "a field name in double quotes or }"],
  ['{"a" 1}', 1, 6, ": after the field name"],
  ['{"a":1,}', 1, 8, "a field name in double quotes"],
  ['{"a":1 "b":2}', 1, 8, "a comma or the closing bracket"],
  ["[1,]", 1, 4, "a value"],
  ["[}", 1, 2, "a value or ]"],
  ["[1\n,2", 2, 3, "a comma or the closing bracket"],
  ["1 2", 1, 3, "nothing after the value"],
  ["01", 1, 2, "nothing after the value"],
  ['["a\tb"]', 1, 2, "a value or ]"],
  ['"\\x"', 1, 1, "a value"],
  ['{"a":tru}', 1, 6, "a value"],
  ["[1}", 1, 3, "a comma or the closing bracket"],
] as const)("%j goes wrong at line %d, column %d", (...[text, line, column, expected]) => {
  expect(() => JSON.parse(text)).toThrow();
  expect(jsonFault(text)).toEqual({ line, column, expected });
});

test("the text before the fault can be completed, the text with it cannot", () => {
  const closers: Record<string, string> = {
    "a value": "0",
    "a value or ]": "0",
    "a field name in double quotes": '"k":0',
    "a field name in double quotes or }": '"k":0',
    ": after the field name": ":0",
  };
  const completed = (text: string, expected: string): string => {
    const outside = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, "");
    const open = [...outside.matchAll(/[[\]{}]/g)].reduce<string>(
      (stack, [bracket]) => (bracket === "{" || bracket === "[" ? bracket + stack : stack.slice(1)),
      "",
    );
    const closing = open.replaceAll("{", "}").replaceAll("[", "]");
    return text + (closers[expected] ?? "") + closing;
  };
  const broken = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom("", "}", ",", '"', "x", "[", ":", "\\"), fc.nat(3))
    .map(([text, at, inserted, removed]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + inserted + text.slice(place + removed);
    })
    .filter((text) => {
      try {
        JSON.parse(text);
        return false;
      } catch {
        return true;
      }
    });
  fc.assert(
    fc.property(broken, (text) => {
      const { line, column, expected } = jsonFault(text);
      const before = text.split("\n").slice(0, line - 1);
      const at = before.reduce((sum, part) => sum + part.length + 1, 0) + column - 1;
      expect(() => JSON.parse(completed(text.slice(0, at), expected))).not.toThrow();
    }),
    { numRuns: 2000 },
  );
});

test("it takes a megabyte of text in its stride", () => {
  for (const text of [
    "[".repeat(1_000_000),
    `"${"a".repeat(1_000_000)}`,
    `"${"\\".repeat(999_999)}`,
    `${" ".repeat(1_000_000)}x`,
    `[${"1,".repeat(500_000)}`,
  ]) {
    const startedAtMs = performance.now();
    jsonFault(text);
    expect(performance.now() - startedAtMs).toBeLessThan(1000);
  }
});
