import { restoreBackup, writeBackup } from "#platforms/embedded/backup.ts";
import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";
import { tokenFileName } from "./access-token.ts";
import { keyFileName } from "./environment-key.ts";

/**
 * Copies a data directory, also while a server works on it, to a directory that is absent or empty.
 * Files that activities wrote (`files/`) are not part of it.
 */
export const backupDataDirectory = (options: {
  readonly dataDirectory: string;
  readonly target: string;
}): Promise<void> =>
  writeBackup({
    directory: options.dataDirectory,
    target: options.target,
    extraFiles: [tokenFileName, keyFileName],
    createdAtMs: systemClock.nowMs(),
    suffix: systemEntropy.hex(4),
  });

/** Makes a data directory, absent or empty, from a backup. */
export const restoreDataDirectory = (options: {
  readonly from: string;
  readonly dataDirectory: string;
}): Promise<void> => restoreBackup({ from: options.from, directory: options.dataDirectory });
