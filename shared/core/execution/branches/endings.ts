/** How executions end. */
import type { Failure } from "../../failure.ts";
import type { Json } from "../../json.ts";
import { note, noteAside } from "../history/note.ts";
import type { Interpreter } from "../interpreter.ts";
import type { Branch, ExecutionState, ExecutionStatus } from "../state.ts";
import { keepAll, keepFailed, leftOf } from "./fallen.ts";
import { abortBranch, rootOf } from "./lives.ts";

const close = (interpreter: Interpreter, status: ExecutionStatus): void => {
  const { state, commands } = interpreter;
  if (state.parent?.isAwaited === true) commands.push({ kind: "NotifyParent" });
  state.status = status;
  state.stoppedAtMs = state.nowMs;
  const left = status === "SUCCEEDED" ? undefined : leftOf(interpreter);
  if (left !== undefined) state.left = left;
  state.branches = {};
  state.activities = {};
};

const keepFailure = (state: ExecutionState, { error, cause }: Failure): void => {
  if (error !== undefined) state.error = error;
  if (cause !== undefined) state.cause = cause;
};

/** The root branch has come to its end. */
export const succeed = (interpreter: Interpreter, root: Branch, output: Json): void => {
  note(interpreter, root, { type: "ExecutionSucceeded", details: () => ({ output }) });
  interpreter.state.output = output;
  close(interpreter, "SUCCEEDED");
};

/** The root branch has failed. */
export const fail = (interpreter: Interpreter, root: Branch, failure: Failure): void => {
  const { error, cause } = failure;
  const outcome = failure.isCompleted === true ? "failed (completed)" : undefined;
  note(interpreter, root, { type: "ExecutionFailed", details: () => ({ error, cause, outcome }) });
  keepFailed(interpreter, root);
  keepFailure(interpreter.state, failure);
  if (outcome !== undefined) interpreter.state.outcome = outcome;
  close(interpreter, "FAILED");
};

const endEvents = {
  ABORTED: "ExecutionAborted",
  TIMED_OUT: "ExecutionTimedOut",
  FAILED: "ExecutionFailed",
} as const;

/** Somebody, or the clock, ends the execution from outside: everything in flight is cancelled. */
export const end = (
  interpreter: Interpreter,
  status: "ABORTED" | "TIMED_OUT" | "FAILED",
  failure: Failure,
): void => {
  const { state } = interpreter;
  const root = rootOf(state);
  const previousEventId = root.lastEventId;
  keepAll(interpreter, root);
  abortBranch(interpreter, root, previousEventId);
  noteAside(interpreter, root, {
    type: endEvents[status],
    previousEventId,
    details: () => ({ ...failure }),
  });
  keepFailure(state, failure);
  close(interpreter, status);
};
