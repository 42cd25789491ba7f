/** Runs the tests of files and collects what came of them and what was covered. */
import { dirname, join } from "node:path";
import type { DocumentSource } from "#catalog/document-source.ts";
import type { DocumentDiagnostic } from "#catalog/processes.ts";
import { unknownNames } from "#testing/check-names.ts";
import type { Difference } from "#testing/differences.ts";
import { judge, unusedMocks } from "#testing/judge.ts";
import { answeringBy } from "#testing/mocks.ts";
import { type Recording, readRecording } from "#testing/recording.ts";
import { runTest } from "#testing/run-test.ts";
import type { TestedCall } from "#testing/simulation.ts";
import { type Mock, readTestFile, type TestCase, type TestFile } from "#testing/test-file.ts";
import { CommandFailed } from "../exit.ts";
import { isTestFile, processFileOf } from "./find-files.ts";
import { readProcess, type TestedProcess, textOf, unusable } from "./tested-process.ts";

export interface TestResult {
  readonly file: string;
  /** Where the test begins in its file, from 1. */
  readonly line?: number;
  readonly name: string;
  /** Empty: the test has passed. */
  readonly differences: readonly Difference[];
  /** A call that no mock answers. */
  readonly unanswered?: TestedCall;
  /** States entered, in their order. */
  readonly path: readonly string[];
  /** Virtual time. */
  readonly seconds: number;
}

/** Whether a test has passed. */
export const isPassed = ({ differences, unanswered }: TestResult): boolean =>
  differences.length === 0 && unanswered === undefined;

/** A mock for all tests of a file that answered in none of them. */
export interface UnusedMock {
  readonly file: string;
  readonly line?: number;
}

/** What came of some test files. */
export interface TestReport {
  readonly results: readonly TestResult[];
  readonly processes: readonly TestedProcess[];
  readonly unused: readonly UnusedMock[];
}

/** When the tests of a file begin that names no other instant. */
const nowDefault = "2026-01-01T00:00:00Z";

interface OpenFile {
  readonly path: string;
  readonly file: TestFile;
  readonly placeOf: DocumentSource["placeOf"];
  readonly process: TestedProcess;
  readonly used: Set<Mock>;
}

const recordingOf = async (
  testFile: string,
  named: string | undefined,
): Promise<(() => Recording) | undefined> => {
  if (named === undefined) return undefined;
  const path = join(dirname(testFile), named);
  const recording = readRecording(await textOf(path));
  if (recording !== undefined) return recording;
  throw new CommandFailed(`${path} is not the history of an execution`, {
    next: "Make one with: holdfast history EXECUTION --json > history.jsonl",
  });
};

const lineAt = (
  { placeOf }: OpenFile,
  path: DocumentDiagnostic["path"],
): { readonly line?: number } => {
  const line = placeOf(path)?.line;
  return line === undefined ? {} : { line };
};

const runCase = async (open: OpenFile, test: TestCase, index: number): Promise<TestResult> => {
  const { path: file, process } = open;
  const recording = await recordingOf(file, test.recorded ?? open.file.recorded);
  const answering = answeringBy([...test.mocks, ...open.file.mocks], recording?.());
  const run = await runTest({
    document: process.document,
    input: test.input ?? {},
    nowMs: Date.parse(test.now ?? open.file.now ?? nowDefault),
    seed: test.seed ?? open.file.seed ?? 0,
    answering,
    inspection: process.coverage.inspection,
  });
  for (const mock of answering.used) open.used.add(mock);
  const { path, seconds, unanswered } = run;
  const shown = { file, ...lineAt(open, ["tests", index]), name: test.name, path, seconds };
  if (unanswered !== undefined) return { ...shown, differences: [], unanswered };
  const differences = [...judge(test.expect, run), ...unusedMocks(test.mocks, answering.used)];
  return { ...shown, differences };
};

const noTestFile =
  "Name a file of tests: NAME.test.yaml beside the process; docs/testing.md says what stands in it";

const openFile = async (path: string, processes: Map<string, TestedProcess>): Promise<OpenFile> => {
  const reading = readTestFile(await textOf(path), path);
  if (reading.kind === "unreadable")
    throw unusable(path, reading.diagnostics, isTestFile(path) ? undefined : noTestFile);
  const { file, placeOf } = reading;
  const fileName = await processFileOf(path, file.process);
  const process = processes.get(fileName) ?? (await readProcess(fileName));
  processes.set(fileName, process);
  const unknown = unknownNames(process.document.definition, file);
  if (unknown.length > 0)
    throw unusable(
      path,
      unknown.map(({ path: at, message }) => ({ message, ...placeOf(at) })),
    );
  return { path, file, placeOf, process, used: new Set() };
};

const unusedIn = (open: OpenFile): readonly UnusedMock[] =>
  open.file.mocks.flatMap((mock, index) =>
    open.used.has(mock) ? [] : [{ file: open.path, ...lineAt(open, ["mocks", index]) }],
  );

/**
 * Runs the tests of every file, or those whose name holds `only`; a process that several files are about is
 * covered by them together.
 */
export const runTestFiles = async (
  paths: readonly string[],
  only: string | undefined,
): Promise<TestReport> => {
  const results: TestResult[] = [];
  const unused: UnusedMock[] = [];
  const processes = new Map<string, TestedProcess>();
  for (const path of paths) {
    const open = await openFile(path, processes);
    for (const [index, test] of open.file.tests.entries())
      if (only === undefined || test.name.includes(only))
        results.push(await runCase(open, test, index));
    if (only === undefined) unused.push(...unusedIn(open));
  }
  if (results.length > 0) return { results, processes: [...processes.values()], unused };
  throw new CommandFailed(`No test has "${only}" in its name`, {
    next: "Run all of them: holdfast test",
  });
};
