import type { DatabaseSync } from "node:sqlite";
import type { Clock, Entropy } from "#ports/clock.ts";
import type { Platform } from "#ports/platform.ts";
import { writeBackup } from "./backup.ts";
import { openDataDirectory } from "./data-directory.ts";
import { embeddedDocuments } from "./embedded-documents.ts";
import { embeddedHeads } from "./embedded-heads.ts";
import { embeddedJournal } from "./embedded-journal.ts";
import { embeddedLog } from "./embedded-log.ts";
import { embeddedQueue, type RevealItems } from "./embedded-queue.ts";
import { executionRows } from "./execution-rows.ts";
import { type CommitStatistics, groupCommit } from "./group-commit.ts";
import type { IndexFile } from "./index-file.ts";
import { otherCommits } from "./other-commits.ts";
import type { Entry } from "./server-lock.ts";

/** The platform of one machine, on one SQLite database in its data directory. */
export interface EmbeddedPlatform extends Platform {
  /**
   * Copies the data directory as it is at one instant into `target`, which must be absent or empty,
   * while everything goes on. `extraFiles` are names of other files of the directory; those that are
   * not there are passed over. Rejects with `backup-target-not-empty` or `storage-*`.
   */
  readonly backup: (target: string, extraFiles?: readonly string[]) => Promise<void>;
  /** Counts since the platform was opened. */
  readonly statistics: () => CommitStatistics;
  /** Other servers have begun, or ceased, to use the directory: their commits are looked for. */
  readonly share: (isShared: boolean) => void;
  /** A server is gone: what it had in hand is to be received at once. */
  readonly revealItems: RevealItems;
  /** Makes durable what waits, then gives the directory free; later calls reject. */
  readonly close: () => Promise<void>;
}

/** The ports on an open database of ours; `stop` makes durable what waits and refuses what comes later. */
export const portsOn = (
  database: DatabaseSync,
  clock: Clock,
  {
    blocked = () => {},
    index,
  }: { readonly blocked?: (sinceMs: number) => void; readonly index?: IndexFile } = {},
) => {
  const rows = executionRows(database, index);
  const commits = groupCommit(database, { rolledBack: rows.forget, blocked });
  const { queue, becomesVisible, lookAgain, revealItems, stop } = embeddedQueue({
    database,
    commits,
    clock,
  });
  const others = otherCommits(database, clock);
  others.listen(lookAgain);
  const ports: Platform = {
    journal: embeddedJournal({ database, commits, rows, becomesVisible }),
    log: embeddedLog(database, rows),
    heads: embeddedHeads(database),
    queue,
    documents: embeddedDocuments(database, commits, index),
    onOthersWrote: others.listen,
    lastStall: commits.lastStall,
  };
  return {
    ports,
    share: others.share,
    revealItems,
    statistics: commits.statistics,
    stop: () => {
      stop();
      others.share(false);
      commits.close();
    },
  };
};

/**
 * Opens or makes a data directory, or joins the servers of one. Throws `data-directory-in-use`, `data-directory-too-new`,
 * `data-directory-invalid`, `storage-full` or `storage-unavailable`.
 */
export const openEmbeddedPlatform = (options: {
  readonly directory: string;
  readonly clock: Clock;
  readonly entropy: Entropy;
  /** Absent: a server of a name that is made up, which is alone. */
  readonly entry?: Entry;
  /** Another process has had the database locked for so long, ms; called again and again. */
  readonly blocked?: (sinceMs: number) => void;
}): EmbeddedPlatform => {
  const { directory, clock, entropy, blocked } = options;
  const run = `server-${entropy.hex(4)}`;
  const entry = options.entry ?? { name: run, run, isJoining: false };
  const { database, index, close } = openDataDirectory(directory, entry);
  const { ports, statistics, share, revealItems, stop } = portsOn(database, clock, {
    ...(blocked && { blocked }),
    ...(index && { index }),
  });
  let isClosed = false;

  return {
    ...ports,
    statistics,
    share,
    revealItems,
    backup: (target, extraFiles = []) =>
      writeBackup({
        directory,
        target,
        extraFiles,
        createdAtMs: clock.nowMs(),
        suffix: entropy.hex(4),
      }),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      stop();
      close();
    },
  };
};
