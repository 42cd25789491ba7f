/**
 * Sums what the test runners reported to the one line that `.ci/run` ends with.
 *
 * A reporter's own totals are not enough: a file that could not be imported has no failed test, and
 * an unhandled error leaves every test passed. So a failed file without a failed test counts as one
 * failure, and so does everything that keeps a green line from being true: a runner that exited with
 * another code than 0, a report that is missing or unreadable, and a run in which nothing passed.
 */
import { readFileSync } from "node:fs";

/** What was counted, and each failure: the test and its message, or why something else counts as one. */
export interface Verdict {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly reasons: readonly string[];
}

interface ReportedTest {
  readonly fullName?: string;
  readonly status?: string;
  readonly failureMessages?: readonly string[];
}

interface ReportedFile {
  readonly name?: string;
  readonly status?: string;
  readonly message?: string;
  readonly assertionResults?: readonly ReportedTest[];
}

/** Of a failed test's message, in characters: what an assertion says and where, and not a whole dump. */
const MESSAGE_LENGTH_MAX = 2_000;

const failedTest = (file: ReportedFile, test: ReportedTest): string => {
  const message = (test.failureMessages ?? []).join("\n").slice(0, MESSAGE_LENGTH_MAX);
  return `${file.name ?? "a file"} > ${test.fullName ?? "a test"}: ${message}`;
};

const fileCounts = (file: ReportedFile): Verdict => {
  const tests = file.assertionResults ?? [];
  const passed = tests.filter((test) => test.status === "passed").length;
  const failures = tests.filter((test) => test.status === "failed");
  const failed = failures.length;
  const skipped = tests.length - passed - failed;
  if (failed > 0 || file.status === "passed")
    return { passed, failed, skipped, reasons: failures.map((test) => failedTest(file, test)) };
  const firstLine = (file.message ?? "").split("\n")[0] ?? "";
  return { passed, failed: 1, skipped, reasons: [`${file.name ?? "a file"} failed: ${firstLine}`] };
};

const sum = (verdicts: readonly Verdict[]): Verdict => ({
  passed: verdicts.reduce((total, verdict) => total + verdict.passed, 0),
  failed: verdicts.reduce((total, verdict) => total + verdict.failed, 0),
  skipped: verdicts.reduce((total, verdict) => total + verdict.skipped, 0),
  reasons: verdicts.flatMap((verdict) => verdict.reasons),
});

const failure = (reason: string): Verdict => ({
  passed: 0,
  failed: 1,
  skipped: 0,
  reasons: [reason],
});

const reportCounts = (path: string): Verdict => {
  try {
    const report = JSON.parse(readFileSync(path, "utf8")) as {
      readonly testResults?: readonly ReportedFile[];
    };
    if (!Array.isArray(report.testResults)) return failure(`${path} holds no test results`);
    return sum(report.testResults.map(fileCounts));
  } catch (error) {
    return failure(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
};

/** Counts the JSON reports of all runners; `exitCode` is the worst exit code among them. */
export const count = (reports: readonly string[], exitCode: number): Verdict => {
  const counted = sum(reports.map(reportCounts));
  const hidden: string[] = [];
  if (counted.failed === 0 && exitCode !== 0)
    hidden.push(`the test command exited with ${exitCode} although no test failed`);
  else if (counted.failed === 0 && counted.passed === 0) hidden.push("no test passed");
  return sum([counted, ...hidden.map(failure)]);
};

/** The closing line: `N passed, N failed`, and `, N skipped` where any was. */
export const verdictLine = ({ passed, failed, skipped }: Verdict): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;

/** Usage: `node .ci/count.ts EXIT_CODE REPORT...`; failures go to stderr, the line to stdout. */
const main = (): void => {
  const [exitCode, ...reports] = process.argv.slice(2);
  const verdict = count(reports, Number.parseInt(exitCode ?? "1", 10));
  for (const reason of verdict.reasons) process.stderr.write(`counted as a failure: ${reason}\n`);
  process.stdout.write(`${verdictLine(verdict)}\n`);
  process.exitCode = verdict.failed > 0 ? 1 : 0;
};

if (import.meta.main) main();
