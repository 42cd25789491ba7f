import type { PreviewedState, RestartPreview } from "../environment/contract.ts";
import type { Terminal } from "../terminal.ts";
import { tableText } from "./table.ts";
import { counted, printable, shortJson } from "./text.ts";

const inputWidth = 200;

const effectTexts = {
  readOnly: "changes nothing",
  restartable: "may be repeated, says its adapter",
  sideEffects: "has side effects",
} as const;

const ranText = ({ type, attemptCount }: PreviewedState): string => {
  if (attemptCount === undefined) return type === "Task" ? "not kept" : "";
  return attemptCount === 0 ? "no" : counted(attemptCount, "time");
};

const effectText = ({ type, effect }: PreviewedState): string => {
  if (type !== "Task") return "";
  return effect === undefined ? "depends on its parameters" : effectTexts[effect];
};

const runsAgain = ({ type, attemptCount = 1, effect }: PreviewedState): boolean =>
  type === "Task" && attemptCount > 0 && effect !== "readOnly";

const warning = (states: readonly PreviewedState[]): string => {
  const isKnown = states.some(({ attemptCount }) => attemptCount !== undefined);
  const again = states.filter(runsAgain).map(({ name }) => `"${printable(name)}"`);
  return again.length === 0
    ? "Nothing that has side effects had run there before."
    : `Would run again although it ${isKnown ? "had" : "may have"} run before: ${again.join(", ")}.`;
};

/** What a restart would do, for whoever decides about it. */
export const restartText = (
  { restartOf, process, version, state, startPoint, input, states }: RestartPreview,
  { columns, paint }: Pick<Terminal, "columns" | "paint">,
): readonly string[] => {
  const rows = states.map((shown) => [
    shown.name,
    shown.type,
    shown.resource ?? "",
    ranText(shown),
    effectText(shown),
  ]);
  const head = ["STATE", "TYPE", "RESOURCE", "HAD RUN", "WHAT IT DOES"];
  const point = startPoint === undefined ? "" : ` (start point "${printable(startPoint)}")`;
  const id = printable(restartOf.executionId);
  return [
    `${id} again from the state "${printable(state)}"${point}, with ${printable(process)} version ${version}`,
    `${paint("dim", "input")}  ${shortJson(input, inputWidth)}`,
    tableText({ head, rows, columns: columns(), paint }),
    warning(states),
  ];
};
