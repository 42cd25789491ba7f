import type { Execution, ExecutionSummary, Status } from "../environment/contract.ts";
import { duration, elapsedMs, type Paint, prettyJson, printable } from "./text.ts";

interface OutcomeOptions {
  readonly paint: Paint;
  /** Where it failed, as far as the history says it. */
  readonly failedAt: string | undefined;
  readonly retryCount: number;
}

const statusStyles = {
  RUNNING: "cyan",
  SUCCEEDED: "green",
  FAILED: "red",
  TIMED_OUT: "red",
  ABORTED: "yellow",
} as const satisfies Record<Status, string>;

type Ended = Pick<ExecutionSummary, "status" | "outcome">;

/** `FAILED`, or `FAILED (completed)` where only the business said no. */
export const statusOf = ({ status, outcome }: Ended): string =>
  outcome === "failed (completed)" ? `${status} (completed)` : status;

/** What {@link statusOf} says, or as much of it as there is room for, in the colour of the status. */
export const inStatusColour = (text: string, paint: Paint): string =>
  paint(statusStyles[text.split(" ")[0] as Status] ?? "reset", printable(text));

/** A status in its colour. */
export const statusText = (ended: Ended, paint: Paint): string =>
  inStatusColour(statusOf(ended), paint);

/** The lines at the end of an execution: how it ended, with what, and what to look at if it failed. */
export const outcomeLines = (
  execution: Execution,
  { paint, failedAt, retryCount }: OutcomeOptions,
): readonly string[] => {
  const { status, startedAt, stoppedAt, output, error, cause } = execution;
  const id = printable(execution.executionId);
  const retries = ["", ", 1 retry"][retryCount] ?? `, ${retryCount} retries`;
  const took = `in ${duration(elapsedMs(startedAt, stoppedAt))}${retries}`;
  const lines = ["", `${statusText(execution, paint)} ${took}`];
  if (output !== undefined) return [...lines, prettyJson(output)];
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["state", failedAt],
    ["error", error === undefined ? undefined : printable(error)],
    ["cause", cause === undefined ? undefined : printable(cause)],
    ["next", status === "SUCCEEDED" ? undefined : `npx holdfast history ${id}`],
    ["or", status === "SUCCEEDED" ? undefined : `npx holdfast redrive ${id}`],
  ];
  const given = facts.filter(([, text]) => text !== undefined && text !== "");
  return [...lines, ...given.map(([name, text]) => `  ${name.padEnd(6)} ${text}`)];
};
