/** Facts about activities: what follows from the end, the claim, the loss of an attempt, and from its time. */
import type { MapState, TaskState } from "../asl/definition.ts";
import { unreachable } from "../errors.ts";
import type { Evaluating } from "../expressions/evaluation.ts";
import { definitionOf } from "./branches/machine.ts";
import { settle } from "./branches/settle.ts";
import type {
  ActivityFailed,
  ActivitySucceeded,
  ChildEnd,
  ChildEnded,
  Fact,
  TakenOver,
} from "./facts.ts";
import { known } from "./flow/known.ts";
import { flowOf } from "./flow/language.ts";
import type { Interpreter, Outcome } from "./interpreter.ts";
import { isLate } from "./late.ts";
import { endDistributedMap, failDistributedMap } from "./map-run/map-state.ts";
import { mapRunResource } from "./map-run/part-resource.ts";
import { endMapRunActivity } from "./map-run/run.ts";
import { endedResult, startedOutput } from "./states/child.ts";
import {
  endInterruptionTime,
  endProbe,
  interruptTask,
  resolveTask,
} from "./states/interruption.ts";
import { endSignalTime } from "./states/signal-task.ts";
import {
  beatTask,
  claimTask,
  endTask,
  failTask,
  type InFlight,
  inFlight,
  submitTask,
  timeOutTask,
} from "./states/task.ts";

const endedTask = (
  interpreter: Interpreter,
  { branch }: InFlight,
  { output, by }: Pick<ActivitySucceeded, "output" | "by">,
): Evaluating<Outcome> => {
  const state = definitionOf(interpreter.program, branch) as TaskState;
  const flow = flowOf(interpreter.program, state);
  return endTask(state, flow, { interpreter, branch, fields: state, output, by });
};

/** The execution that an activity started and waits for has ended: its result, or its failure. */
const endedChild = (
  interpreter: Interpreter,
  named: InFlight,
  child: ChildEnd,
): Evaluating<Outcome> => {
  const { activity, branch } = named;
  if (activity.resource === mapRunResource) {
    const state = definitionOf(interpreter.program, branch) as MapState;
    const flow = flowOf(interpreter.program, state);
    return endDistributedMap(state, flow, { interpreter, branch, fields: state, child });
  }
  if (activity.phase === "running")
    submitTask(interpreter, named, { output: startedOutput(interpreter.program, activity, child) });
  const result = endedResult(interpreter.program, activity, child);
  return result.kind === "succeeded"
    ? endedTask(interpreter, named, result)
    : known<Outcome>(failTask(interpreter, named, result));
};

/** The attempt of an activity has ended, well or not. */
const endedActivity = (
  interpreter: Interpreter,
  named: InFlight,
  fact: ActivitySucceeded | ActivityFailed | ChildEnded,
): Evaluating<Outcome> => {
  if (interpreter.state.part?.kind === "mapRun") return endMapRunActivity(interpreter, named, fact);
  if (named.activity.interrupted !== undefined && fact.kind !== "ChildEnded")
    return endProbe(interpreter, named, fact);
  switch (fact.kind) {
    case "ActivitySucceeded":
      return endedTask(interpreter, named, fact);
    case "ActivityFailed":
      return known(
        named.activity.resource === mapRunResource
          ? failDistributedMap(interpreter, named.branch, fact)
          : failTask(interpreter, named, fact),
      );
    default:
      return endedChild(interpreter, named, fact.child);
  }
};

/** A turn is gone: what becomes of what it ran. */
export function* takeOver(interpreter: Interpreter, fact: TakenOver): Evaluating<void> {
  const { fromTurn, drain } = fact;
  for (const { resolution, ...named } of fact.interrupted) {
    const interrupted = inFlight(interpreter.state, named);
    if (interrupted?.activity.phase !== "running") continue;
    const work = interruptTask(interpreter, interrupted, { resolution, fromTurn, drain });
    yield* settle(interpreter, interrupted.branch, work);
  }
}

/** The time of an activity is over. */
export const endTime = (interpreter: Interpreter, named: InFlight): Evaluating<Outcome> => {
  if (named.activity.interrupted !== undefined)
    return known<Outcome>(endInterruptionTime(interpreter, named));
  if (named.activity.phase !== "waitingForSignals")
    return known<Outcome>(timeOutTask(interpreter, named));
  const state = definitionOf(interpreter.program, named.branch) as TaskState;
  const flow = flowOf(interpreter.program, state);
  return endSignalTime(state, flow, { interpreter, fields: state, ...named });
};

/** What follows from a fact about an activity; nothing where it is late (I5). */
export function* applyToActivity(
  interpreter: Interpreter,
  fact: Extract<Fact, { readonly activity: string }>,
): Evaluating<void> {
  const named = inFlight(interpreter.state, fact);
  if (named === undefined || isLate(interpreter.state, fact)) return;
  switch (fact.kind) {
    case "ActivitySucceeded":
    case "ActivityFailed":
    case "ChildEnded":
      return yield* settle(interpreter, named.branch, endedActivity(interpreter, named, fact));
    case "ActivitySubmitted":
      return submitTask(interpreter, named, fact);
    case "ActivityClaimed":
      return claimTask(interpreter, named, fact);
    case "ActivityHeartbeat":
    case "ActivityCheckpoint":
      return beatTask(interpreter, named, fact);
    case "ActivityResolved":
      return yield* settle(interpreter, named.branch, resolveTask(interpreter, named, fact));
    default:
      return unreachable(fact);
  }
}
