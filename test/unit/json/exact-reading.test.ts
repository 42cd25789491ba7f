import { describe, expect, test } from "vitest";
import { numberFromText, printedSoFar, sameNumber } from "#core/exact-json/exact-number.ts";
import { inOrder } from "#core/exact-json/in-order.ts";
import { needsExactReading } from "#core/exact-json/needs-exact-reading.ts";
import { parseJson, printJson, sameJson } from "#core/json.ts";
import { fc } from "../../fast-check.ts";

/** Numbers as they are written, and whether JavaScript prints them so. */
const numbers: readonly (readonly [string, boolean])[] = [
  ["0", true],
  ["-0", false],
  ["-0.5", true],
  ["7", true],
  ["10", true],
  ["1.5", true],
  ["1.0", false],
  ["-1.50", false],
  ["0.10", false],
  ["10.05", true],
  ["1e5", false],
  ["1E5", false],
  ["1.5e3", false],
  ["15e-1", false],
  ["1e+2", false],
  ["123456789012345", true],
  ["1234567890123456", true],
  ["9007199254740993", false],
  ["12345678901234567", false],
  ["-12345678901234567890123", false],
  ["0.123456789012345", true],
  ["0.1234567890123456", true],
  ["0.12345678901234567", false],
  ["12345678901234.5", true],
  ["1234567890123456.5", true],
  ["1234567890123456789.5", false],
  ["0.000001", true],
  ["0.0000001", false],
  ["-0.00000012", false],
  ["10.0000001", true],
  ["1.1234567890123456789", false],
];

const around: readonly ((number: string) => string)[] = [
  (number) => number,
  (number) => `[${number}]`,
  (number) => `[1,${number},2]`,
  (number) => `{"a":${number}}`,
  (number) => `{"a":${number},"b":[${number}]}`,
  (number) => `["${"x".repeat(20)}",${number}]`,
];

describe("a text with numbers", () => {
  test.each(numbers)("%s is read so that it is printed as it was", (number, isPlain) => {
    for (const write of around) {
      const text = write(number);
      expect(needsExactReading(text), text).toBe(!isPlain);
      expect(printJson(parseJson(text))).toBe(text);
      const spaced = text.replaceAll(/([[\]{},:])/g, " $1\n");
      expect(needsExactReading(spaced), spaced).toBe(!isPlain);
    }
  });

  test("is plain to JavaScript wherever it is taken for plain", () => {
    const digits = fc.stringMatching(/^(0|[1-9]\d{0,20})(\.0{0,8}\d{1,20})?([eE][-+]?\d{1,2})?$/);
    fc.assert(
      fc.property(fc.boolean(), digits, (isNegative, number) => {
        const text = `[${isNegative ? "-" : ""}${number}]`;
        const isKept = JSON.stringify(JSON.parse(text)) === text;
        // An exponent is always read exactly, though JavaScript prints some as they were.
        const isPlain = isKept && !/e/i.test(text);
        expect(needsExactReading(text)).toBe(!isPlain);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['{"b":1,"1":2}', true],
    ['{"1":2}', true],
    ['{"a1":2}', false],
    ['{"1a":2}', false],
    ['["1"]', false],
    ['{"a":"1"}', false],
  ])("%s has a key that JavaScript would move: %s", (text, expected) => {
    expect(needsExactReading(text)).toBe(expected);
  });
});

describe("two numbers", () => {
  const same = (a: string, b: string) => sameNumber(numberFromText(a), numberFromText(b));

  test.each([
    ["1", "1.0", true],
    ["1.0", "10e-1", true],
    ["100", "1e2", true],
    ["0.10", "1e-1", true],
    ["0", "-0", true],
    ["0.0", "0e5", true],
    ["-1.0", "1.0", false],
    ["-1.0", "-1", true],
    ["1.0", "1.00000000000000000001", false],
    ["12345678901234567890", "12345678901234567890.0", true],
    ["12345678901234567890", "12345678901234567891", false],
    ["10.0", "1.0", false],
    ["1e400", "1e400", true],
    ["1e400", "1e401", false],
    ["1e99999999999999999", "1e99999999999999999", true],
    ["1e99999999999999999", "1e99999999999999998", false],
    ["2", "2", true],
    ["2", "3", false],
  ])("%s and %s are the same: %s", (a, b, expected) => {
    expect(same(a, b)).toBe(expected);
    expect(same(b, a)).toBe(expected);
    expect(sameJson(parseJson(`[${a}]`), parseJson(`[${b}]`))).toBe(expected);
  });
});

describe("the members of an object", () => {
  test("are listed in the order that is asked for, even where JavaScript has another", () => {
    const members = { b: 1, "2": 2, "1": 3 };
    const ordered = inOrder(members, () => ["b", "2", "1", "b"]);
    expect(Object.keys(ordered)).toEqual(["b", "2", "1"]);
    const before = printedSoFar();
    expect(JSON.stringify(ordered)).toBe('{"b":1,"2":2,"1":3}');
    expect(printedSoFar()).toBeGreaterThan(before);
  });

  test("stay as they are where JavaScript has that order already", () => {
    for (const members of [{ b: 1, a: 2 }, { "1": 1, b: 2 }, {}]) {
      expect(inOrder(members, () => Object.keys(members))).toBe(members);
    }
    const members = { a1: 1, "1a": 2 };
    expect(inOrder(members, () => ["1a", "a1"])).toBe(members);
    const leading = { "01": 1, b: 2 };
    expect(inOrder(leading, () => ["b", "01"])).toBe(leading);
  });
});
