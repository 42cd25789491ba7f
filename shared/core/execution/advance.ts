/**
 * The execution as a fold: state + fact = next state, the commands that follow and, for whoever
 * listens, the events of its history. The same code decides (engine), replays (recovery) and shows
 * (history), so all three agree.
 *
 * I4 Deterministic: state, fact, `atMs` and program fix everything; draws come from the seed.
 * I5 A fact that names an activity or attempt that is not in flight changes nothing (late result).
 * I6 After an advance the execution has ended or waits for something that stands in its state (I3).
 */
import type { MapState, TaskState } from "../asl/definition.ts";
import { assert, unreachable } from "../errors.ts";
import type { Evaluating } from "../expressions/evaluation.ts";
import { transitionsPerAdvanceMax } from "../limits.ts";
import { begin } from "./branches/begin.ts";
import { end } from "./branches/endings.ts";
import { definitionOf } from "./branches/machine.ts";
import { redrive } from "./branches/redrive.ts";
import { runReady, settle } from "./branches/settle.ts";
import { start } from "./branches/start.ts";
import { firstAtMs, firstDue } from "./branches/timers.ts";
import type { Command } from "./commands.ts";
import type {
  ActivityFailed,
  ActivitySucceeded,
  ChildEnd,
  ChildEnded,
  ExecutionStarted,
  Fact,
  SignalReceived,
  TakenOver,
} from "./facts.ts";
import { known } from "./flow/known.ts";
import { flowOf } from "./flow/language.ts";
import type { HistorySink } from "./history-event.ts";
import { type Interpreter, type Outcome, ready } from "./interpreter.ts";
import { endDistributedMap, failDistributedMap } from "./map-run/map-state.ts";
import { mapRunResource } from "./map-run/part-resource.ts";
import { endMapRunActivity } from "./map-run/run.ts";
import type { Program } from "./program.ts";
import { keepSignal } from "./signals.ts";
import type { Branch, ExecutionState } from "./state.ts";
import { endedResult, startedOutput } from "./states/child.ts";
import { endSignalTime, offerSignals, waitThatEnds } from "./states/signal-task.ts";
import {
  beatTask,
  claimTask,
  endTask,
  failTask,
  type InFlight,
  inFlight,
  interruptTask,
  submitTask,
  timeOutTask,
} from "./states/task.ts";
import { endWait } from "./states/wait.ts";

/** Version of the decisions taken by this code; a change in decisions on old histories raises it. */
export const behaviourVersion = 4;

/** The state right after the start fact, before any state of the definition is entered. */
export const initialState = (
  executionId: string,
  fact: ExecutionStarted,
  atMs: number,
): ExecutionState => ({
  executionId,
  process: fact.process,
  version: fact.version,
  name: fact.name,
  input: fact.input,
  startedBy: fact.startedBy,
  startedAtMs: atMs,
  seed: fact.seed,
  behaviour: fact.behaviour,
  ...(fact.parent !== undefined && { parent: fact.parent }),
  ...(fact.part !== undefined && { part: fact.part }),
  ...(fact.beginsAt !== undefined && { beginsAt: fact.beginsAt }),
  ...(fact.restartOf !== undefined && { restartOf: fact.restartOf }),
  nowMs: atMs,
  status: "RUNNING",
  draws: 0,
  eventCount: 0,
  transitionCount: 0,
  branchCount: 0,
  branches: {},
  activities: {},
});

const endedTask = (
  interpreter: Interpreter,
  { branch }: InFlight,
  output: (Fact & { kind: "ActivitySucceeded" })["output"],
): Evaluating<Outcome> => {
  const state = definitionOf(interpreter.program, branch) as TaskState;
  const flow = flowOf(interpreter.program, state);
  return endTask(state, flow, { interpreter, branch, fields: state, output });
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
    ? endedTask(interpreter, named, result.output)
    : known<Outcome>(failTask(interpreter, named, result));
};

