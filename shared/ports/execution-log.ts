import type { LogRecord, Position } from "#core/execution/record.ts";
import type { ExecutionState } from "#core/execution/state.ts";

/** A fold of the log up to and including `position`, kept so that a read need not begin at the start. */
export interface Snapshot extends Position {
  readonly executionId: string;
  readonly state: ExecutionState;
}

/**
 * The log of every execution, read side; records are written through `Journal`.
 *
 * Reads are strongly consistent: they show every write that was acknowledged before they began.
 */
export interface ExecutionLog {
  /** The newest snapshot, if any, and every record after it, oldest first; no records and no snapshot if the execution is unknown. */
  readonly load: (executionId: string) => Promise<{
    readonly snapshot: Snapshot | undefined;
    readonly records: readonly LogRecord[];
  }>;
  /** Where the last record is, in the order of positions; `undefined`: there is none. Reads no record. */
  readonly last: (executionId: string) => Promise<Position | undefined>;
  /** Records from `fromSeq` on, oldest first, at most `limit`; none if there are none. For the history view. */
  readonly read: (
    executionId: string,
    options: { readonly fromSeq: number; readonly limit: number },
  ) => Promise<readonly LogRecord[]>;
}
