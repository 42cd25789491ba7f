import type { Status } from "./contract.ts";

/** How many there are of each status. */
interface PartCounts {
  readonly total: number;
  readonly pending: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly aborted: number;
}

/** A map run, as `/v1/map-runs` answers it. */
export interface MapRun {
  readonly mapRunId: string;
  readonly executionId: string;
  readonly state: string;
  readonly status: Status;
  readonly startedAt: string;
  readonly stoppedAt?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly items: PartCounts;
  readonly children: PartCounts;
  readonly isRead: boolean;
  readonly concurrency: number;
  readonly toleratedFailureCount?: number;
  readonly toleratedFailurePercentage?: number;
}
