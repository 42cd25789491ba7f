import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { OrchestratorError } from "#core/errors.ts";
import { makeOwnFile } from "./own-file.ts";
import { openDatabase } from "./sqlite.ts";
import { storageResultOf } from "./storage-error.ts";

/** How long a new server waits for one that is just exiting. */
const busyMs = 1_000;

const holderOf = (database: DatabaseSync): number | undefined => {
  try {
    const row = database.prepare("SELECT pid FROM holder").get() as { pid: number } | undefined;
    return row?.pid;
  } catch {
    // The holder is about to write its pid: then it stays unnamed.
    return undefined;
  }
};

const inUse = (options: {
  readonly directory: string;
  readonly pid: number | undefined;
  readonly cause: unknown;
}): OrchestratorError => {
  const { directory, pid, cause } = options;
  const holder = pid === undefined ? "" : ` (process ${pid})`;
  return new OrchestratorError(
    "data-directory-in-use",
    `another server uses the data directory ${directory}${holder}`,
    { action: "Stop that server, or use another directory.", details: { directory, pid }, cause },
  );
};

/**
 * Makes this process the only server of a data directory; the result ends that. The lock is a write
 * lock on a small SQLite file, which the operating system drops with the process, however it dies.
 * Others may still read who holds it. Throws `data-directory-in-use`.
 */
export const lockDirectory = (directory: string): (() => void) => {
  const path = join(directory, "server.lock");
  makeOwnFile(path);
  const database = openDatabase(path, { busyMs });
  try {
    database.exec(`
      BEGIN IMMEDIATE;
      CREATE TABLE IF NOT EXISTS holder (pid INTEGER);
      DELETE FROM holder;
      INSERT INTO holder VALUES (${process.pid});
      COMMIT;
      BEGIN IMMEDIATE`);
    return () => database.close();
  } catch (error) {
    const pid = holderOf(database);
    database.close();
    if (storageResultOf(error) !== "busy") throw error;
    throw inUse({ directory, pid, cause: error });
  }
};
