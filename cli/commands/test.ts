import type { Json } from "#core/json.ts";
import type { Difference } from "#testing/differences.ts";
import type { TestedCall } from "#testing/run-test.ts";
import { exitCodes } from "../exit.ts";
import type { Terminal } from "../terminal.ts";
import { coverageLines, missedIn, percentOf } from "../testing/coverage-report.ts";
import { findTestFiles } from "../testing/find-files.ts";
import { runTestFiles, type TestReport, type TestResult } from "../testing/run-files.ts";
import { counted, printable } from "../view/text.ts";

export interface TestOptions {
  readonly minCoverage?: number;
  readonly json?: boolean;
}

const isPassed = ({ differences, unanswered }: TestResult): boolean =>
  differences.length === 0 && unanswered === undefined;

const shown = (value: Json | undefined): string =>
  value === undefined ? "nothing" : printable(JSON.stringify(value));

const differenceLines = ({ path, expected, got }: Difference, { paint }: Terminal) => [
  `      ${printable(path)}`,
  `        expected  ${paint("green", shown(expected))}`,
  `        got       ${paint("red", shown(got))}`,
];

const unansweredLines = ({ state, resource, parameters }: TestedCall): readonly string[] => [
  `      no mock answers the call of ${printable(resource)} by the state ${printable(state)}`,
  `        parameters  ${shown(parameters)}`,
];

const resultLines = (result: TestResult, terminal: Terminal): readonly string[] => {
  const { paint } = terminal;
  const name = printable(result.name);
  if (isPassed(result)) return [`  ${paint("green", "ok")}    ${name}`];
  return [
    `  ${paint("red", "FAIL")}  ${name}`,
    ...(result.unanswered === undefined ? [] : unansweredLines(result.unanswered)),
    ...result.differences.flatMap((difference) => differenceLines(difference, terminal)),
  ];
};

const write = ({ results, processes }: TestReport, terminal: Terminal): void => {
  for (const [file, members] of Map.groupBy(results, (result) => result.file)) {
    terminal.out(terminal.paint("bold", file));
    for (const result of members)
      for (const line of resultLines(result, terminal)) terminal.out(line);
  }
  terminal.out("");
  for (const line of coverageLines(processes, terminal)) terminal.out(line);
};

const reportJson = ({ results, processes }: TestReport, covered: number) => ({
  passed: results.filter(isPassed).length,
  failed: results.filter((result) => !isPassed(result)).length,
  coverage: covered,
  tests: results.map((result) => ({ ...result, passed: isPassed(result) })),
  neverReached: processes.flatMap(missedIn),
});

/** Runs the tests beside processes, with a virtual clock and without an environment. */
export const test = async (
  { options, terminal }: { readonly options: TestOptions; readonly terminal: Terminal },
  paths: readonly string[],
): Promise<number> => {
  const files = await findTestFiles(paths.length === 0 ? ["."] : paths);
  const report = await runTestFiles(files);
  const covered = percentOf(report.processes);
  const failedCount = report.results.filter((result) => !isPassed(result)).length;
  const isCovered = covered >= (options.minCoverage ?? 0);
  if (options.json === true) terminal.json(reportJson(report, covered));
  else {
    write(report, terminal);
    const passed = `${counted(report.results.length - failedCount, "test")} passed`;
    terminal.out("");
    terminal.out(`${passed}, ${failedCount} failed, ${covered.toFixed(0)} % covered`);
    if (!isCovered)
      terminal.note(
        terminal.paintNote("red", `less than --min-coverage ${options.minCoverage} is covered`),
      );
  }
  return failedCount === 0 && isCovered ? exitCodes.success : exitCodes.executionFailed;
};
