import { expect, test } from "vitest";
import { testText } from "#cli/testing/test-text.ts";
import { parseJson, printJson } from "#core/json.ts";
import { readTestFile } from "#testing/test-file.ts";
import { fc } from "../../fast-check.ts";
import { nastyText } from "../json/nasty-text.ts";

test("whatever was recorded is read back from the file as it was", () => {
  fc.assert(
    fc.property(nastyText, nastyText, (input, output) => {
      const recorded = {
        name: "goes as p:one did",
        now: "2026-01-01T00:00:00.000Z",
        input: parseJson(input),
        mocks: [{ state: "A: b # c", calls: [{ result: parseJson(output) }, { never: true }] }],
        expect: { status: "SUCCEEDED", output: parseJson(`{"a":[${output},${input}]}`) },
      };
      const reading = readTestFile(testText(recorded, "Recorded"), "a.test.yaml");
      if (reading.kind !== "read") return expect.unreachable(JSON.stringify(reading.diagnostics));
      const [read] = reading.file.tests;
      expect(printJson(read?.input ?? null)).toBe(input);
      expect(printJson(read?.expect.output ?? null)).toBe(`{"a":[${output},${input}]}`);
      expect(printJson(read?.mocks[0]?.calls?.[0]?.result ?? null)).toBe(output);
    }),
    { numRuns: 1_000 },
  );
});
