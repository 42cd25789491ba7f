import { setTimeout as sleep } from "node:timers/promises";
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
  cannotOpen: "Give the server's user permission on the data directory and all files in it.",
  // A quota, a limit on file sizes and a broken disk all end here; only a disk without space says "full".
  inputOutput:
    "See whether the disk of the data directory is over a quota or limit, or failing, and make room; waiting work goes on by itself.",
};

/** What errors of the file system mean, by their code. */
const fileReasons: Readonly<Record<string, { readonly reason: string; readonly action: string }>> =
  {
    ENOSPC: { reason: "the disk is full", action: "Free space on that disk." },
    EDQUOT: {
      reason: "the disk quota is used up",
      action: "Free space, or have the quota raised.",
    },
    EACCES: {
      reason: "this user may not do that there",
      action: "Give the user who runs holdfast permission on it, or name another path.",
    },
    EPERM: { reason: "that is not permitted there", action: "Name another path." },
    EROFS: {
      reason: "its file system is mounted read-only",
      action: "Name a path on a disk that can be written, or mount it for writing.",
    },
    ENOTDIR: {
      reason: "a part of the path is a file, not a directory",
      action: "Name a directory, or a path where one can be made.",
    },
    EISDIR: { reason: "it is a directory", action: "Move it away, or name another path." },
    ENOENT: {
      reason: "there is no such file or directory, and none can be made there",
      action: "Name another path.",
    },
  };

const isFileError = (error: unknown): error is Error & { readonly code: unknown } =>
  error instanceof Error && "syscall" in error && "code" in error;

const fileError = (error: Error & { readonly code: unknown }): OrchestratorError => {
  const { code } = error;
  const isFull = code === "ENOSPC" || code === "EDQUOT";
  const path = "path" in error && typeof error.path === "string" ? error.path : undefined;
  const known = fileReasons[String(code)];
  const message =
    known && path !== undefined ? `${path} cannot be used: ${known.reason}` : error.message;
  return new OrchestratorError(isFull ? "storage-full" : "storage-unavailable", message, {
    action: known?.action ?? "Look at that path, its permissions and its disk.",
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

/** A read waits for others only while SQLite mends its index after the death of one: some milliseconds. */
const busyTriesMax = 100;
const busyPauseMs = 20;

/** The same read once more, for as long as others are in its way. */
const again = async <T>(read: () => T, first: unknown): Promise<T> => {
  let error = first;
  for (let tries = 1; storageResultOf(error) === "busy" && tries < busyTriesMax; tries += 1) {
    await sleep(busyPauseMs);
    try {
      return read();
    } catch (next) {
      error = next;
    }
  }
  throw translateError(error);
};

/** A read as ports offer it: a promise, with the errors of the storage translated. */
export const reading =
  <A extends unknown[], T>(read: (...args: A) => T): ((...args: A) => Promise<T>) =>
  (...args) => {
    try {
      return Promise.resolve(read(...args));
    } catch (error) {
      return again(() => read(...args), error);
    }
  };
