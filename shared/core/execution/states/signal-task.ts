/** A Task state that waits for signals: no adapter runs it, and a signal ends it (ADR 7). */
import type { TaskState } from "../../asl/definition.ts";
import type { Evaluating } from "../../expressions/evaluation.ts";
import { printJson } from "../../json.ts";
import type { DataFlow, Flowing } from "../flow/data-flow.ts";
import { type Interpreter, type Outcome, waits } from "../interpreter.ts";
import { awaitedBy, haveCome, takeSignals } from "../signals.ts";
import type { Activity } from "../state.ts";
import { beginTask, endTask, failTask, type InFlight, timeOutTask } from "./task.ts";

interface Waiting extends Flowing {
  readonly activity: Activity;
}

/** Ends the wait if enough has come. */
export function* offerSignals(
  state: TaskState,
  flow: DataFlow,
  waiting: Waiting,
): Evaluating<Outcome> {
  const { interpreter, activity } = waiting;
  const awaited = awaitedBy(activity.parameters);
  if (awaited === undefined)
    return failTask(interpreter, waiting, {
      error: "Signals.ParametersInvalid",
      cause:
        'Names must be a list of texts, and Join "all", "any", "none" or how many of them must come.',
    });
  const output = takeSignals(interpreter.state, awaited);
  if (output === undefined) return waits;
  return awaited.isNone
    ? failTask(interpreter, waiting, { error: "Signals.Received", cause: printJson(output) })
    : yield* endTask(state, flow, { ...waiting, output });
}

/** Waits, unless enough has come before. */
export function* beginSignalTask(
  state: TaskState,
  flow: DataFlow,
  flowing: Flowing,
): Evaluating<Outcome> {
  const begun = yield* beginTask(state, flow, flowing);
  const { interpreter, branch } = flowing;
  const activity =
    branch.waiting.kind === "activity"
      ? interpreter.state.activities[branch.waiting.activity]
      : undefined;
  return activity === undefined
    ? begun
    : yield* offerSignals(state, flow, { ...flowing, activity });
}

/** The time of the wait is over: that is what one for none has waited for. */
export function* endSignalTime(
  state: TaskState,
  flow: DataFlow,
  waiting: Waiting,
): Evaluating<Outcome> {
  if (awaitedBy(waiting.activity.parameters)?.isNone !== true)
    return timeOutTask(waiting.interpreter, waiting);
  return yield* endTask(state, flow, { ...waiting, output: {} });
}

/** The first wait for which enough has come. */
export const waitThatEnds = ({ state }: Interpreter): InFlight | undefined => {
  for (const activity of Object.values(state.activities)) {
    if (activity.phase !== "waitingForSignals") continue;
    const awaited = awaitedBy(activity.parameters);
    const branch = state.branches[activity.branch];
    if (branch !== undefined && awaited !== undefined && haveCome(state, awaited))
      return { activity, branch };
  }
  return undefined;
};
