import { calledBy } from "#core/execution/called.ts";
import type { Command } from "#core/execution/commands.ts";
import type { LogRecord } from "#core/execution/record.ts";
import type { Activity, ExecutionState } from "#core/execution/state.ts";
import { attemptOf } from "./drain.ts";
import type { Drains } from "./drains.ts";

/** The commands, where those that would begin a drained attempt hold it. */
export const heldBack = (
  drains: Drains | undefined,
  state: ExecutionState,
  commands: readonly Command[],
): readonly Command[] => {
  if (drains === undefined || drains.all.length === 0) return commands;
  return commands.map((command) => {
    if (command.kind !== "RunActivity" && command.kind !== "OfferActivity") return command;
    const activity = state.activities[command.activity];
    const drain = activity && drains.holding(attemptOf(state, calledBy(activity)));
    if (drain === undefined) return command;
    const { activity: id, attempt } = command;
    return { kind: "HoldActivity", activity: id, attempt, drain: drain.drainId };
  });
};

/** Whether an attempt is held, and still is to be: by the drain that holds it, or, as it will be noted, by another. */
export const staysHeld = (
  drains: Drains | undefined,
  state: ExecutionState,
  activity: Activity,
): boolean =>
  activity.held !== undefined &&
  drains?.holding(attemptOf(state, calledBy(activity)))?.drainId === activity.held.drain;

/** Whether a drain holds an attempt of the execution. */
export const holdsSome = ({ activities }: ExecutionState): boolean =>
  Object.values(activities).some(({ held }) => held !== undefined);

/** Whether a record begins an attempt that was held, or answers a question: heads may show that it waits for it. */
export const letsSomeGo = (
  { activities }: ExecutionState,
  { commands, facts }: Pick<LogRecord, "commands" | "facts">,
): boolean =>
  facts.some(({ kind }) => kind === "ActivityResolved") ||
  commands.some(
    (command) =>
      (command.kind === "RunActivity" || command.kind === "OfferActivity") &&
      activities[command.activity]?.held !== undefined,
  );
