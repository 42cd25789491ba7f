import { describe, expect, test } from "vitest";
import { ExactNumber, numberOf, sameNumber } from "#core/exact-json/exact-number.ts";
import { exactOriginal, plainJson, withPlainFields } from "#core/exact-json/plain-json.ts";
import {
  isJsonObject,
  type Json,
  jsonTypeOf,
  parseJson,
  parseStored,
  printJson,
  printStored,
  sameJson,
} from "#core/json.ts";
import { fc } from "../../fast-check.ts";
import { nastyText, numberText } from "./nasty-text.ts";

describe("text that is read and printed is the same text", () => {
  test.for([
    "1.0",
    "0.0",
    "-0",
    "-0.0",
    "-0e0",
    "1e400",
    "-1e400",
    "1e5",
    "1E5",
    "1e-400",
    "1e+21",
    "1e21",
    "100",
    "1.50",
    "9007199254740993",
    "12345678901234567890123",
    "0.1000000000000000055511151231257827",
    "1234567.1234567891",
    "0.30000000000000004",
    "[1,-0]",
    "[-0,1]",
    '{"a":-0}',
    '{"b":1,"1":2,"a":3,"0":4}',
    '{"10":1,"9":2}',
    '{"1":1,"a":{"b":1,"2":2}}',
    '{"__proto__":{"x":1.0},"constructor":1}',
    '{"__proto__":1,"1":2}',
    '{"text":"1.0","toJSON":1.0,"valueOf":null}',
    '{"":1.0}',
    '["\\ud800","\\udc00x",1.0]',
    '{"\\ud800":1.0}',
    '["\\"","\\\\",1.0,"\\\\\\""]',
    '["é€😀\u2028",1.0]',
    "[[[[1.0]]],{},[]]",
  ])("%s", (text) => {
    expect(printJson(parseJson(text))).toBe(text);
    expect(printJson(parseStored<Json>(printStored(parseJson(text))))).toBe(text);
  });

  test("any text", () => {
    fc.assert(
      fc.property(nastyText, (text) => {
        const value = parseJson(text);
        expect(printJson(value)).toBe(text);
        const stored = printStored({ kind: "fact", value });
        expect(stored.trim()).toBe(`{"kind":"fact","value":${text}}`);
        expect(printStored(parseStored(stored))).toBe(stored);
      }),
      { numRuns: 2_000 },
    );
  });

  test("with blanks anywhere between its parts", () => {
    fc.assert(
      fc.property(nastyText, fc.constantFrom(" ", "\n\t ", "\r\n"), (text, blank) => {
        expect(printJson(parseJson(spread(text, blank)))).toBe(text);
      }),
    );
  });

  test("deeper than the stack", () => {
    const depth = 100_000;
    let value = parseJson(`${"[".repeat(depth)}1.0${"]".repeat(depth)}`);
    for (let level = 0; level < depth; level += 1) value = (value as readonly Json[])[0] ?? null;
    expect(printJson(value)).toBe("1.0");
  });
});

/** The text with a blank before and after each mark of its structure. */
const spread = (text: string, blank: string): string =>
  text.replaceAll(/"(?:[^"\\]|\\.)*"|[[\]{},:]/g, (token) =>
    token.startsWith('"') ? token : `${blank}${token}${blank}`,
  );

test("JSON.stringify of anything around it prints a number as it was written", () => {
  expect(JSON.stringify({ a: [parseJson("1.0")] }, undefined, 1)).toBe('{\n "a": [\n  1.0\n ]\n}');
});

test("of a key that comes twice the last value counts", () => {
  expect(printJson(parseJson('{"a":1.0,"b":2,"a":3.0}'))).toBe('{"a":3.0,"b":2}');
  expect(printJson(parseJson('{"b":1,"2":1,"b":3.0}'))).toBe('{"b":3.0,"2":1}');
});

test("no key touches a prototype", () => {
  const value = parseJson('{"__proto__":{"polluted":1.0},"1":0,"a":{"__proto__":null,"b":1.0}}');
  expect(Object.keys(value as object)).toEqual(["__proto__", "1", "a"]);
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect("polluted" in {}).toBe(false);
});

