/**
 * Redrive: an execution that has failed, timed out or was stopped goes on where it stood, with its
 * inputs, variables and the results it has, and with new retries. What is done again is what had not
 * ended: of a Parallel state the branches that failed or were stopped, of a Map state those items.
 *
 * I27 While a failure makes its way up, every branch that goes with it is kept as it stood; whoever
 *     catches it lets them go. An execution that ends other than well keeps them in its state.
 */

import { noteAside } from "../history/note.ts";
import type { Interpreter } from "../interpreter.ts";
import type { Branch, ExecutionState } from "../state.ts";
import { limitTime } from "../time-limit.ts";
import { begin } from "./begin.ts";
import { definitionOf, machineOf } from "./machine.ts";
import { settle } from "./settle.ts";

const isLeaf = ({ waiting }: Branch): boolean => waiting.kind === "retry";

/** Takes up again what an execution left unfinished; nothing where it left nothing. */
export function* redrive(interpreter: Interpreter) {
  const { state } = interpreter;
  const { left } = state;
  const root = Object.values(left ?? {}).find(({ parent }) => parent === undefined);
  if (left === undefined || root === undefined) return;
  reopen(state, left);
  const redrivenEventId = noteAside(interpreter, root, {
    type: "ExecutionRedriven",
    previousEventId: state.eventCount,
    details: () => ({ redriveCount: state.redriveCount ?? 0 }),
  });
  limitTime(interpreter, machineOf(interpreter.program, root));
  const leaves = Object.values(left).filter(isLeaf);
  for (const branch of Object.values(left))
    if (branch.waiting.kind === "ready") interpreter.ready.push(branch);
  for (const branch of leaves) {
    if (state.branches[branch.id] !== branch) continue;
    // Another run of the activity: nobody may take it for the one before.
    branch.entries += 1;
    branch.lastEventId = redrivenEventId;
    delete branch.retries;
    const definition = definitionOf(interpreter.program, branch);
    yield* settle(interpreter, branch, begin(interpreter, branch, definition));
  }
}

const reopen = (state: ExecutionState, left: Record<string, Branch>): void => {
  delete state.left;
  delete state.stoppedAtMs;
  delete state.error;
  delete state.cause;
  delete state.outcome;
  delete state.timeoutAtMs;
  state.status = "RUNNING";
  state.redriveCount = (state.redriveCount ?? 0) + 1;
  state.redrivenAtMs = state.nowMs;
  state.transitionCount += 1;
  state.branches = left;
};
