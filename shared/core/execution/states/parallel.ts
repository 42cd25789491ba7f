import type { ParallelState } from "../../asl/definition.ts";
import type { Evaluating } from "../../expressions/evaluation.ts";
import type { Failure } from "../../failure.ts";
import type { Json } from "../../json.ts";
import { abortChildren, closeChild, noteAborted, openBranch } from "../branches/lives.ts";
import type { DataFlow, Flowing } from "../flow/data-flow.ts";
import { note, noteAside } from "../history/note.ts";
import { type Fails, type Interpreter, type Outcome, type Waits, waits } from "../interpreter.ts";
import type { Branch, Children } from "../state.ts";

/** How many branches may fail before too few are left to succeed (ADR 7); `undefined`: none. */
const toleratedOf = ({ Branches, Orchestration }: ParallelState): number | undefined => {
  const join = Orchestration?.Join ?? "all";
  if (join === "all" || join === Branches.length) return undefined;
  return Branches.length - (join === "any" ? 1 : join);
};

/** Opens every branch of a Parallel state. */
export function* beginParallel(
  state: ParallelState,
  flow: DataFlow,
  flowing: Flowing,
): Evaluating<Outcome> {
  const { interpreter, branch } = flowing;
  const input = yield* flow.argument(flowing, flow.effectiveInput(flowing));
  note(interpreter, branch, { type: "ParallelStateStarted" });
  const tolerated = toleratedOf(state);
  branch.waiting = {
    kind: "children",
    results: state.Branches.map(() => null),
    next: state.Branches.length,
    endedCount: 0,
    live: {},
    liveCount: 0,
    concurrency: state.Branches.length,
    ...(tolerated !== undefined && { tolerated, failed: [] }),
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

/** Whether as many branches have ended well as must. */
const isJoined = ({ results, endedCount, failed = [], tolerated = 0 }: Children): boolean =>
  endedCount - failed.length >= results.length - tolerated;

/** A branch ended well; the last one that must lets the state go on, and the others are stopped. */
export function* endParallelBranch(
  state: ParallelState,
  flow: DataFlow,
  ended: Flowing & { readonly child: Branch; readonly output: Json },
): Evaluating<Outcome> {
  const { interpreter, branch, child } = ended;
  const children = closeChild(interpreter.state, branch, child);
  children.results[child.index] = ended.output;
  if (!isJoined(children)) return waits;
  abortChildren(interpreter, branch, child.lastEventId);
  branch.lastEventId = child.lastEventId;
  noteAside(interpreter, branch, {
    type: "ParallelStateSucceeded",
    previousEventId: child.lastEventId,
  });
  const left = yield* flow.leaveWith(ended, children.results);
  return { kind: "exits", ...left, next: state.Next };
}

/** A branch failed, and with it the state where too few are left to succeed: the others are stopped. */
export const failParallelBranch = (
  interpreter: Interpreter,
  branch: Branch,
  ended: { readonly child: Branch; readonly failure: Failure },
): Fails | Waits => {
  const { child, failure } = ended;
  if (failure.error !== "States.Runtime") noteAborted(interpreter, child, child.lastEventId);
  const { failed, tolerated = 0 } = closeChild(interpreter.state, branch, child);
  failed?.push(child.index);
  if (failed !== undefined && failed.length <= tolerated) return waits;
  abortChildren(interpreter, branch, child.lastEventId);
  branch.lastEventId = child.lastEventId;
  return { kind: "fails", failure, alias: "States.BranchFailed" };
};