/** The attempt of an activity has ended, well or not. */
const endedActivity = (
  interpreter: Interpreter,
  named: InFlight,
  fact: ActivitySucceeded | ActivityFailed | ChildEnded,
): Evaluating<Outcome> => {
  if (interpreter.state.part?.kind === "mapRun") return endMapRunActivity(interpreter, named, fact);
  switch (fact.kind) {
    case "ActivitySucceeded":
      return endedTask(interpreter, named, fact.output);
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

function* takeOver(interpreter: Interpreter, fact: TakenOver): Evaluating<void> {
  const { drain } = fact;
  for (const { resolution, ...named } of fact.interrupted) {
    const interrupted = inFlight(interpreter.state, named);
    if (interrupted?.activity.phase !== "running") continue;
    const fails = interruptTask(interpreter, interrupted, { resolution, drain });
    if (fails !== undefined) yield* settle(interpreter, interrupted.branch, known<Outcome>(fails));
  }
}

/** A signal has come: it is kept, or the first wait that it lets end takes it. */
function* receiveSignal(interpreter: Interpreter, fact: SignalReceived): Evaluating<void> {
  if (!keepSignal(interpreter.state, fact)) return;
  const wait = waitThatEnds(interpreter);
  if (wait === undefined) return;
  const state = definitionOf(interpreter.program, wait.branch) as TaskState;
  const flow = flowOf(interpreter.program, state);
  const waiting = { interpreter, fields: state, ...wait };
  yield* settle(interpreter, wait.branch, offerSignals(state, flow, waiting));
}

/** The time of an activity is over. */
const endTime = (interpreter: Interpreter, named: InFlight): Evaluating<Outcome> => {
  if (named.activity.phase !== "waitingForSignals")
    return known<Outcome>(timeOutTask(interpreter, named));
  const state = definitionOf(interpreter.program, named.branch) as TaskState;
  const flow = flowOf(interpreter.program, state);
  return endSignalTime(state, flow, { interpreter, fields: state, ...named });
};

/** What a branch waited for has come. */
const awaken = (interpreter: Interpreter, branch: Branch): Evaluating<Outcome> => {
  const state = definitionOf(interpreter.program, branch);
  const { waiting } = branch;
  const activity =
    waiting.kind === "activity" ? interpreter.state.activities[waiting.activity] : undefined;
  if (activity !== undefined && activity.phase !== "waitingToRetry")
    return endTime(interpreter, { activity, branch });
  if (state.Type === "Wait")
    return endWait(state, flowOf(interpreter.program, state), {
      interpreter,
      branch,
      fields: state,
    });
  return begin(interpreter, branch, state);
};

function* passTime(interpreter: Interpreter, atMs: number): Evaluating<void> {
  while (interpreter.transitionsLeft > 0) {
    const due = firstDue(interpreter.state, atMs);
    if (due === undefined) return;
    const { branch } = due;
    if (branch === undefined) {
      end(interpreter, "TIMED_OUT", { error: undefined, cause: undefined });
      return;
    }
    if (branch.waiting.kind === "yielded") {
      branch.waiting = ready;
      interpreter.ready.push(branch);
    } else yield* settle(interpreter, branch, awaken(interpreter, branch));
    yield* runReady(interpreter);
  }
}

function* applyToActivity(
  interpreter: Interpreter,
  fact: Extract<Fact, { readonly activity: string }>,
): Evaluating<void> {
  const named = inFlight(interpreter.state, fact);
  if (named === undefined) return;
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
      return beatTask(interpreter, named, fact);
    default:
      return unreachable(fact);
  }
}

function* apply(interpreter: Interpreter, fact: Fact): Evaluating<void> {
  switch (fact.kind) {
    case "ExecutionStarted":
      return start(interpreter);
    case "TimePassed":
      return yield* passTime(interpreter, interpreter.state.nowMs);
    case "StopRequested":
      return end(interpreter, "ABORTED", { error: fact.error, cause: fact.cause });
    case "SignalReceived":
      return yield* receiveSignal(interpreter, fact);
    case "ExecutionRedriven":
      return yield* redrive(interpreter);
    case "TakenOver":
      return yield* takeOver(interpreter, fact);
    default:
      return yield* applyToActivity(interpreter, fact);
  }
}

/** A fact, when it happened, who listens and looks, and where random text for task tokens comes from. */
export interface Step {
  readonly fact: Fact;
  readonly atMs: number;
  readonly sink?: HistorySink | undefined;
  readonly secret?: Interpreter["secret"];
  readonly inspection?: Interpreter["inspection"];
}

/**
 * Applies a fact that happened at `atMs`, changing `state` in place, and answers the commands that
 * follow. ExecutionStarted enters the first state. Throws only `InvariantViolation`.
 */
export function* advance(
  program: Program,
  state: ExecutionState,
  step: Step,
): Evaluating<readonly Command[]> {
  if (state.status !== "RUNNING" && step.fact.kind !== "ExecutionRedriven") return [];
  state.nowMs = Math.max(state.nowMs, step.atMs);
  const interpreter: Interpreter = {
    program,
    state,
    sink: step.sink,
    commands: [],
    ready: [],
    fallen: new Map(),
    transitionsLeft: transitionsPerAdvanceMax,
    secret: step.secret,
    inspection: step.inspection,
  };
  assert(
    state.branchCount > 0 || step.fact.kind === "ExecutionStarted",
    `I6 execution ${state.executionId} takes a fact before its start`,
  );
  yield* apply(interpreter, step.fact);
  yield* runReady(interpreter);
  return interpreter.commands;
}

/** The earliest instant at which a `TimePassed` fact would change something. */
export const nextTimerAtMs = (state: ExecutionState): number | undefined => firstAtMs(state);
