import type { Clause } from "#core/execution/interpreter.ts";
import type { CoveragePoint } from "#testing/coverage.ts";
import type { Terminal } from "../terminal.ts";
import { tableText } from "../view/table.ts";
import { printable } from "../view/text.ts";
import type { TestedProcess } from "./run-files.ts";

const columns: readonly (readonly [string, readonly Clause[]])[] = [
  ["states", ["Entry"]],
  ["choices", ["Choices", "Default"]],
  ["retries", ["Retry"]],
  ["catches", ["Catch"]],
];

const share = (process: TestedProcess, points: readonly CoveragePoint[]): string => {
  const reached = points.filter(process.coverage.isReached).length;
  return points.length === 0 ? "-" : `${reached}/${points.length}`;
};

/** Reached points of all points, in per cent; 100 where there are none. */
export const percentOf = (processes: readonly TestedProcess[]): number => {
  const all = processes.flatMap(({ coverage }) => coverage.points.map(coverage.isReached));
  return all.length === 0 ? 100 : (100 * all.filter(Boolean).length) / all.length;
};

const clauseText = ({ clause, state, index, text }: CoveragePoint): string => {
  switch (clause) {
    case "Entry":
      return `state ${state} (${text})`;
    case "Choices":
      return `rule ${index + 1} of ${state}, ${text}`;
    case "Default":
      return `the default of ${state}, ${text}`;
    default:
      return `${clause} ${index + 1} of ${state}, for ${text}`;
  }
};

/** What was never reached, with its place. */
export const missedIn = (process: TestedProcess) =>
  process.coverage.points
    .filter((point) => !process.coverage.isReached(point))
    .map((point) => ({
      file: process.fileName,
      line: process.lineOf(point),
      what: clauseText(point),
    }));

/** A table of what was covered, and a line for everything that was not. */
export const coverageLines = (
  processes: readonly TestedProcess[],
  { paint }: Terminal,
): readonly string[] => {
  const rows = processes.map((process) => [
    process.fileName,
    `${percentOf([process]).toFixed(0)} %`,
    ...columns.map(([, clauses]) =>
      share(
        process,
        process.coverage.points.filter(({ clause }) => clauses.includes(clause)),
      ),
    ),
  ]);
  const head = ["process", "covered", ...columns.map(([name]) => name)];
  const table = tableText({ head, rows, columns: Number.POSITIVE_INFINITY, paint });
  const missed = processes.flatMap(missedIn);
  return [
    ...table.split("\n"),
    ...(missed.length > 0 ? ["", "never reached"] : []),
    ...missed.map(({ file, line, what }) =>
      paint("yellow", `  ${file}${line === undefined ? "" : `:${line}`}  ${printable(what)}`),
    ),
  ];
};
