import { copyFile, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { OrchestratorError } from "#core/errors.ts";
import {
  type BackupManifest,
  fillDirectory,
  hashOf,
  manifestFileName,
} from "./backup-directory.ts";
import {
  databaseFileName,
  formatOf,
  invalidDatabase,
  refuseNewerFormat,
} from "./data-directory.ts";
import { openDatabase, storageResultOf } from "./sqlite.ts";

const readManifest = async (directory: string): Promise<BackupManifest> => {
  const path = join(directory, manifestFileName);
  const refuse = (reason: string, cause?: unknown): OrchestratorError =>
    new OrchestratorError("data-directory-invalid", `${directory} is not a backup: ${reason}`, {
      action: "Name a directory that holdfast backup wrote.",
      details: { directory },
      cause,
    });
  let manifest: BackupManifest;
  try {
    manifest = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    throw refuse("its manifest.json cannot be read", error);
  }
  if (manifest.kind !== "HoldfastBackup") throw refuse("its manifest.json is of another kind");
  refuseNewerFormat(directory, manifest.formatVersion);
  const stray = manifest.files.find(({ name }) => name !== basename(name));
  if (stray !== undefined) throw refuse(`it names a file outside of it, ${stray.name}`);
  return manifest;
};

const checkDatabase = (path: string): void => {
  const database = openDatabase(path, { busyMs: 0 });
  try {
    formatOf(database, path);
    const answer = database.prepare("PRAGMA integrity_check(1)").get() ?? {};
    const [verdict] = Object.values(answer);
    if (verdict !== "ok") throw invalidDatabase(path, String(verdict));
  } catch (error) {
    throw storageResultOf(error) === undefined
      ? error
      : invalidDatabase(path, String(error), error);
  } finally {
    database.close();
  }
};

/**
 * Makes a data directory out of a backup: verifies the hashes of the manifest and the structure of the
 * database first. Rejects with `data-directory-invalid`, `data-directory-too-new`,
 * `backup-target-not-empty` or `storage-*`; then `directory` is as it was.
 */
export const restoreBackup = async (options: {
  readonly from: string;
  readonly directory: string;
}): Promise<void> => {
  const manifest = await readManifest(options.from);
  await fillDirectory({ target: options.directory, suffix: "restore" }, async (partial) => {
    for (const { name, sha256 } of manifest.files) {
      const path = join(partial, name);
      await copyFile(join(options.from, name), path);
      if ((await hashOf(path)) !== sha256)
        throw new OrchestratorError(
          "data-directory-invalid",
          `${join(options.from, name)} is damaged: its SHA-256 is not that of the manifest`,
          { action: "Restore another backup.", details: { name } },
        );
    }
    checkDatabase(join(partial, databaseFileName));
  });
};
