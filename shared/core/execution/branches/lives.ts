/** Branches: how they are made, entered into their parent's books, and brought to an end (I2). */
import { assert } from "../../errors.ts";
import type { Json } from "../../json.ts";
import { noteAside } from "../history/note.ts";
import { resourceEvents } from "../history/resource.ts";
import { type Interpreter, ready } from "../interpreter.ts";
import { type Branch, type Children, type ExecutionState, isOfMap } from "../state.ts";
import { giveUp } from "./give-up.ts";
import { definitionOf } from "./machine.ts";

/** The children that a branch waits for. */
export const childrenOf = (branch: Branch): Children => {
  assert(branch.waiting.kind === "children", `I2 branch ${branch.id} waits for no children`);
  return branch.waiting;
};

/** The branch that a child belongs to. */
export const parentOf = (state: ExecutionState, child: Branch): Branch => {
  const parent = state.branches[child.parent ?? ""];
  assert(parent !== undefined, `I2 branch ${child.id} has no parent`);
  return parent;
};

/** The branch that all others stand below. */
export const rootOf = (state: ExecutionState): Branch => {
  const root = Object.values(state.branches).find(({ parent }) => parent === undefined);
  assert(root !== undefined, `I3 execution ${state.executionId} runs without a branch`);
  return root;
};

interface NewBranch {
  readonly parent?: Branch;
  readonly machine: readonly (string | number)[];
  readonly index: number;
  readonly startAt: string;
  readonly input: Json;
  readonly lastEventId: number;
  /** Whether it begins a history of its own. */
  readonly isApart?: boolean;
}

/** Makes a branch that is ready to enter its first state. */
export const openBranch = (interpreter: Interpreter, made: NewBranch): Branch => {
  const { state } = interpreter;
  const id = String(state.branchCount);
  state.branchCount += 1;
  const { parent } = made;
  const fields = {
    machine: made.machine,
    index: made.index,
    state: made.startAt,
    input: made.input,
    variables: {},
    entries: 0,
    enteredAtMs: state.nowMs,
    enteredEventId: 0,
    previousEventId: 0,
    lastEventId: made.lastEventId,
    waiting: ready,
  };
  const isApart = made.isApart === true || parent?.isApart === true;
  const kinship = parent === undefined ? { id } : { id, parent: parent.id };
  const branch: Branch = isApart ? { ...kinship, isApart, ...fields } : { ...kinship, ...fields };
  state.branches[id] = branch;
  if (parent !== undefined) {
    const children = childrenOf(parent);
    children.live[id] = true;
    children.liveCount += 1;
  }
  interpreter.ready.push(branch);
  return branch;
};

/** Takes an ended child out of the state and out of its parent's books. */
export const closeChild = (state: ExecutionState, parent: Branch, child: Branch): Children => {
  const children = childrenOf(parent);
  delete state.branches[child.id];
  delete children.live[child.id];
  children.liveCount -= 1;
  children.endedCount += 1;
  return children;
};

/** Drops the activity of a branch that leaves its Task state. */
export const dropActivity = (state: ExecutionState, branch: Branch): void => {
  if (branch.waiting.kind === "activity") delete state.activities[branch.waiting.activity];
};

const hasAbortedEvent: ReadonlySet<string> = new Set(["Task", "Wait", "Map", "Parallel"]);

/** The event that says that a branch was stopped in its state; none if it is between two states. */
export const noteAborted = (
  interpreter: Interpreter,
  branch: Branch,
  previousEventId: number,
): void => {
  if (branch.waiting.kind === "ready" || branch.waiting.kind === "yielded") return;
  const { Type } = definitionOf(interpreter.program, branch);
  if (hasAbortedEvent.has(Type))
    noteAside(interpreter, branch, { type: `${Type}StateAborted`, previousEventId });
};

const abortActivity = (interpreter: Interpreter, branch: Branch): void => {
  if (branch.waiting.kind !== "activity") return;
  const { state } = interpreter;
  const activity = state.activities[branch.waiting.activity];
  dropActivity(state, branch);
  if (activity === undefined || activity.phase === "waitingToRetry") return;
  giveUp(interpreter, activity);
  if (activity.phase === "waitingForOperator") return;
  // Its time was up at the same instant: history says so, as the service's does.
  if (activity.timeoutAtMs !== undefined && activity.timeoutAtMs <= state.nowMs) {
    const events = resourceEvents(activity.resource);
    noteAside(interpreter, branch, {
      type: events.timedOut,
      previousEventId: branch.lastEventId,
      details: () => ({ ...events.calledAs, error: "States.Timeout" }),
    });
  }
};

const stopChildren = (interpreter: Interpreter, parent: Branch, previousEventId: number): void => {
  if (parent.waiting.kind !== "children") return;
  const isMap = isOfMap(parent.waiting);
  for (const id of Object.keys(parent.waiting.live)) {
    const child = interpreter.state.branches[id];
    if (child === undefined) continue;
    if (isMap)
      noteAside(interpreter, child, {
        type: "MapIterationAborted",
        previousEventId,
        details: () => ({ name: parent.state, index: child.index }),
      });
    abortBranch(interpreter, child, previousEventId);
  }
};

/** Stops every child of a branch, whatever it does; the events follow `previousEventId`. */
export const abortChildren = (
  interpreter: Interpreter,
  parent: Branch,
  previousEventId: number,
): void => {
  stopChildren(interpreter, parent, previousEventId);
  parent.waiting = ready;
};

/** Gives up all that a map run has in flight. */
export const abortMapRun = (interpreter: Interpreter, branch: Branch): void => {
  if (branch.waiting.kind !== "mapRun") return;
  const { state } = interpreter;
  for (const activity of Object.values(state.activities)) giveUp(interpreter, activity);
  state.activities = {};
  branch.waiting = ready;
  if (state.mapRun === undefined) return;
  state.mapRun.abortedCount += state.mapRun.runningCount;
  state.mapRun.runningCount = 0;
};

/** Stops a branch and all that is below it. */
export const abortBranch = (
  interpreter: Interpreter,
  branch: Branch,
  previousEventId: number,
): void => {
  stopChildren(interpreter, branch, previousEventId);
  abortMapRun(interpreter, branch);
  abortActivity(interpreter, branch);
  noteAborted(interpreter, branch, previousEventId);
  delete interpreter.state.branches[branch.id];
};
