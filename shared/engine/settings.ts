import type { WaitingKind } from "#ports/heads.ts";

/** What an environment may tune in its engine. */
export interface EngineSettings {
  /** How long a turn owns the activities that it runs without renewing, ms. A dead server is noticed this much later. */
  readonly leaseMs: number;
  /** Executions that this server works on at the same time; further starts are left to the work queue. */
  readonly turnsMax: number;
  /** An execution in a turn is looked at again at least this often, ms (G5). */
  readonly headCheckMs: number;
  /** The sweeper looks for overdue heads at least this often, ms. */
  readonly sweepMs: number;
  /** Records after which a snapshot is worth its bytes. */
  readonly snapshotEveryRecords: number;
  /** A wait of a kind that lasts longer is told of, ms; absent or infinite: never, unless its state says so. */
  readonly waitAgeMsMax?: Readonly<Partial<Record<WaitingKind, number>>>;
}

const hourMs = 3_600_000;

/** For a server on one machine: 3 s is what G4's lease is there (architecture, A turn). */
export const embeddedSettings: EngineSettings = {
  leaseMs: 3_000,
  turnsMax: 1_000,
  headCheckMs: 60_000,
  sweepMs: 1_000,
  snapshotEveryRecords: 250,
  waitAgeMsMax: {
    activity: hourMs,
    worker: hourMs,
    callback: 24 * hourMs,
    signal: 24 * hourMs,
    drain: 24 * hourMs,
    operator: 24 * hourMs,
  },
};
