import { OrchestratorError } from "#core/errors.ts";

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

const isFileError = (error: unknown): error is Error & { readonly code: unknown } =>
  error instanceof Error && "syscall" in error && "code" in error;

const fileError = (error: Error & { readonly code: unknown }): OrchestratorError => {
  const isFull = error.code === "ENOSPC" || error.code === "EDQUOT";
  return new OrchestratorError(isFull ? "storage-full" : "storage-unavailable", error.message, {
    action: isFull
      ? "Free space on that disk."
      : "Look at that path, its permissions and its disk.",
    cause: error,
  });
};

/** Node's error for a statement on a connection that was closed. */
const isClosed = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_INVALID_STATE";

const databaseError = (result: StorageResult, error: unknown): OrchestratorError => {
  const reason = (error as Error).message;
  const action = storageActions[result] ?? "Look at the disk of the data directory.";
  return result === "full"
    ? new OrchestratorError("storage-full", `the disk is full: ${reason}`, { action, cause: error })
    : new OrchestratorError("storage-unavailable", `the database cannot be used: ${reason}`, {
        action,
        cause: error,
      });
};

/** The error that callers see: those of SQLite and of the file system as `storage-*`, others unchanged. */
export const translateError = (error: unknown): unknown => {
  const result = storageResultOf(error);
  if (result !== undefined) return databaseError(result, error);
  if (isFileError(error)) return fileError(error);
  if (isClosed(error))
    return new OrchestratorError("storage-unavailable", "the database is closed", { cause: error });
  return error;
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
