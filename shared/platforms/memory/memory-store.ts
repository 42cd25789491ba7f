/**
 * What the memory platform holds. Every value is copied on its way in and on its way out, so that no
 * caller shares state with the store; the copy is by JSON, as on every platform that writes bytes.
 */

import type { LogRecord, Position } from "#core/execution/record.ts";
import { parseStored, printStored } from "#core/json.ts";
import type { StoredDocument } from "#ports/document-store.ts";
import type { Snapshot } from "#ports/execution-log.ts";
import type { Head, RenewedLease } from "#ports/heads.ts";

/** All that is known of one execution. */
export interface StoredExecution {
  /** Place in the order in which the executions became known, from 1. */
  readonly order: number;
  /** In the order of their positions. */
  readonly records: LogRecord[];
  snapshot: Snapshot | undefined;
  head: Head | undefined;
  lease: RenewedLease | undefined;
}

export interface StoredItem {
  readonly executionId: string;
  visibleAtMs: number;
  receiveCount: number;
}

export interface MemoryStore {
  readonly executions: Map<string, StoredExecution>;
  readonly items: Map<string, StoredItem>;
  /** By collection, then by key. */
  readonly documents: Map<string, Map<string, StoredDocument>>;
}

export const copy = <T>(value: T): T =>
  value === undefined ? value : parseStored(printStored(value));

/** Negative if `a` stands before `b`, 0 if they are the same position. */
export const comparePositions = (a: Position, b: Position): number =>
  a.epoch - b.epoch || a.seq - b.seq;

/** The entry of an execution, made if it is not yet known. */
export const executionOf = (store: MemoryStore, executionId: string): StoredExecution => {
  const known = store.executions.get(executionId);
  if (known !== undefined) return known;
  const made: StoredExecution = {
    order: store.executions.size + 1,
    records: [],
    snapshot: undefined,
    head: undefined,
    lease: undefined,
  };
  store.executions.set(executionId, made);
  return made;
};