test.for([
  "",
  "1.",
  "01.0",
  "[1.0",
  "{1.0}",
  "[1.0,]",
  '{"1":1,}',
  "1.0 x",
  "-0x",
  "nul",
  '"\n1.0"',
])("%j is refused as JSON.parse refuses it", (text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError);
});

describe("numbers", () => {
  test("are plain unless they are written otherwise than JavaScript does", () => {
    fc.assert(
      fc.property(numberText, (text) => {
        const number = parseJson(text);
        expect(number instanceof ExactNumber).toBe(JSON.stringify(Number(text)) !== text);
        expect(numberOf(number)).toBe(Number(text));
        expect(jsonTypeOf(number)).toBe("number");
        expect(isJsonObject(number)).toBe(false);
      }),
    );
  });

  test.for([
    ["1.0", "1", true],
    ["1.0", "10e-1", true],
    ["-0", "0.000", true],
    ["0e999999999999999999", "0", true],
    ["1e400", "10e399", true],
    ["1e400", "1e401", false],
    ["-1.0", "1.0", false],
    ["12345678901234567890123", "12345678901234567890124", false],
    ["12345678901234567890123", "12345678901234567890123.0", true],
    ["1e9999999999999999", "1e9999999999999999", true],
    ["1e9999999999999999", "1e9999999999999998", false],
  ] as const)("%s and %s are the same: %s", ([left, right, isSame]) => {
    const [a, b] = [parseJson(left), parseJson(right)];
    expect(sameNumber(a as ExactNumber, b as ExactNumber)).toBe(isSame);
    expect(sameJson([a], [b])).toBe(isSame);
    expect(sameJson({ b }, { b: a })).toBe(isSame);
  });

  test("of a million digits are compared in passing", () => {
    const zeros = "0".repeat(1_000_000);
    expect(sameJson(parseJson(`1${zeros}1`), parseJson(`1${zeros}1.0`))).toBe(true);
  });
});

test("digits without end are read in passing, in numbers and in strings", () => {
  const digits = "1".repeat(1_000_000);
  for (const text of [digits, `"0.${digits}"`, `["${digits}",1.0]`, `{"${digits}":0.${digits}}`])
    expect(printJson(parseJson(text)) === text).toBe(true);
});

describe("the same value", () => {
  test("is that of the same text with its keys in any order", () => {
    fc.assert(fc.property(nastyText, (text) => sameJson(parseJson(text), parseJson(text))));
    expect(sameJson(parseJson('{"b":1,"1":2}'), { 1: 2, b: 1 })).toBe(true);
  });

  test.for([
    ["1.0", '"1.0"'],
    ["1.0", "{}"],
    ["1.0", '{"text":"1.0"}'],
    ["1.0", "null"],
    ["[1.0]", "[1.0,1.0]"],
    ["[]", "{}"],
    ['{"__proto__":{}}', '{"a":1}'],
    ['{"a":null}', '{"b":null}'],
  ] as const)("is not %s and %s", ([left, right]) => {
    expect(sameJson(parseJson(left), parseJson(right))).toBe(false);
    expect(sameJson(parseJson(right), parseJson(left))).toBe(false);
  });
});

describe("plain numbers for those who compute", () => {
  test("a value that has only such is handed on", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const read = JSON.parse(JSON.stringify(value)) as Json;
        expect(plainJson(read)).toBe(read);
      }),
    );
  });

  test("a value becomes what JSON.parse makes of its text, and is found again", () => {
    fc.assert(
      fc.property(nastyText, (text) => {
        const value = parseJson(text);
        const plain = plainJson(value);
        expect(plain).toEqual(JSON.parse(text));
        if (typeof plain === "object" && plain !== null && plain !== value)
          expect(printJson(exactOriginal(plain) ?? null)).toBe(text);
      }),
    );
  });

  test("the fields of parameters, but not what is data", () => {
    const given = parseJson('{"seconds":2.0,"json":1.0,"query":{"a":1.0}}');
    const plain = withPlainFields(given, (field) => field === "json");
    expect(printJson(plain)).toBe('{"seconds":2,"json":1.0,"query":{"a":1.0}}');
  });
});
