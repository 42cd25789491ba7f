/** What follows from the outcome of work in a state, up through the branches that wait for it. */
import type { State } from "../../asl/definition.ts";
import { InvariantViolation } from "../../errors.ts";
import type { Evaluating } from "../../expressions/evaluation.ts";
import type { Failure } from "../../failure.ts";
import type { Json } from "../../json.ts";
import { valueSizeMax } from "../../limits.ts";
import { flowOf } from "../flow/language.ts";
import { note } from "../history/note.ts";
import { type Exits, type Interpreter, type Outcome, ready } from "../interpreter.ts";
import { isWithin } from "../measure.ts";
import { recover } from "../recovery/recover.ts";
import type { Branch } from "../state.ts";
import { endIteration, isLoop } from "../states/loop.ts";
import { endMapItem, failMapItem } from "../states/map.ts";
import { endParallelBranch, failParallelBranch } from "../states/parallel.ts";
import { begin } from "./begin.ts";
import { fail, succeed } from "./endings.ts";
import { keepCheckpoint, keepFailed } from "./fallen.ts";
import { guarded } from "./guarded.ts";
import { abortChildren, abortMapRun, dropActivity, parentOf } from "./lives.ts";
import { definitionOf } from "./machine.ts";
import { schedule } from "./timers.ts";

const enteredEvents: Readonly<Record<State["Type"], string>> = {
  Pass: "PassStateEntered",
  Task: "TaskStateEntered",
  Choice: "ChoiceStateEntered",
  Wait: "WaitStateEntered",
  Succeed: "SucceedStateEntered",
  Fail: "FailStateEntered",
  Parallel: "ParallelStateEntered",
  Map: "MapStateEntered",
};

const exitedEvents: Readonly<Record<State["Type"], string>> = {
  Pass: "PassStateExited",
  Task: "TaskStateExited",
  Choice: "ChoiceStateExited",
  Wait: "WaitStateExited",
  Succeed: "SucceedStateExited",
  Fail: "FailStateExited",
  Parallel: "ParallelStateExited",
  Map: "MapStateExited",
};

const hasAny = (object: object): boolean => {
  for (const _ in object) return true;
  return false;
};

const leaveState = (interpreter: Interpreter, branch: Branch, exits: Exits): void => {
  const { output, assigned } = exits;
  const { Type } = definitionOf(interpreter.program, branch);
  dropActivity(interpreter.state, branch);
  note(interpreter, branch, {
    type: exitedEvents[Type],
    details: () => ({
      name: branch.state,
      output,
      assignedVariables: assigned !== undefined && hasAny(assigned) ? assigned : undefined,
    }),
  });
  if (assigned !== undefined) branch.variables = { ...branch.variables, ...assigned };
  branch.waiting = ready;
  branch.input = output;
};

const noChildren = (parent: Branch, state: State): never => {
  throw new InvariantViolation(`I2 ${state.Type} state of branch ${parent.id} has no children`);
};

/** A child has come to its end: what its parent makes of it. */
const childEnded = (
  interpreter: Interpreter,
  parent: Branch,
  ended: { readonly child: Branch; readonly output: Json },
): Evaluating<Outcome> => {
  const state = definitionOf(interpreter.program, parent);
  const flow = flowOf(interpreter.program, state);
  const given = { interpreter, branch: parent, fields: state as object, ...ended };
  if (state.Type === "Map")
    return isLoop(state) ? endIteration(state, flow, given) : endMapItem(state, flow, given);
  if (state.Type === "Parallel") return endParallelBranch(state, flow, given);
  return noChildren(parent, state);
};

/** A child has failed: what its parent makes of it. */
function* childFailed(
  interpreter: Interpreter,
  parent: Branch,
  failed: { readonly child: Branch; readonly failure: Failure },
): Evaluating<Outcome> {
  const state = definitionOf(interpreter.program, parent);
  const flow = flowOf(interpreter.program, state);
  const given = { interpreter, branch: parent, fields: state as object, ...failed };
  if (state.Type === "Map") return yield* failMapItem(state, flow, given);
  if (state.Type === "Parallel") return failParallelBranch(interpreter, parent, failed);
  return noChildren(parent, state);
}

/** The branch goes on to the next state; `undefined`: it has come to its end. */
const goTo = (interpreter: Interpreter, branch: Branch, next: string | undefined): boolean => {
  if (next === undefined) return false;
  branch.state = next;
  interpreter.ready.push(branch);
  return true;
};

