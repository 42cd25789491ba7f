/**
 * The one door to `node:sqlite`. Loading it prints an ExperimentalWarning that tells users of Holdfast
 * nothing; that one warning is held back, every other passes.
 */
import type { DatabaseSync as Database } from "node:sqlite";

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

/**
 * A LIMIT that is given when the statement is run. SQLite 3.53 compiles a statement whose LIMIT is a bare parameter
 * anew whenever that is bound, which takes several times as long as the statement itself.
 */
export const boundLimit = "LIMIT 0 + ?";

/** More pages than a step of a backup ever meets; the largest number that it takes. */
const pagesMax = 2 ** 31 - 1;

/** Copies `source` as it is at one instant to a new file, off the main thread. */
export const copyDatabase = async (source: Database, path: string): Promise<void> => {
  // All pages in one step: one read transaction, so writers go on and the copy never begins anew.
  await sqlite.backup(source, path, { rate: pagesMax });
};
