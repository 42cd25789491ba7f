import type { ExecutionCondensed } from "../facts.ts";
import { type Details, noteAside } from "../history/note.ts";
import type { Interpreter } from "../interpreter.ts";
import type { ExecutionState } from "../state.ts";
import { rootOf } from "./lives.ts";

const endEvents: Readonly<Record<ExecutionCondensed["status"], string>> = {
  SUCCEEDED: "ExecutionSucceeded",
  FAILED: "ExecutionFailed",
  TIMED_OUT: "ExecutionTimedOut",
  ABORTED: "ExecutionAborted",
};

/** The end under the id that it had; before it, that what stood between is not kept. */
const noteEnd = (interpreter: Interpreter, fact: ExecutionCondensed): void => {
  const { state } = interpreter;
  const root = rootOf(state);
  const { transitionCount, eventCount, output, error, cause, outcome } = fact;
  const tell = (type: string, details: () => Details): void => {
    noteAside(interpreter, root, { type, previousEventId: state.eventCount, details });
  };
  state.eventCount = Math.max(state.eventCount, eventCount - 2);
  tell("ExecutionDetailsNotKept", () => ({ transitionCount, eventCount }));
  tell(endEvents[fact.status], () => ({ output, error, cause, outcome }));
  state.eventCount = eventCount;
};

/** Makes of a state, however far it has come, that of the end. */
export const condense = (interpreter: Interpreter, fact: ExecutionCondensed): void => {
  const { state } = interpreter;
  if (state.status === "RUNNING") {
    noteEnd(interpreter, fact);
    const { kind: _, ...end } = fact;
    Object.assign(state, end);
  }
  settleCondensed(state);
};

/** Nothing is left of an execution but its start and its end. */
export const settleCondensed = (state: ExecutionState): void => {
  state.isCondensed = true;
  state.branches = {};
  state.activities = {};
  delete state.left;
  delete state.lease;
  delete state.owed;
  delete state.signals;
  delete state.timeoutAtMs;
};
