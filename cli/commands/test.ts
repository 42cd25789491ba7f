import { exitCodes } from "../exit.ts";
import type { Terminal } from "../terminal.ts";
import { coverageJson, coverageLines, missedIn, percentOf } from "../testing/coverage-report.ts";
import { findTestFiles } from "../testing/find-files.ts";
import { junitXml } from "../testing/junit.ts";
import { resultLines } from "../testing/result-lines.ts";
import { isPassed, runTestFiles, type TestReport } from "../testing/run-files.ts";
import { counted } from "../view/text.ts";

export interface TestOptions {
  readonly minCoverage?: number;
  readonly only?: string;
  readonly reporter: "text" | "junit";
  readonly json?: boolean;
}

/** States of the way of one test that JSON shows; one without an end has gone through very many. */
const shownStateCountMax = 1000;

const summaryOf = ({ results, processes }: TestReport) => {
  const passed = results.filter(isPassed).length;
  return { passed, failed: results.length - passed, coverage: percentOf(processes) };
};

const writeText = (report: TestReport, terminal: Terminal): void => {
  const { out, paint } = terminal;
  for (const [file, members] of Map.groupBy(report.results, (result) => result.file)) {
    out(paint("bold", file));
    for (const result of members) for (const line of resultLines(result, paint)) out(line);
  }
  out("");
  for (const line of coverageLines(report.processes, terminal)) out(line);
  for (const { file, line } of report.unused)
    out(
      paint(
        "yellow",
        `  ${file}${line === undefined ? "" : `:${line}`}  this mock answers nothing`,
      ),
    );
  const { passed, failed, coverage } = summaryOf(report);
  out("");
  out(`${counted(passed, "test")} passed, ${failed} failed, ${coverage} % covered`);
};

const reportJson = (report: TestReport) => ({
  ...summaryOf(report),
  tests: report.results.map((result) => ({
    ...result,
    path: result.path.slice(0, shownStateCountMax),
    passed: isPassed(result),
  })),
  processes: report.processes.map(coverageJson),
  neverReached: report.processes.flatMap(missedIn),
  unusedMocks: report.unused,
});

const write = (report: TestReport, options: TestOptions, terminal: Terminal): void => {
  if (options.json === true) terminal.json(reportJson(report));
  else if (options.reporter === "junit") terminal.out(junitXml(report));
  else writeText(report, terminal);
};

/** Runs the tests beside processes, with a virtual clock and without an environment. */
export const test = async (
  { options, terminal }: { readonly options: TestOptions; readonly terminal: Terminal },
  paths: readonly string[],
): Promise<number> => {
  const files = await findTestFiles(paths.length === 0 ? ["."] : paths);
  const report = await runTestFiles(files, options.only);
  write(report, options, terminal);
  const { failed, coverage } = summaryOf(report);
  const { minCoverage = 0 } = options;
  if (coverage < minCoverage)
    terminal.note(
      terminal.paintNote("red", `${coverage} % is less than --min-coverage ${minCoverage}`),
    );
  return failed === 0 && coverage >= minCoverage ? exitCodes.success : exitCodes.executionFailed;
};
