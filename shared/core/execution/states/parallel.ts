import type { ParallelState } from "../../asl/definition.ts";
import type { Evaluating } from "../../expressions/evaluation.ts";
import type { Failure } from "../../failure.ts";
import type { Json } from "../../json.ts";
import { abortChildren, closeChild, noteAborted, openBranch } from "../branches/lives.ts";
import type { DataFlow, Flowing } from "../flow/data-flow.ts";
import { note, noteAside } from "../history/note.ts";
import { type Fails, type Interpreter, type Outcome, ready, waits } from "../interpreter.ts";
import type { Branch } from "../state.ts";

/** Opens every branch of a Parallel state. */
export function* beginParallel(
  state: ParallelState,
  flow: DataFlow,
  flowing: Flowing,
): Evaluating<Outcome> {
  const { interpreter, branch } = flowing;
  const input = yield* flow.argument(flowing, flow.effectiveInput(flowing));
  note(interpreter, branch, { type: "ParallelStateStarted" });
  branch.waiting = {
    kind: "children",
    results: state.Branches.map(() => null),
    next: state.Branches.length,
    endedCount: 0,
    live: {},
    liveCount: 0,
    concurrency: state.Branches.length,
  };
  for (const [index, machine] of state.Branches.entries())
    openBranch(interpreter, {
      parent: branch,
      machine: [...branch.machine, branch.state, index],
      index,
      startAt: machine.StartAt,
      input,
      lastEventId: branch.lastEventId,
    });
  return waits;
}

/** A branch ended well; the last one to end lets the state go on. */
export function* endParallelBranch(
  state: ParallelState,
  flow: DataFlow,
  ended: Flowing & { readonly child: Branch; readonly output: Json },
): Evaluating<Outcome> {
  const { interpreter, branch, child } = ended;
  const children = closeChild(interpreter.state, branch, child);
  children.results[child.index] = ended.output;
  if (children.liveCount > 0) return waits;
  branch.lastEventId = child.lastEventId;
  branch.waiting = ready;
  noteAside(interpreter, branch, {
    type: "ParallelStateSucceeded",
    previousEventId: child.lastEventId,
  });
  const left = yield* flow.leaveWith(ended, children.results);
  return { kind: "exits", ...left, next: state.Next };
}

/** A branch failed, and with it the state: the others are stopped. */
export const failParallelBranch = (
  interpreter: Interpreter,
  branch: Branch,
  failed: { readonly child: Branch; readonly failure: Failure },
): Fails => {
  const { child, failure } = failed;
  if (failure.error !== "States.Runtime") noteAborted(interpreter, child, child.lastEventId);
  closeChild(interpreter.state, branch, child);
  abortChildren(interpreter, branch, child.lastEventId);
  branch.lastEventId = child.lastEventId;
  return { kind: "fails", failure };
};
