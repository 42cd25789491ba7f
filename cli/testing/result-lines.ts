import { type Json, printJson } from "#core/json.ts";
import type { Difference } from "#testing/differences.ts";
import { testedStateCountMax } from "#testing/simulation.ts";
import { type Paint, printable } from "../view/text.ts";
import { isPassed, type TestResult } from "./run-files.ts";

/** States of a way that are shown: its end, where it went wrong. */
const shownStateCountMax = 20;

const shown = (value: Json | undefined): string =>
  value === undefined ? "nothing" : printable(printJson(value));

const differenceLines = ({ path, expected, got }: Difference, paint: Paint): readonly string[] => [
  `      ${printable(path)}`,
  `        expected  ${paint("green", shown(expected))}`,
  `        got       ${paint("red", shown(got))}`,
];

const unansweredLines = ({ unanswered }: TestResult): readonly string[] =>
  unanswered === undefined
    ? []
    : [
        `      no mock answers the call of ${printable(unanswered.resource)} by the state ${printable(unanswered.state)}`,
        `        parameters  ${shown(unanswered.parameters)}`,
        `        write       - { state: ${printable(JSON.stringify(unanswered.state))}, result: ... }`,
      ];

const wayLine = ({ path }: TestResult): string => {
  const last = path.slice(-shownStateCountMax);
  const way = [...(last.length < path.length ? ["..."] : []), ...last].map(printable).join(" > ");
  return path.length >= testedStateCountMax
    ? `      went through ${path.length} states without an end: ${way}`
    : `      went through ${way}`;
};

/** Why a test failed, a line each. */
export const failureLines = (result: TestResult, paint: Paint): readonly string[] => [
  ...unansweredLines(result),
  ...result.differences.flatMap((difference) => differenceLines(difference, paint)),
  ...(result.path.length === 0 ? [] : [paint("dim", wayLine(result))]),
];

/** A test: its name, and of one that failed its place and why. */
export const resultLines = (result: TestResult, paint: Paint): readonly string[] => {
  const name = printable(result.name);
  if (isPassed(result)) return [`  ${paint("green", "ok")}    ${name}`];
  const { file, line } = result;
  return [
    `  ${paint("red", "FAIL")}  ${name}${paint("dim", `  ${file}${line === undefined ? "" : `:${line}`}`)}`,
    ...failureLines(result, paint),
  ];
};
