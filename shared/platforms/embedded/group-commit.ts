/**
 * Group commit: what arrives while the event loop turns once is carried out in one transaction, so
 * that many writers share one fsync.
 *
 * I12 A caller's promise resolves only after the transaction that holds its work was committed.
 */
import type { DatabaseSync } from "node:sqlite";
import { OrchestratorError } from "#core/errors.ts";
import type { Stall } from "#ports/platform.ts";
import { storageResultOf, translateError } from "./storage-error.ts";

/** Writes in one transaction: keeps a commit, which holds up the event loop, to some milliseconds. */
const groupWritesMax = 1_000;

/** How long a group waits for a lock that another process has on the database, ms. */
const patienceMs = 5_000;
/** How long it waits between two tries: short at first, a commit of another server takes about a millisecond. */
const retryMsMin = 1;
const retryMsMax = 5;
/** When, and how often, it says that it waits unusually long: a commit takes a second on a very slow disk. */
const blockedMs = 1_000;
const blockedAgainMs = 250;

/** Whoever had to wait longer than slow commits of others take was kept from writing, ms. */
const stallMs = 500;

/** Notes when writing went on after a while in which it could not. */
const stallNotes = () => {
  let sinceMs: number | undefined;
  let last: Stall | undefined;
  return {
    refused: () => {
      sinceMs ??= performance.now();
    },
    written: () => {
      if (sinceMs === undefined) return;
      const lastedMs = performance.now() - sinceMs;
      const toMs = Date.now();
      if (lastedMs >= stallMs) last = { fromMs: toMs - lastedMs, toMs };
      sinceMs = undefined;
    },
    last: () => last,
  };
};

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
  /** The last while in which nothing could be written. */
  readonly lastStall: () => Stall | undefined;
  /** Carries out what waits and refuses what comes later. */
  readonly close: () => void;
}

export interface GroupCommitListener {
  /** A transaction was undone. */
  readonly rolledBack: () => void;
  /** Another process has had the database locked for so long, ms. */
  readonly blocked: (sinceMs: number) => void;
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

const refuse = (group: readonly Pending[], error: unknown): void => {
  for (const { reject } of group) reject(translateError(error));
};

/** How long a lock of another process is in the way, and when to try again. */
const lockWait = (blocked: (sinceMs: number) => void) => {
  let lockedAtMs: number | undefined;
  let groupAtMs = 0;
  let toldAtMs = 0;
  let retryMs = retryMsMin;
  return {
    over: () => {
      lockedAtMs = undefined;
      retryMs = retryMsMin;
    },
    /** The lock is still there: answers how long to wait, or nothing if that was long enough for the group. */
    next: (): number | undefined => {
      const nowMs = performance.now();
      if (lockedAtMs === undefined) {
        lockedAtMs = nowMs;
        groupAtMs = nowMs;
      }
      if (nowMs - lockedAtMs >= blockedMs && nowMs - toldAtMs >= blockedAgainMs) {
        toldAtMs = nowMs;
        blocked(nowMs - lockedAtMs);
      }
      if (nowMs - groupAtMs >= patienceMs) {
        groupAtMs = nowMs;
        return undefined;
      }
      retryMs = Math.min(retryMs + 1, retryMsMax);
      return retryMs;
    },
  };
};

/** Carries out groups of work on a connection, each in a transaction of its own. */
const transactions = (
  database: DatabaseSync,
  rolledBack: () => void,
  stall: ReturnType<typeof stallNotes>,
) => {
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  const counts = { commits: 0, batches: 0, writes: 0 };

  const carryOut = (group: readonly Pending[]): void => {
    const results = group.map(({ work }) => work());
    commit.run();
    stall.written();
    counts.commits += 1;
    counts.batches += group.length;
    for (const [index, { resolve, size }] of group.entries()) {
      counts.writes += size;
      resolve(results[index] as never);
    }
  };
  const undo = (): void => {
    if (database.isTransaction) database.exec("ROLLBACK");
    rolledBack();
  };
  /** Carries out what was begun. */
  const run = (group: readonly Pending[]): void => {
    try {
      carryOut(group);
    } catch (error) {
      undo();
      afterwards(group, error);
    }
  };
  const afterwards = (group: readonly Pending[], error: unknown): void => {
    if (isStorageError(error)) stall.refused();
    // A bug in one caller's work is no reason to refuse the others: each is tried alone.
    if (isStorageError(error) || group.length === 1) refuse(group, error);
    else for (const pending of group) runAlone(pending);
  };
  const runAlone = (pending: Pending): void => {
    try {
      begin.run();
    } catch (error) {
      refuse([pending], error);
      return;
    }
    run([pending]);
  };
  return { begin: () => begin.run(), run, counts };
};

/** Group commit on a connection that does not wait for locks itself: waiting there would stop the event loop. */
export const groupCommit = (
  database: DatabaseSync,
  { rolledBack, blocked }: GroupCommitListener,
): GroupCommit => {
  const stall = stallNotes();
  const { begin, run, counts } = transactions(database, rolledBack, stall);
  const wait = lockWait(blocked);
  const waiting: Pending[] = [];
  let isClosed = false;
  let isScheduled = false;

  /** Answers after how many ms to try again, if another process is in the way. */
  const transact = (): number | undefined => {
    try {
      begin();
    } catch (error) {
      stall.refused();
      const retryMs = storageResultOf(error) === "busy" ? wait.next() : undefined;
      if (retryMs === undefined) refuse(takeGroup(waiting), error);
      return retryMs;
    }
    wait.over();
    run(takeGroup(waiting));
    return undefined;
  };
  const flush = (): void => {
    isScheduled = false;
    // Closing may have carried out everything in between.
    const retryMs = waiting.length > 0 ? transact() : undefined;
    if (retryMs === undefined) schedule();
    else {
      isScheduled = true;
      setTimeout(flush, retryMs);
    }
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
    statistics: () => ({ ...counts }),
    lastStall: stall.last,
    close: () => {
      isClosed = true;
      // Nothing goes on beside it any more.
      if (waiting.length > 0) database.exec(`PRAGMA busy_timeout = ${patienceMs}`);
      while (waiting.length > 0) transact();
    },
  };
};