interface Settled {
  readonly branch: Branch;
  readonly outcome: Outcome;
  /** A catcher's exit is not measured: failing there it would be caught for ever. */
  readonly isCaught?: boolean;
}

/** The outcome, or a failure if a state leaves behind more than it may. */
const measured = (interpreter: Interpreter, { branch, outcome, isCaught }: Settled): Outcome => {
  if (outcome.kind !== "exits" || isCaught === true) return outcome;
  const { output, assigned } = outcome;
  const limit = interpreter.program.valueSizeMax ?? valueSizeMax;
  const isSmall =
    (output === branch.input || isWithin(output, limit)) &&
    (assigned === undefined || isWithin(assigned, limit));
  return isSmall
    ? outcome
    : {
        kind: "fails",
        failure: {
          error: "States.DataLimitExceeded",
          cause: `The state/task '${branch.state}' returned a result with a size exceeding the maximum number of bytes service limit.`,
        },
      };
};

/** An outcome one branch further up, or `undefined` where nothing more follows. */
function* followUp(interpreter: Interpreter, settled: Settled): Evaluating<Settled | undefined> {
  const { branch } = settled;
  const outcome = measured(interpreter, settled);
  if (outcome.kind !== "fails") interpreter.fallen.clear();
  if (outcome.kind === "waits") return undefined;
  if (outcome.kind === "exits") {
    leaveState(interpreter, branch, outcome);
    if (goTo(interpreter, branch, outcome.next)) return undefined;
    if (branch.parent === undefined) {
      succeed(interpreter, branch, outcome.output);
      return undefined;
    }
    const parent = parentOf(interpreter.state, branch);
    const work = childEnded(interpreter, parent, { child: branch, output: outcome.output });
    return { branch: parent, outcome: yield* guarded(interpreter, parent, work) };
  }
  const state = definitionOf(interpreter.program, branch);
  // A Map state may fail while it opens items: those that it has opened go with it.
  if (branch.waiting.kind === "children") abortChildren(interpreter, branch, branch.lastEventId);
  abortMapRun(interpreter, branch);
  const recovered = yield* recover(interpreter, branch, { state, fails: outcome });
  if (recovered.kind !== "fails") return { branch, outcome: recovered, isCaught: true };
  keepCheckpoint(interpreter.state, branch, branch);
  dropActivity(interpreter.state, branch);
  if (branch.parent === undefined) {
    fail(interpreter, branch, recovered.failure);
    return undefined;
  }
  const parent = parentOf(interpreter.state, branch);
  keepFailed(interpreter, branch, parent);
  const work = childFailed(interpreter, parent, { child: branch, failure: recovered.failure });
  return { branch: parent, outcome: yield* guarded(interpreter, parent, work) };
}

/** Does work in a branch's state and all that follows from it at once. */
export function* settle(
  interpreter: Interpreter,
  branch: Branch,
  work: Evaluating<Outcome>,
): Evaluating<void> {
  interpreter.fallen.clear();
  const outcome = yield* guarded(interpreter, branch, work);
  let settled: Settled | undefined = { branch, outcome };
  while (settled !== undefined) settled = yield* followUp(interpreter, settled);
}

function* enter(interpreter: Interpreter, branch: Branch): Evaluating<void> {
  const { state: execution } = interpreter;
  const state = definitionOf(interpreter.program, branch);
  interpreter.transitionsLeft -= 1;
  execution.transitionCount += 1;
  branch.entries += 1;
  branch.enteredAtMs = execution.nowMs;
  branch.previousEventId = branch.lastEventId;
  delete branch.retries;
  interpreter.inspection?.take?.(branch, "Entry", 0);
  note(interpreter, branch, {
    type: enteredEvents[state.Type],
    details: () => ({ name: branch.state, input: branch.input }),
  });
  branch.enteredEventId = branch.lastEventId;
  yield* settle(interpreter, branch, begin(interpreter, branch, state));
}

/** Lets every ready branch run until it waits or ends; beyond the limit they yield. */
export function* runReady(interpreter: Interpreter): Evaluating<void> {
  const { state, ready: queue } = interpreter;
  for (let place = 0; place < queue.length; place += 1) {
    const branch = queue[place] as Branch;
    if (state.branches[branch.id] !== branch) continue;
    if (interpreter.transitionsLeft > 0) yield* enter(interpreter, branch);
    else {
      branch.waiting = { kind: "yielded", atMs: state.nowMs };
      schedule(state, branch);
    }
  }
  queue.length = 0;
}
