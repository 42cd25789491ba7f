import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { readSource } from "#catalog/document-source.ts";
import { readProcessDocument } from "#catalog/process-document.ts";
import { type Json, parseJson, printJson } from "#core/json.ts";
import { fc } from "../../fast-check.ts";
import { nastyText } from "../json/nasty-text.ts";

const recorded = new URL("../../conformance/recorded/", import.meta.url);

interface Recorded {
  readonly definition: Json;
  readonly definitionText?: string;
}

const recordings = (file: string): readonly Recorded[] =>
  JSON.parse(readFileSync(new URL(file, recorded), "utf8"));

const all = [
  ...recordings("validation.json"),
  ...readdirSync(new URL("cases/", recorded)).flatMap((file) => recordings(`cases/${file}`)),
];

const read = (text: string): Json => {
  const reading = readSource(text);
  if (reading.kind === "unreadable") throw new TypeError(JSON.stringify(reading.diagnostics));
  return reading.source.value;
};

describe("every recorded definition", () => {
  const definitions = all.map(({ definition }) => definition);

  test("reads the same from JSON as JSON itself has it", () => {
    for (const definition of definitions)
      expect(read(JSON.stringify(definition, null, 2))).toEqual(definition);
  });

  test("reads the same from the service's own text", () => {
    const texts = all
      .map(({ definitionText }) => definitionText)
      .filter((text) => text !== undefined);
    expect(texts.length).toBeGreaterThan(0);
    for (const text of texts) {
      const reading = readSource(text);
      // The service accepts a key that is given twice, silently; here that is refused.
      if (reading.kind === "unreadable")
        expect(reading.diagnostics[0]?.message).toMatch(/for the second time/);
      else expect(printJson(reading.source.value)).toBe(printJson(parseJson(text)));
    }
  });

  test("reads the same from YAML", () => {
    for (const definition of definitions) expect(read(stringify(definition))).toEqual(definition);
  });
});

test("any JSON value reads as JSON itself has it", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      expect(read(text)).toEqual(JSON.parse(text));
    }),
    { numRuns: 1000 },
  );
});

test("a damaged text gives findings within it, never an exception", () => {
  const texts = all
    .slice(0, 200)
    .map(({ definition }) => stringify({ kind: "Process", name: "a", definition }));
  const damaged = fc
    .tuple(
      fc.constantFrom(...texts),
      fc.nat(),
      fc.nat({ max: 20 }),
      fc.string({ maxLength: 8, unit: "binary" }),
    )
    .map(([text, at, length, by]) => {
      const start = at % text.length;
      return text.slice(0, start) + by + text.slice(start + length);
    });
  fc.assert(
    fc.property(damaged, (text) => {
      const reading = readProcessDocument({ text });
      const lineCount = text.split(/\r\n|\n|\r/).length;
      for (const { line = 1, column = 1, message } of reading.kind === "invalid"
        ? reading.diagnostics
        : []) {
        expect(message).not.toBe("");
        expect(line).toBeGreaterThanOrEqual(1);
        expect(line).toBeLessThanOrEqual(lineCount + 1);
        expect(column).toBeGreaterThanOrEqual(1);
      }
    }),
    { numRuns: 1000 },
  );
});

test("any text of JSON is printed again as it was written", () => {
  const fits = (text: string) => readSource(text).kind === "read";
  fc.assert(
    fc.property(nastyText.filter(fits), (text) => {
      expect(printJson(read(text))).toBe(text);
    }),
  );
});
