import type { DatabaseSync } from "node:sqlite";
import type { Clock, Entropy } from "#ports/clock.ts";
import type { Platform } from "#ports/platform.ts";
import { writeBackup } from "./backup.ts";
import { openDataDirectory } from "./data-directory.ts";
import { embeddedDocuments } from "./embedded-documents.ts";
import { embeddedHeads } from "./embedded-heads.ts";
import { embeddedJournal } from "./embedded-journal.ts";
import { embeddedLog } from "./embedded-log.ts";
import { embeddedQueue } from "./embedded-queue.ts";
import { executionRows } from "./execution-rows.ts";
import { type CommitStatistics, groupCommit } from "./group-commit.ts";

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
  /** Makes durable what waits, then gives the directory free; later calls reject. */
  readonly close: () => Promise<void>;
}

/** The ports on an open database of ours; `stop` makes durable what waits and refuses what comes later. */
export const portsOn = (database: DatabaseSync, clock: Clock) => {
  const rows = executionRows(database);
  const commits = groupCommit(database, rows.forget);
  const { queue, becomesVisible, stop } = embeddedQueue({ database, commits, clock });
  const ports: Platform = {
    journal: embeddedJournal({ database, commits, rows, becomesVisible }),
    log: embeddedLog(database, rows),
    heads: embeddedHeads(database),
    queue,
    documents: embeddedDocuments(database, commits),
  };
  return {
    ports,
    statistics: commits.statistics,
    stop: () => {
      stop();
      commits.close();
    },
  };
};

/**
 * Opens or makes a data directory. Throws `data-directory-in-use`, `data-directory-too-new`,
 * `data-directory-invalid`, `storage-full` or `storage-unavailable`.
 */
export const openEmbeddedPlatform = (options: {
  readonly directory: string;
  readonly clock: Clock;
  readonly entropy: Entropy;
}): EmbeddedPlatform => {
  const { directory, clock, entropy } = options;
  const { database, close } = openDataDirectory(directory);
  const { ports, statistics, stop } = portsOn(database, clock);
  let isClosed = false;

  return {
    ...ports,
    statistics,
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
