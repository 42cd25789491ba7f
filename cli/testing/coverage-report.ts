import type { Clause } from "#core/execution/interpreter.ts";
import type { CoveragePoint } from "#testing/coverage.ts";
import type { Terminal } from "../terminal.ts";
import { tableText } from "../view/table.ts";
import { printable } from "../view/text.ts";
import type { TestedProcess } from "./tested-process.ts";

const columns: readonly (readonly [string, readonly Clause[]])[] = [
  ["states", ["Entry"]],
  ["choices", ["Choices", "Default"]],
  ["retries", ["Retry"]],
  ["catches", ["Catch"]],
];

interface Share {
  readonly reached: number;
  readonly total: number;
}

const shareOf = ({ coverage }: TestedProcess, clauses: readonly Clause[]): Share => {
  const points = coverage.points.filter(({ clause }) => clauses.includes(clause));
  return { reached: points.filter(coverage.isReached).length, total: points.length };
};

const shareText = ({ reached, total }: Share): string =>
  total === 0 ? "-" : `${reached}/${total}`;

/** What of a process was covered, for programs. */
export const coverageJson = (process: TestedProcess) => ({
  file: process.fileName,
  coverage: percentOf([process]),
  ...Object.fromEntries(columns.map(([name, clauses]) => [name, shareOf(process, clauses)])),
});

/** Reached points of all points, in per cent, rounded down: 100 is said only where nothing is missing. */
export const percentOf = (processes: readonly TestedProcess[]): number => {
  const all = processes.flatMap(({ coverage }) => coverage.points.map(coverage.isReached));
  return all.length === 0 ? 100 : Math.floor((100 * all.filter(Boolean).length) / all.length);
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
    `${percentOf([process])} %`,
    ...columns.map(([, clauses]) => shareText(shareOf(process, clauses))),
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
