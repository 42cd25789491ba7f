import type { WaitingKind } from "#ports/heads.ts";

/** What an environment may tune in its engine. */
export interface EngineSettings {
  /** How long a turn owns the activities that it runs without renewing, ms. A dead server is noticed this much later. */
  readonly leaseMs: number;
  /** How long a work item is hidden while a turn goes on with it, ms; absent: as long as the lease. */
  readonly itemHiddenMs?: number;
  /** Executions that this server works on at the same time; further starts are left to the work queue. */
  readonly turnsMax: number;
  /** An execution in a turn is looked at again at least this often, ms (G5). */
  readonly headCheckMs: number;
  /** The sweeper looks for overdue heads at least this often, ms. */
  readonly sweepMs: number;
  /** Records after which a snapshot is worth its bytes. */
  readonly snapshotEveryRecords: number;
  /** Absent: the sweeper is the timer. */
  readonly timerItems?: TimerItems;
  /** A wait of a kind that lasts longer is told of, ms; absent or infinite: never, unless its state says so. */
  readonly waitAgeMsMax?: Readonly<Partial<Record<WaitingKind, number>>>;
}

/** A timer that is near is a work item with a delay, put when its execution settles. */
export interface TimerItems {
  /** Longest delay of a work item, ms. */
  readonly delayMsMax: number;
  /** How much later than its timer the head is due, ms: only where the item was lost somebody looks. */
  readonly graceMs: number;
}

const hourMs = 3_600_000;

const waitAgeMsMax: EngineSettings["waitAgeMsMax"] = {
  activity: hourMs,
  worker: hourMs,
  callback: 24 * hourMs,
  signal: 24 * hourMs,
  drain: 24 * hourMs,
  operator: 24 * hourMs,
};

/** For a server on one machine: 3 s is what G4's lease is there (architecture, A turn). */
export const embeddedSettings: EngineSettings = {
  leaseMs: 3_000,
  turnsMax: 1_000,
  headCheckMs: 60_000,
  sweepMs: 1_000,
  snapshotEveryRecords: 250,
  waitAgeMsMax,
};

/** How far ahead a sweep on AWS looks, ms: it comes every minute, sometimes a little late. */
export const sweepAheadMs = 70_000;

/**
 * For AWS (docs/adr/0016). SQS delays 15 minutes at most. A head whose time is covered by a work item, or by the
 * turn that renews it, is never within what a sweep looks ahead.
 */
export const awsSettings: EngineSettings = {
  leaseMs: 8_000,
  itemHiddenMs: 10_000,
  turnsMax: 1_000,
  headCheckMs: 180_000,
  sweepMs: 60_000,
  snapshotEveryRecords: 250,
  timerItems: { delayMsMax: 900_000, graceMs: 130_000 },
  waitAgeMsMax,
};
