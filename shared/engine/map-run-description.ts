import { planOf } from "#core/execution/map-run/plan.ts";
import type { ExecutionState } from "#core/execution/state.ts";

/** How many there are of each status. */
export interface PartCounts {
  /** Read so far; of children: started so far. */
  readonly total: number;
  readonly pending: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly aborted: number;
  readonly resultsWritten: number;
}

/** A map run beyond what every execution has. */
export interface MapRunDescription {
  /** Execution of the Map state. */
  readonly executionId: string;
  /** The Map state. */
  readonly state: string;
  readonly items: PartCounts;
  readonly children: PartCounts;
  /** Whether every item was read. */
  readonly isRead: boolean;
  readonly concurrency: number;
  readonly toleratedFailureCount?: number;
  readonly toleratedFailurePercentage?: number;
}

/** What a map run has done so far; `undefined`: the execution is none. */
export const mapRunDescription = (state: ExecutionState): MapRunDescription | undefined => {
  const { mapRun: work, part, parent } = state;
  if (work === undefined || part === undefined || parent === undefined) return undefined;
  const { concurrency, tolerance } = planOf(state);
  const unsettled = work.startedItemCount - work.succeededItemCount - work.failedItemCount;
  const isRunning = state.status === "RUNNING";
  return {
    executionId: parent.executionId,
    state: part.state,
    items: {
      total: work.itemCount,
      pending: work.itemCount - work.startedItemCount,
      running: isRunning ? unsettled : 0,
      succeeded: work.succeededItemCount,
      failed: work.failedItemCount,
      timedOut: 0,
      aborted: isRunning ? 0 : unsettled,
      resultsWritten: work.resultsWritten > 0 ? work.succeededItemCount : 0,
    },
    children: {
      total: work.childCount,
      pending: 0,
      running: work.runningCount,
      succeeded: work.succeededCount,
      failed: work.failedCount,
      timedOut: work.timedOutCount,
      aborted: work.abortedCount,
      resultsWritten: work.resultsWritten,
    },
    isRead: work.cursor === undefined,
    concurrency,
    ...(tolerance.count !== undefined && { toleratedFailureCount: tolerance.count }),
    ...(tolerance.percentage !== undefined && {
      toleratedFailurePercentage: tolerance.percentage,
    }),
  };
};
