/**
 * The execution as a fold: state + fact = next state, the commands that follow and, for whoever
 * listens, the events of its history. The same code decides (engine), replays (recovery) and shows
 * (history), so all three agree.
 *
 * I4 Deterministic: state, fact, `atMs` and program fix everything; draws come from the seed.
 * I5 A fact that names an activity or attempt that is not in flight changes nothing (late result).
 * I6 After an advance the execution has ended or waits for something that stands in its state (I3).
 */
import type { TaskState } from "../asl/definition.ts";
import { assert } from "../errors.ts";
import type { Evaluating } from "../expressions/evaluation.ts";
import { transitionsPerAdvanceMax } from "../limits.ts";
import { applyToActivity, endTime, takeOver } from "./activity-facts.ts";
import { begin } from "./branches/begin.ts";
import { condense } from "./branches/condense.ts";
import { dropProgress } from "./branches/drop-progress.ts";
import { end } from "./branches/endings.ts";
import { definitionOf } from "./branches/machine.ts";
import { redrive } from "./branches/redrive.ts";
import { restate } from "./branches/restate.ts";
import { runReady, settle } from "./branches/settle.ts";
import { start } from "./branches/start.ts";
import { firstAtMs, firstDue } from "./branches/timers.ts";
import type { Command } from "./commands.ts";
import type { ExecutionStarted, Fact, SignalReceived } from "./facts.ts";
import { flowOf } from "./flow/language.ts";
import type { HistorySink } from "./history-event.ts";
import { type Interpreter, type Outcome, ready } from "./interpreter.ts";
import { updateMapRun } from "./map-run/update.ts";
import type { Program } from "./program.ts";
import { keepSignal } from "./signals.ts";
import type { Branch, ExecutionState } from "./state.ts";
import { offerSignals, waitThatEnds } from "./states/signal-task.ts";
import { endWait } from "./states/wait.ts";

/** Version of the decisions taken by this code; a change in decisions on old histories raises it. */
export const behaviourVersion = 6;

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
  ...(fact.alias !== undefined && { alias: fact.alias }),
  ...(fact.beginsAt !== undefined && { beginsAt: fact.beginsAt }),
  ...(fact.restartOf !== undefined && { restartOf: fact.restartOf }),
  ...(fact.tags !== undefined && { tags: fact.tags }),
  nowMs: atMs,
  status: "RUNNING",
  draws: 0,
  eventCount: 0,
  transitionCount: 0,
  branchCount: 0,
  branches: {},
  activities: {},
});

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
    case "ProgressDropped":
      return dropProgress(interpreter, fact);
    case "ProgressRestated":
      return restate(interpreter, fact);
    case "ExecutionCondensed":
      return condense(interpreter, fact);
    case "MapRunUpdated":
      return yield* updateMapRun(interpreter, fact);
    default:
      return yield* applyToActivity(interpreter, fact);
  }
}

/** Facts that concern executions that have ended. */
const reachesEnded: ReadonlySet<Fact["kind"]> = new Set([
  "ExecutionRedriven",
  "ExecutionCondensed",
]);

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
  if (state.status !== "RUNNING" && !reachesEnded.has(step.fact.kind)) return [];
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
