import { describe, expect, test } from "vitest";
import { StateFailed } from "#core/failure.ts";
import type { Json, JsonObject } from "#core/json.ts";
import { type DataFormat, dataFormatOf } from "#core/map-run/data-format.ts";
import { type PageCursor, readPage } from "#core/map-run/page.ts";
import { fc } from "../../fast-check.ts";

/** Reads a data set in pages, given `size` characters of text at a time, and more where that gives nothing. */
const readAll = (config: JsonObject, text: string, size = text.length || 1): readonly Json[] => {
  const format: DataFormat = dataFormatOf(config);
  const items: Json[] = [];
  let cursor: PageCursor = {};
  let from = 0;
  for (let length = size; ; ) {
    const isLast = from + length >= text.length;
    const page = readPage(format, { text: text.slice(from, from + length), isLast, cursor });
    items.push(...page.items);
    if (isLast) return items;
    cursor = page.cursor;
    from += page.consumed;
    length = page.consumed === 0 ? length + size : size;
  }
};

const csv = { InputType: "CSV", CSVHeaderLocation: "FIRST_ROW" };

describe("CSV", () => {
  test("rows become objects of texts, named by the first row", () => {
    expect(readAll(csv, "id,name\n1,Ann\r\n2,Bob")).toEqual([
      { id: "1", name: "Ann" },
      { id: "2", name: "Bob" },
    ]);
  });

  test("given names make the first row an item", () => {
    const given = { InputType: "CSV", CSVHeaderLocation: "GIVEN", CSVHeaders: ["a", "b"] };
    expect(readAll(given, "1,2\n")).toEqual([{ a: "1", b: "2" }]);
  });

  test.for([
    ["fields that are missing are empty", "a,b\n1\n", { a: "1", b: "" }],
    ["fields that nobody named are left out", "a,b\n1,2,3\n", { a: "1", b: "2" }],
    ["blanks are kept", "a,b\n  , x \n", { a: "  ", b: " x " }],
    [
      "quotes hold delimiters and line ends",
      'a,b\n"1,\n2","say ""hi"""\n',
      { a: "1,\n2", b: 'say "hi"' },
    ],
    ["doubled quotes count outside of quotes too", 'a\n{""k"":1}\n', { a: '{"k":1}' }],
    ["a quote within a field is one", 'a,b\n5" nail,x\n', { a: '5" nail', b: "x" }],
    ["a backslash escapes", "a,b\nC:\\\\x,1\\,5\n", { a: "C:\\x", b: "1,5" }],
    ["a backslash before an ordinary character is left out", "a\nx\\y\n", { a: "xy" }],
    ["a byte order mark is no part of the first name", "\ufeffa\n1\n", { a: "1" }],
    ["a line without characters is no row", "a\n\n1\n\n", { a: "1" }],
    ["a name may be empty", "a,\n1,2\n", { a: "1", "": "2" }],
    [
      "a name of JavaScript's own is a name",
      "__proto__,b\n1,2\n",
      JSON.parse('{"__proto__":"1","b":"2"}'),
    ],
  ] as const)("%s", ([, text, item]) => {
    expect(readAll(csv, text)).toEqual([item]);
  });

  test.for([
    ["PIPE", "|"],
    ["SEMICOLON", ";"],
    ["SPACE", " "],
    ["TAB", "\t"],
  ] as const)("the delimiter %s", ([CSVDelimiter, delimiter]) => {
    const text = `a${delimiter}b\n1,5${delimiter}2\n`;
    expect(readAll({ ...csv, CSVDelimiter }, text)).toEqual([{ a: "1,5", b: "2" }]);
  });

  test("names that come twice are refused, given or read", () => {
    const given = { InputType: "CSV", CSVHeaderLocation: "GIVEN", CSVHeaders: ["a", "a"] };
    for (const read of [() => readAll(given, "1,2\n"), () => readAll(csv, "a,a\n1,2\n")]) {
      const failure = {
        error: "States.ItemReaderFailed",
        cause: "CSV headers cannot contain duplicates.",
      };
      expect(read).toThrow(StateFailed);
      expect(read).toThrow(expect.objectContaining({ failure }));
    }
  });
});

describe("JSON", () => {
  test("the items are those of the array", () => {
    expect(readAll({ InputType: "JSON" }, '[1, {"a": [2]}]')).toEqual([1, { a: [2] }]);
  });

  test("a pointer leads to the array", () => {
    const config = { InputType: "JSON", ItemsPointer: "/a~1b/1/c~0d" };
    expect(readAll(config, '{"a/b": [0, {"c~d": [7]}]}')).toEqual([7]);
  });

  test.for(['{"a": 1}', '"text"', "null"])("%s is nothing to map over", (text) => {
    const failure = {
      error: "States.ItemReaderFailed",
      cause: "Attempting to map over non-iterable node.",
    };
    expect(() => readAll({ InputType: "JSON" }, text)).toThrow(
      expect.objectContaining({ failure }),
    );
  });

  test("text that is no JSON is refused", () => {
    for (const [InputType, text] of [
      ["JSON", "[1,"],
      ["JSONL", "{}\n{\n"],
    ] as const)
      expect(() => readAll({ InputType }, text)).toThrow(/States\.ItemReaderFailed/);
  });
});

test("JSON lines: each is an item, empty ones are none", () => {
  expect(readAll({ InputType: "JSONL" }, '{"a":1}\r\n\n"b"\n3')).toEqual([{ a: 1 }, "b", 3]);
});

test("what is no text is refused by name", () => {
  expect(() => dataFormatOf({ InputType: "PARQUET" })).toThrow(/PARQUET/);
});

/** Texts that are hard to cut: quotes, escapes, line ends and the like close together. */
const messyText = fc.string({
  unit: fc.constantFrom("a", "b", ",", '"', '""', "\\", "\n", "\r\n", " ", "ä", "🙂"),
  maxLength: 60,
});
const cutting = fc.integer({ min: 1, max: 20 });

test("where a CSV text is cut makes no difference", () => {
  fc.assert(
    fc.property(messyText, cutting, (text, cut) => {
      const config = { InputType: "CSV", CSVHeaderLocation: "GIVEN", CSVHeaders: ["x", "y"] };
      expect(readAll(config, text, cut)).toEqual(readAll(config, text));
    }),
    { numRuns: 2_000 },
  );
});

test("where JSON or JSON lines are cut makes no difference", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue({ maxDepth: 2 })), cutting, (values, cut) => {
      const items = values as readonly Json[];
      const lines = items.map((item) => `${JSON.stringify(item)}\n`).join("");
      const expected = JSON.parse(JSON.stringify(items));
      expect(readAll({ InputType: "JSONL" }, lines, cut)).toEqual(expected);
      expect(readAll({ InputType: "JSON" }, JSON.stringify(items), cut)).toEqual(expected);
    }),
  );
});

test("any fields come back from the CSV that was made of them", () => {
  const quoted = (field: string) => `"${field.replaceAll("\\", "\\\\").replaceAll('"', '""')}"`;
  const row = fc.tuple(fc.string({ unit: "grapheme" }), fc.string());
  fc.assert(
    fc.property(fc.array(row), cutting, (rows, cut) => {
      const text = ["x,y", ...rows.map((fields) => fields.map(quoted).join(","))].join("\r\n");
      expect(readAll(csv, text, cut)).toEqual(rows.map(([x, y]) => ({ x, y })));
    }),
  );
});
