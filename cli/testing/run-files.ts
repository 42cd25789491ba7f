/** Runs the tests of files and collects what came of them and what was covered. */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readSource } from "#catalog/document-source.ts";
import { type ProcessDocument, readProcessDocument } from "#catalog/process-document.ts";
import type { DocumentDiagnostic } from "#catalog/processes.ts";
import { isJsonObject } from "#core/json.ts";
import { type Coverage, type CoveragePoint, coverageOf } from "#testing/coverage.ts";
import type { Difference } from "#testing/differences.ts";
import { judge } from "#testing/judge.ts";
import { answeringBy } from "#testing/mocks.ts";
import { type Recording, readRecording } from "#testing/recording.ts";
import { runTest, type TestedCall } from "#testing/run-test.ts";
import { readTestFile, type TestCase, type TestFile } from "#testing/test-file.ts";
import { CommandFailed } from "../exit.ts";
import { processFileOf } from "./find-files.ts";

/** A process under test. */
export interface TestedProcess {
  readonly fileName: string;
  readonly document: ProcessDocument;
  readonly coverage: Coverage;
  /** The line where a point of the definition stands, from 1. */
  readonly lineOf: (point: CoveragePoint) => number | undefined;
}

export interface TestResult {
  readonly file: string;
  readonly name: string;
  /** Empty: the test has passed. */
  readonly differences: readonly Difference[];
  /** A call that no mock answers. */
  readonly unanswered?: TestedCall;
}

/** What came of some test files. */
export interface TestReport {
  readonly results: readonly TestResult[];
  readonly processes: readonly TestedProcess[];
}

/** When the tests of a file begin that names no other instant. */
const nowDefault = "2026-01-01T00:00:00Z";

const refuse = (fileName: string, diagnostics: readonly DocumentDiagnostic[]): never => {
  throw new CommandFailed(`${fileName} cannot be used`, {
    findings: diagnostics
      .filter(({ severity }) => severity === "ERROR")
      .map(({ line = 1, column = 1, message }) => `${fileName}:${line}:${column}  ${message}`),
  });
};

const textOf = async (path: string): Promise<string> => {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new CommandFailed(`Cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
};

const readProcess = async (fileName: string): Promise<TestedProcess> => {
  const text = await textOf(fileName);
  const reading = readProcessDocument({ text, fileName });
  if (reading.kind === "invalid") return refuse(fileName, reading.diagnostics);
  const source = readSource(text, fileName);
  const isDocument =
    source.kind === "read" && isJsonObject(source.source.value) && "kind" in source.source.value;
  const base = isDocument ? ["definition"] : [];
  return {
    fileName,
    document: reading.document,
    coverage: coverageOf(reading.document.definition),
    lineOf: ({ path }) =>
      source.kind === "read" ? source.source.placeOf([...base, ...path])?.line : undefined,
  };
};

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

const runCase = async (
  around: { readonly path: string; readonly file: TestFile; readonly process: TestedProcess },
  test: TestCase,
): Promise<TestResult> => {
  const { path, file, process } = around;
  const recording = await recordingOf(path, test.recorded ?? file.recorded);
  const run = await runTest({
    document: process.document,
    input: test.input ?? {},
    nowMs: Date.parse(test.now ?? file.now ?? nowDefault),
    seed: test.seed ?? file.seed ?? 0,
    answering: answeringBy([...test.mocks, ...file.mocks], recording?.()),
    inspection: process.coverage.inspection,
  });
  const named = { file: path, name: test.name };
  if (run.unanswered !== undefined)
    return { ...named, differences: [], unanswered: run.unanswered };
  return { ...named, differences: judge(test.expect, run) };
};

/** Runs the tests of every file; a process that several files are about is covered by them together. */
export const runTestFiles = async (paths: readonly string[]): Promise<TestReport> => {
  const results: TestResult[] = [];
  const processes = new Map<string, TestedProcess>();
  for (const path of paths) {
    const reading = readTestFile(await textOf(path), path);
    if (reading.kind === "unreadable") return refuse(path, reading.diagnostics);
    const { file } = reading;
    const fileName = await processFileOf(path, file.process);
    const process = processes.get(fileName) ?? (await readProcess(fileName));
    processes.set(fileName, process);
    for (const test of file.tests) results.push(await runCase({ path, file, process }, test));
  }
  return { results, processes: [...processes.values()] };
};
