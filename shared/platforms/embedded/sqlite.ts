/**
 * The one door to `node:sqlite`. Loading it prints an ExperimentalWarning that tells users of Holdfast
 * nothing; that one warning is held back, every other passes.
 */
import type { DatabaseSync as Database } from "node:sqlite";
import { OrchestratorError } from "#core/errors.ts";

const load = (): typeof import("node:sqlite") => {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
    if (!String(warning).startsWith("SQLite is an experimental feature"))
      emitWarning.call(process, warning, ...rest);
  }) as typeof emitWarning;
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
};

const sqlite = load();

/** Opens a database file; `busyMs` is how long a statement waits for another process's lock. */
export const openDatabase = (
  path: string,
  options: { readonly busyMs: number; readonly readOnly?: boolean },
): Database =>
  new sqlite.DatabaseSync(path, { timeout: options.busyMs, readOnly: options.readOnly ?? false });

/** More pages than a step of a backup ever meets; the largest number that it takes. */
const pagesMax = 2 ** 31 - 1;

/** Copies `source` as it is at one instant to a new file, off the main thread. */
export const copyDatabase = async (source: Database, path: string): Promise<void> => {
  // All pages in one step: one read transaction, so writers go on and the copy never begins anew.
  await sqlite.backup(source, path, { rate: pagesMax });
};

/** Primary result codes of SQLite (sqlite.org/rescode.html) that say something about the storage. */
const storageResults = {
  busy: 5,
  locked: 6,
  noMemory: 7,
  readOnly: 8,
  inputOutput: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  protocol: 15,
  notADatabase: 26,
} as const;

type StorageResult = keyof typeof storageResults;

/** What an error of SQLite says about the storage; undefined for every other error. */
export const storageResultOf = (error: unknown): StorageResult | undefined => {
  if (!(error instanceof Error && "errcode" in error && typeof error.errcode === "number"))
    return undefined;
  const primary = error.errcode & 0xff;
  return (Object.keys(storageResults) as StorageResult[]).find(
    (name) => storageResults[name] === primary,
  );
};

const storageActions: Partial<Record<StorageResult, string>> = {
  full: "Free space on the disk of the data directory; waiting work goes on by itself.",
  corrupt: "Stop the server and restore a backup into an empty data directory.",
  notADatabase: "Stop the server and restore a backup into an empty data directory.",
  busy: "Close the other program that holds the database open for writing.",
  readOnly: "Give the server's user write permission on the data directory.",
};

/** Node's error for a statement on a connection that was closed. */
const isClosed = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_INVALID_STATE";

/** The error that callers of a port see: storage errors as `storage-*`, bugs unchanged. */
export const translateError = (error: unknown): unknown => {
  const result = storageResultOf(error);
  if (result === undefined)
    return isClosed(error)
      ? new OrchestratorError("storage-unavailable", "the database is closed", { cause: error })
      : error;
  const reason = (error as Error).message;
  const action = storageActions[result] ?? "Look at the disk of the data directory.";
  return result === "full"
    ? new OrchestratorError("storage-full", `the disk is full: ${reason}`, { action, cause: error })
    : new OrchestratorError("storage-unavailable", `the database cannot be used: ${reason}`, {
        action,
        cause: error,
      });
};

/** A read as ports offer it: a promise, with the errors of the storage translated. */
export const reading =
  <A extends unknown[], T>(read: (...args: A) => T): ((...args: A) => Promise<T>) =>
  async (...args) => {
    try {
      return read(...args);
    } catch (error) {
      throw translateError(error);
    }
  };
