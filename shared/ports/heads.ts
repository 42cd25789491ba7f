import type { Lease, Position } from "#core/execution/record.ts";
import type { ExecutionOutcome, ExecutionStatus } from "#core/execution/state.ts";

/**
 * - `activity`: an activity that a server runs, or is to run;
 * - `worker`: somebody who asks for an activity; `callback`: the answer of whoever has its token;
 * - `signal`: signals that somebody sends;
 * - `operator`: somebody who says what became of an interrupted activity;
 * - `execution`: the end of an execution that it has started;
 * - `turn`: nothing but a server that goes on with it;
 * - `drain`: the end of a drain; `setAside`: an operator who releases it, for its turns ended their servers.
 */
export type WaitingKind =
  | "activity"
  | "timer"
  | "retry"
  | "worker"
  | "callback"
  | "signal"
  | "operator"
  | "execution"
  | "turn"
  | "drain"
  | "setAside";

/** What an execution waits for, and since when: for people, and for the watchdog. */
export interface WaitingFor {
  readonly kind: WaitingKind;
  /** Name of the state that waits; of one of them where several do. */
  readonly state?: string;
  readonly sinceMs: number;
  /** How many wait, where it is more than one. */
  readonly count?: number;
  /** When the wait ends by itself: its time-out, its timer, its next attempt. */
  readonly untilMs?: number;
  /** Id of the drain. */
  readonly drain?: string;
}

/** How often an execution was redriven, and when the last time; not known of those of older releases. */
export interface Redriven {
  readonly count: number;
  readonly atMs?: number;
}

/**
 * The small item of an execution beside its log: index for lists, and the safety net (G5).
 *
 * I10 A head with status RUNNING has a `nextCheckAtMs`, which is later than its start; one that has ended has none.
 * I11 A head names the log position that it reflects and is never replaced by one of a lower position.
 */
export interface Head extends Position {
  /** Begins with the name of the process and a colon: lists by process rely on it. */
  readonly executionId: string;
  readonly process: string;
  readonly version: number;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startedAtMs: number;
  readonly startedBy: string;
  readonly stoppedAtMs?: number;
  readonly error?: string;
  readonly outcome?: ExecutionOutcome;
  /** Absent: never. */
  readonly redriven?: Redriven;
  readonly waitingFor?: WaitingFor;
  readonly nextCheckAtMs?: number;
}

/** A lease as its turn renewed it in the head, and the last record that the turn knew then. */
export interface RenewedLease extends Lease {
  readonly seq: number;
}

export interface HeadFilter {
  readonly process?: string;
  readonly status?: ExecutionStatus;
  /** Those of which a wait of this kind is the oldest, or of which an operator is asked. */
  readonly waitingFor?: WaitingKind;
  /** Those whose shown wait began at this instant or before, ms. */
  readonly waitingSinceMs?: number;
}

/** Read side of the heads; they are written through `Journal`. Reads of one head are strongly consistent. */
export interface Heads {
  readonly get: (
    executionId: string,
  ) => Promise<{ readonly head: Head; readonly lease: RenewedLease | undefined } | undefined>;
  /**
   * Newest start first. `after` is the `next` of the page before. Lists may lag behind writes by seconds on AWS, and where
   * little of what is read there belongs into one, its pages are shorter than `limit`, empty even, and have a `next`.
   */
  readonly list: (
    options: HeadFilter & { readonly limit: number; readonly after?: string },
  ) => Promise<{ readonly heads: readonly Head[]; readonly next: string | undefined }>;
  /** Heads whose `nextCheckAtMs` is at most `nowMs`, oldest first, at most `limit`. */
  readonly due: (nowMs: number, limit: number) => Promise<readonly Head[]>;
  /** The earliest `nextCheckAtMs` later than `afterMs`. */
  readonly nextDueAtMs: (afterMs: number) => Promise<number | undefined>;
}
