/** Persistence levels (ADR 11): what of an execution is kept when. */
import { assert } from "../errors.ts";
import type { ExecutionCondensed } from "./facts.ts";
import type { ProcessSettings, Program } from "./program.ts";
import type { ExecutionState } from "./state.ts";

/** A map run is always written in full. */
export const persistenceOf = (
  { settings }: Pick<Program, "settings">,
  { part }: Pick<ExecutionState, "part">,
): NonNullable<ProcessSettings["persistence"]> =>
  part?.kind === "mapRun" ? "full" : (settings?.persistence ?? "full");

/** Whether the log of an execution is to be condensed now that nothing is owed. */
export const isToBeCondensed = (program: Program, state: ExecutionState): boolean => {
  if (state.status === "RUNNING" || state.isCondensed === true) return false;
  const persistence = persistenceOf(program, state);
  return persistence === "none" || (persistence === "onFailure" && state.status === "SUCCEEDED");
};

/** What came of an execution that has ended. */
export const condensedOf = (state: ExecutionState): ExecutionCondensed => {
  const { executionId, status, stoppedAtMs, output, error, cause, outcome } = state;
  assert(status !== "RUNNING" && stoppedAtMs !== undefined, `${executionId} has not ended`);
  const { transitionCount, eventCount, redriveCount, redrivenAtMs, mapRuns } = state;
  return {
    kind: "ExecutionCondensed",
    status,
    stoppedAtMs,
    ...(output !== undefined && { output }),
    ...(error !== undefined && { error }),
    ...(cause !== undefined && { cause }),
    ...(outcome !== undefined && { outcome }),
    transitionCount,
    eventCount,
    ...(redriveCount !== undefined && { redriveCount }),
    ...(redrivenAtMs !== undefined && { redrivenAtMs }),
    ...(mapRuns !== undefined && { mapRuns }),
  };
};
