import { isJsonObject, type Json } from "#core/json.ts";
import type { TestedState, TestStateCall } from "#core/test-state/answer.ts";
import type { Terminal } from "../terminal.ts";
import { prettyJson, printable } from "./text.ts";

/** How the stages of the TestState API are called in the language itself. */
const stageNames: Readonly<Record<string, string>> = {
  afterInputPath: "after InputPath",
  afterParameters: "after Parameters",
  afterArguments: "after Arguments",
  afterItemsPath: "after ItemsPath",
  afterItemSelector: "after ItemSelector",
  afterResultSelector: "after ResultSelector",
  afterResultPath: "after ResultPath",
  maxConcurrency: "MaxConcurrency",
  toleratedFailureCount: "ToleratedFailureCount",
  toleratedFailurePercentage: "ToleratedFailurePercentage",
  errorDetails: "error details",
};

const statusStyles = {
  SUCCEEDED: "green",
  CAUGHT_ERROR: "yellow",
  RETRIABLE: "yellow",
  FAILED: "red",
} as const satisfies Record<TestedState["status"], string>;

const valueLines = (value: Json): readonly string[] =>
  prettyJson(value)
    .split("\n")
    .map((line) => `  ${line}`);

const stageLines = (
  answer: TestedState | TestStateCall,
  { paint }: Terminal,
): readonly string[] => {
  const stages = isJsonObject(answer.inspectionData ?? null) ? (answer.inspectionData ?? {}) : {};
  return Object.entries(stages).flatMap(([stage, value]) => [
    paint("dim", printable(stageNames[stage] ?? stage)),
    ...valueLines(value),
  ]);
};

const outcomeLines = (answer: TestedState, { paint }: Terminal): readonly string[] => {
  const { status, output, error, cause, nextState } = answer;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["error", error],
    ["cause", cause],
    ["next", nextState ?? (status === "SUCCEEDED" ? "(end)" : undefined)],
  ];
  return [
    paint(statusStyles[status], status),
    ...facts.flatMap(([name, text]) =>
      text === undefined ? [] : [`  ${name.padEnd(6)} ${printable(text)}`],
    ),
    ...(output === undefined ? [] : [paint("dim", "output"), ...valueLines(output)]),
  ];
};

/** The stages of a tested state in their order, and how it ended. */
export const testedStateLines = (
  answer: TestedState | TestStateCall,
  terminal: Terminal,
): readonly string[] => [
  ...stageLines(answer, terminal),
  ...(answer.kind === "tested" ? outcomeLines(answer, terminal) : []),
];
