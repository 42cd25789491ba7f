import type { Fact } from "./facts.ts";
import type { ExecutionState } from "./state.ts";
import { inFlight } from "./states/task.ts";

/** Whether a fact changes nothing any more: the execution has ended, or nothing waits for it (I5, I31). */
export const isLate = (state: ExecutionState, fact: Fact): boolean => {
  if (fact.kind === "ExecutionRedriven") return state.status === "RUNNING";
  if (state.status !== "RUNNING") return true;
  if (!("activity" in fact)) return false;
  const activity = inFlight(state, fact)?.activity;
  if (activity === undefined) return true;
  if (fact.kind === "ActivityResolved") return activity.interrupted === undefined;
  if (activity.phase === "waitingForOperator") return true;
  return fact.kind === "ActivityClaimed" && activity.phase !== "running";
};
