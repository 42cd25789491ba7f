/** Branches that go with a failure, as they stood: what a redrive begins with (I27, `redrive.ts`). */
import type { Interpreter } from "../interpreter.ts";
import type { Branch, ExecutionState, Waiting } from "../state.ts";

/** A branch that has entered its state begins it again, one that has not enters it. */
const stoodAs = ({ waiting }: Branch): Waiting => {
  if (waiting.kind === "children") {
    const { live, failed } = waiting;
    return { ...waiting, live: { ...live }, ...(failed !== undefined && { failed: [...failed] }) };
  }
  if (waiting.kind === "ready" || waiting.kind === "yielded") return { kind: "ready" };
  return { kind: "retry", atMs: 0 };
};

/** Notes in a branch that is left unfinished, or in what is kept of it, what its activity has saved. */
export const keepCheckpoint = (
  { activities }: ExecutionState,
  { waiting }: Branch,
  left: Branch,
): void => {
  if (waiting.kind !== "activity") return;
  const checkpoint = activities[waiting.activity]?.checkpoint;
  if (checkpoint !== undefined) left.checkpoint = checkpoint;
};

const keepBelow = (interpreter: Interpreter, branch: Branch): void => {
  const { fallen, state } = interpreter;
  if (fallen.has(branch.id)) return;
  const left: Branch = { ...branch, waiting: stoodAs(branch) };
  // Only there: the branch itself may go on, and its next state has saved nothing.
  keepCheckpoint(state, branch, left);
  fallen.set(branch.id, left);
  if (branch.waiting.kind !== "children") return;
  for (const id of Object.keys(branch.waiting.live)) {
    const child = state.branches[id];
    if (child !== undefined) keepBelow(interpreter, child);
  }
};

/** A failure goes from a branch to its parent, which may stop its other branches for it. */
export const keepFailed = (interpreter: Interpreter, branch: Branch, parent?: Branch): void => {
  // One whose own branches have failed is there already, with them.
  if (!interpreter.fallen.has(branch.id))
    interpreter.fallen.set(branch.id, { ...branch, waiting: { kind: "retry", atMs: 0 } });
  if (parent !== undefined) keepBelow(interpreter, parent);
};

/** Everything is about to be stopped. */
export const keepAll = (interpreter: Interpreter, root: Branch): void => {
  interpreter.fallen.clear();
  keepBelow(interpreter, root);
};

/** What an execution that did not end well may be redriven with. Parts of a process are redriven with their whole. */
export const leftOf = ({ fallen, state }: Interpreter): ExecutionState["left"] =>
  state.part === undefined && fallen.size > 0 ? Object.fromEntries(fallen) : undefined;
