import type { LogRecord, Position } from "#core/execution/record.ts";
import type { Snapshot } from "./execution-log.ts";
import type { Head } from "./heads.ts";

/**
 * Puts a record on condition that nothing is at its position (G2, G3), nor at a later one of its epoch:
 * whoever is late does not get a place that `DropDetails` has emptied. Nobody puts a record before the one that it
 * follows, so whether a place that was never taken is refused behind a later one is not said.
 */
export interface AppendRecord {
  readonly kind: "AppendRecord";
  readonly record: LogRecord;
}

/** Puts a head on condition that the stored one, if any, is of no higher position (I11). The lease stays as it is. */
export interface PutHead {
  readonly kind: "PutHead";
  readonly head: Head;
}

/**
 * Announces a record that is about to be put at a position: raises the stored head to it and its
 * `nextCheckAtMs` to at most the given one, and leaves the lease. A head that is gone, has ended or is of a
 * higher position is passed over.
 */
export interface RaiseHead extends Position {
  readonly kind: "RaiseHead";
  readonly executionId: string;
  readonly nextCheckAtMs: number;
}

/** Keeps a fold of the log; an older snapshot of the execution may be dropped. */
export interface PutSnapshot {
  readonly kind: "PutSnapshot";
  readonly snapshot: Snapshot;
}

/**
 * Removes the records between the start record and the one at a position, which stands for them, and
 * every snapshot. Again, it changes nothing.
 */
export interface DropDetails extends Position {
  readonly kind: "DropDetails";
  readonly executionId: string;
}

/**
 * Notes in each head that its turn is alive until `untilMs`. Passed over: a head that is gone or has
 * ended, and one whose lease was renewed by a turn that knew a later record (that one has taken over).
 * The outcome names those, and each whose head is of a higher position than its turn knows.
 */
export interface RenewLeases {
  readonly kind: "RenewLeases";
  readonly leases: readonly {
    readonly executionId: string;
    readonly turn: string;
    /** Last record that the turn knows. */
    readonly seq: number;
  }[];
  readonly untilMs: number;
}

/** Adds a work item, visible from `visibleAtMs` on. The same `itemId` again changes nothing. */
export interface Enqueue {
  readonly kind: "Enqueue";
  readonly itemId: string;
  readonly executionId: string;
  readonly visibleAtMs: number;
}

/** Makes items invisible until `visibleAtMs`; items that are gone are passed over. */
export interface ExtendItems {
  readonly kind: "ExtendItems";
  readonly itemIds: readonly string[];
  readonly visibleAtMs: number;
}

export interface RemoveItem {
  readonly kind: "RemoveItem";
  readonly itemId: string;
}

export type Write =
  | AppendRecord
  | PutHead
  | RaiseHead
  | PutSnapshot
  | DropDetails
  | RenewLeases
  | Enqueue
  | ExtendItems
  | RemoveItem;

export type WriteOutcome =
  | {
      readonly kind: "written";
      /** Executions of `RenewLeases` that something has happened to which the turn does not know; none: absent. */
      readonly outdated?: readonly string[];
    }
  /** `AppendRecord` at `index` found another record at its position, or the last one behind it. */
  | { readonly kind: "occupied"; readonly index: number; readonly found: LogRecord }
  /** `PutHead` at `index` found a head of a higher position. */
  | { readonly kind: "headAhead"; readonly index: number; readonly found: Head };

/**
 * Durable writes, in order.
 *
 * `write` carries out the writes one after the other and stops at the first that is refused: those
 * before it stay, those after it are not carried out. When it resolves everything it reports is
 * durable. If the process dies meanwhile, or the promise rejects (`storage-full`,
 * `storage-unavailable`, both `retry-call`), any prefix may be durable: send the same writes again.
 * A batch is not a transaction and nothing may rely on it being one; a platform that can is free to
 * make it atomic. `AppendRecord` that finds a record with its own `commitId` succeeds.
 * Batches of different callers are independent and may be grouped into one physical commit.
 */
export interface Journal {
  readonly write: (writes: readonly Write[]) => Promise<WriteOutcome>;
}
