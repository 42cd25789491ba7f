import { parseDefinition } from "#core/asl/parse.ts";
import type { Json } from "#core/json.ts";
import { type Coverage, coverageOf } from "#testing/coverage.ts";
import type { Difference } from "#testing/differences.ts";
import { judge, unusedMocks } from "#testing/judge.ts";
import { answeringBy } from "#testing/mocks.ts";
import { runTest, type TestedRun } from "#testing/run-test.ts";
import { readTestFile, type TestFile } from "#testing/test-file.ts";

/** A test file that holds one test, as it would stand on disk. */
export const oneTest = (test: object): TestFile => {
  const reading = readTestFile(JSON.stringify({ tests: [{ name: "it", ...test }] }), "a.test.json");
  if (reading.kind === "read") return reading.file;
  throw new TypeError(JSON.stringify(reading.diagnostics));
};

export interface Tested {
  readonly run: TestedRun;
  readonly differences: readonly Difference[];
  readonly coverage: Coverage;
}

/** Runs a definition under one test. */
export const tested = async (definition: Json, test: object): Promise<Tested> => {
  const parsed = parseDefinition(definition);
  if (parsed.kind === "invalid") throw new TypeError(JSON.stringify(parsed.diagnostics));
  const [first] = oneTest(test).tests;
  if (first === undefined) throw new TypeError("no test");
  const coverage = coverageOf(parsed.definition);
  const answering = answeringBy(first.mocks, undefined);
  const run = await runTest({
    document: { name: "p", definition: parsed.definition, content: {} },
    input: first.input ?? {},
    nowMs: Date.UTC(2026, 0, 1),
    seed: 0,
    answering,
    inspection: coverage.inspection,
  });
  const unused = unusedMocks(first.mocks, answering.used);
  return { run, coverage, differences: [...judge(first.expect, run), ...unused] };
};
