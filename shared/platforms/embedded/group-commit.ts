/**
 * Group commit: what arrives while the event loop turns once is carried out in one transaction, so
 * that many writers share one fsync.
 *
 * I12 A caller's promise resolves only after the transaction that holds its work was committed.
 */
import type { DatabaseSync } from "node:sqlite";
import { OrchestratorError } from "#core/errors.ts";
import { storageResultOf, translateError } from "./storage-error.ts";

/** Writes in one transaction: keeps a commit, which holds up the event loop, to some milliseconds. */
const groupWritesMax = 1_000;

export interface CommitStatistics {
  /** Transactions committed, each with its fsync. */
  readonly commits: number;
  /** Pieces of work that they carried out, and single writes in them. */
  readonly batches: number;
  readonly writes: number;
}

export interface GroupCommit {
  /**
   * Runs `work` in the next transaction and resolves with its result once that is durable. `work`
   * may run again if it was rolled back with others. `size` is the number of its writes.
   */
  readonly run: <T>(work: () => T, size?: number) => Promise<T>;
  readonly statistics: () => CommitStatistics;
  /** Carries out what waits and refuses what comes later. */
  readonly close: () => void;
}

interface Pending {
  readonly size: number;
  readonly work: () => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

const isStorageError = (error: unknown): boolean => storageResultOf(error) !== undefined;

/** Takes what fits into one transaction off the front; at least one piece of work. */
const takeGroup = (waiting: Pending[]): readonly Pending[] => {
  let size = 0;
  let count = 0;
  for (const pending of waiting) {
    if (count > 0 && size + pending.size > groupWritesMax) break;
    size += pending.size;
    count += 1;
  }
  return waiting.splice(0, count);
};

/** Group commit on a connection; `rolledBack` is called after each transaction that was undone. */
export const groupCommit = (database: DatabaseSync, rolledBack: () => void): GroupCommit => {
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  const waiting: Pending[] = [];
  let isClosed = false;
  let isScheduled = false;
  let commits = 0;
  let batches = 0;
  let writes = 0;

  const carryOut = (group: readonly Pending[]): void => {
    begin.run();
    const results = group.map(({ work }) => work());
    commit.run();
    commits += 1;
    batches += group.length;
    for (const [index, { resolve, size }] of group.entries()) {
      writes += size;
      resolve(results[index] as never);
    }
  };
  const undo = (): void => {
    if (database.isTransaction) database.exec("ROLLBACK");
    rolledBack();
  };
  const refuse = (group: readonly Pending[], error: unknown): void => {
    for (const { reject } of group) reject(translateError(error));
  };
  const transact = (group: readonly Pending[]): void => {
    try {
      carryOut(group);
    } catch (error) {
      undo();
      // A bug in one caller's work is no reason to refuse the others: each is tried alone.
      if (isStorageError(error) || group.length === 1) refuse(group, error);
      else for (const pending of group) transact([pending]);
    }
  };

  const flush = (): void => {
    isScheduled = false;
    // Closing may have carried out everything in between.
    if (waiting.length > 0) transact(takeGroup(waiting));
    schedule();
  };
  const schedule = (): void => {
    if (isScheduled || waiting.length === 0) return;
    isScheduled = true;
    setImmediate(flush);
  };

  return {
    run: (work, size = 1) =>
      new Promise((resolve, reject) => {
        if (isClosed)
          return reject(new OrchestratorError("storage-unavailable", "the database is closed"));
        waiting.push({ size, work, resolve, reject });
        schedule();
      }),
    statistics: () => ({ commits, batches, writes }),
    close: () => {
      isClosed = true;
      while (waiting.length > 0) transact(takeGroup(waiting));
    },
  };
};
