/** The data directory: where it lies, who may use it, which format it has. `docs/data-directory.md` describes it. */
import { closeSync, existsSync, fsyncSync, openSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { OrchestratorError } from "#core/errors.ts";
import { type IndexFile, openIndexFile } from "./index-file.ts";
import { makeDirectory } from "./make-directory.ts";
import { makeOwnFile } from "./own-file.ts";
import { applicationId, formatVersion, migrations } from "./schema.ts";
import { type Entry, enterDirectory } from "./server-lock.ts";
import { openDatabase } from "./sqlite.ts";
import { storageResultOf, translateError } from "./storage-error.ts";

/** Name of the database file in a data directory and in a backup. */
export const databaseFileName = "holdfast.db";

/** How long a server that opens the database waits for others; later nothing waits inside SQLite. */
const busyMs = 5_000;

/** Written pages after which a commit moves the write-ahead log into the database: 4 MB, SQLite's default. */
const checkpointPages = 1_000;

/** To this size the write-ahead log shrinks again after a long read (a backup) let it grow. */
const walBytesMax = 64 * 1024 * 1024;

/** Makes what was created or renamed in a directory survive a power cut. */
export const syncDirectory = (directory: string): void => {
  const descriptor = openSync(directory, "r");
  fsyncSync(descriptor);
  closeSync(descriptor);
};

/** Says that a file is no database of ours. */
export const invalidDatabase = (path: string, reason: string, cause?: unknown): OrchestratorError =>
  new OrchestratorError("data-directory-invalid", `${path} is not a Holdfast database: ${reason}`, {
    action:
      "Restore a backup into an empty directory (holdfast restore), or name another directory.",
    details: { path },
    cause,
  });

/** What an error on a database that was just opened means: damage is no fault of the disk's. */
export const openingError = (path: string, error: unknown): unknown => {
  const result = storageResultOf(error);
  return result === "corrupt" || result === "notADatabase"
    ? invalidDatabase(path, (error as Error).message, error)
    : translateError(error);
};

/** The newest format that was written to a backup or database must be one that this release knows. */
export const refuseNewerFormat = (path: string, found: number): void => {
  if (found <= formatVersion) return;
  throw new OrchestratorError(
    "data-directory-too-new",
    `${path} has format ${found}, written by a newer release; this one knows formats up to ${formatVersion}`,
    {
      action: "Use the newer release. Nothing was changed.",
      details: { path, found, known: formatVersion },
    },
  );
};

const pragma = (database: DatabaseSync, name: string): number =>
  Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]);

/** The format version of an open database, 0 if it is empty; refuses what is not ours or too new. */
export const formatOf = (database: DatabaseSync, path: string): number => {
  const { tables } = database.prepare("SELECT count(*) AS tables FROM sqlite_schema").get() as {
    tables: number;
  };
  const owner = pragma(database, "application_id");
  if (owner !== applicationId && (tables > 0 || owner !== 0))
    throw invalidDatabase(path, "it belongs to another program");
  const found = pragma(database, "user_version");
  refuseNewerFormat(path, found);
  return found;
};

/** The environment that a server wants to join must be there as this release knows it. */
const mustBeCurrent = (path: string, found: number): void => {
  if (found === formatVersion) return;
  throw new OrchestratorError(
    "data-directory-invalid",
    `${path} has format ${found}, and this release works with format ${formatVersion}`,
    {
      action:
        "Stop its servers and start one of this release without --join; then others can join.",
      details: { path, found, known: formatVersion },
    },
  );
};

const nothingToJoin = (directory: string): OrchestratorError =>
  new OrchestratorError("data-directory-invalid", `there is no environment in ${directory}`, {
    action: "Name the data directory of one that is there, or make one: start it without --join.",
    details: { directory },
  });

const migrate = (database: DatabaseSync, from: number): void => {
  if (from === formatVersion) return;
  database.exec("BEGIN IMMEDIATE");
  for (const migration of migrations.slice(from)) database.exec(migration);
  database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${formatVersion}`);
  database.exec("COMMIT");
};

const openStore = (directory: string, isJoining: boolean): DatabaseSync => {
  const path = join(directory, databaseFileName);
  if (!isJoining) makeOwnFile(path);
  const database = openDatabase(path, { busyMs });
  try {
    const format = formatOf(database, path);
    if (isJoining) mustBeCurrent(path, format);
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = ${checkpointPages};
      PRAGMA journal_size_limit = ${walBytesMax}`);
    migrate(database, format);
    database.exec("PRAGMA busy_timeout = 0");
    return database;
  } catch (error) {
    database.close();
    throw openingError(path, error);
  }
};

const openEntered = (directory: string, entry: Entry) => {
  if (entry.isJoining && !existsSync(join(directory, databaseFileName)))
    throw nothingToJoin(directory);
  makeDirectory(directory, 0o700);
  const { ready, leave } = enterDirectory(directory, entry);
  try {
    const database = openStore(directory, entry.isJoining);
    syncDirectory(directory);
    const index = openIndexFile(join(directory, databaseFileName));
    return {
      database,
      index,
      close: () => {
        database.close();
        index?.release();
        leave();
      },
    };
  } catch (error) {
    leave();
    throw error;
  } finally {
    ready();
  }
};

/**
 * Opens a data directory, made if it is absent (0700, its files 0600), brings its format up to date
 * and keeps every server out until `close` that does not join it. Throws `data-directory-in-use`,
 * `-too-new`, `-invalid`, `storage-full` or `storage-unavailable`.
 */
export const openDataDirectory = (
  directory: string,
  entry: Entry = { name: "server", run: "server", isJoining: false },
): {
  readonly database: DatabaseSync;
  /** Absent where the system does not let it be read. */
  readonly index: IndexFile | undefined;
  readonly close: () => void;
} => {
  try {
    return openEntered(directory, entry);
  } catch (error) {
    throw translateError(error);
  }
};
