/** Read side: what an execution is and was, as views of its log. */
import type { Beginning, RestartOf, Tags } from "#core/execution/facts.ts";
import type { HistoryEvent } from "#core/execution/history-event.ts";
import type { ExecutionOutcome, ExecutionStatus } from "#core/execution/state.ts";
import type { Json } from "#core/json.ts";
import type { Head, HeadFilter, Redriven, WaitingFor } from "#ports/heads.ts";
import type { MapRunDescription } from "./map-run-description.ts";
import type { Question } from "./questions.ts";
import type { WaitingActivity } from "./waiting-activities.ts";

export interface ExecutionDescription {
  readonly executionId: string;
  readonly process: string;
  readonly version: number;
  /** The alias that chose the version, if one did. */
  readonly alias?: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startedAtMs: number;
  readonly startedBy: string;
  readonly stoppedAtMs?: number;
  readonly input: Json;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  readonly outcome?: ExecutionOutcome;
  readonly transitionCount: number;
  readonly eventCount: number;
  readonly recordCount: number;
  /** Absent: never. */
  readonly redriven?: Redriven;
  readonly waitingFor?: WaitingFor;
  /** What operators are asked, the oldest first; absent: nothing. */
  readonly questions?: readonly Question[];
  /** Where it began, if not at the top of its process. */
  readonly beginsAt?: Pick<Beginning, "state" | "startPoint">;
  readonly restartOf?: RestartOf;
  readonly tags?: Tags;
  /** Only its start and its end are kept (ADR 11). */
  readonly isCondensed?: true;
  /** Ids of its map runs, the newest last. */
  readonly mapRuns?: readonly string[];
  /** Of a map run only. */
  readonly mapRun?: MapRunDescription;
}

export interface Executions {
  /** Attempts of an activity that wait for a worker, the oldest first. May lag behind. */
  readonly waitingActivities: (
    activity: string,
    page: { readonly limit: number; readonly after?: string },
  ) => Promise<{
    readonly activities: readonly WaitingActivity[];
    readonly next: string | undefined;
  }>;
  /** Rejects: `execution-not-found`. */
  readonly describe: (executionId: string) => Promise<ExecutionDescription>;
  /** What it was started with: one read, however long its log is. Absent: there is no such execution. */
  readonly startedWith: (
    executionId: string,
  ) => Promise<{ readonly input: Json; readonly tags: Tags } | undefined>;
  /** Newest start first. */
  readonly list: (
    options: HeadFilter & { readonly limit: number; readonly after?: string },
  ) => Promise<{ readonly executions: readonly Head[]; readonly next: string | undefined }>;
  /** Events with an id above `afterEventId`, oldest first, at most `limit`. Rejects: `execution-not-found`. */
  readonly history: (
    executionId: string,
    options: { readonly afterEventId: number; readonly limit: number },
  ) => Promise<readonly HistoryEvent[]>;
  /**
   * The events after `afterEventId`, and then each new one as it is committed, until the execution
   * has ended or `signal` aborts. Rejects: `execution-not-found`.
   */
  readonly follow: (
    executionId: string,
    options: { readonly afterEventId: number; readonly signal: AbortSignal },
  ) => AsyncIterable<HistoryEvent>;
}
