import { existsSync } from "node:fs";
import { copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { OrchestratorError } from "#core/errors.ts";
import {
  type BackedUpFile,
  type BackupManifest,
  fillDirectory,
  hashOf,
  manifestFileName,
} from "./backup-directory.ts";
import {
  databaseFileName,
  formatOf,
  invalidDatabase,
  openingError,
  refuseNewerFormat,
} from "./data-directory.ts";
import { type IndexFile, openIndexFile } from "./index-file.ts";
import { copyDatabase, openDatabase } from "./sqlite.ts";

/** How long a copy waits for a lock on the database. */
const busyMs = 5_000;

/** Copies the database of a directory to a new file; answers its format version. */
const copyOf = async (directory: string, target: string): Promise<number> => {
  const path = join(directory, databaseFileName);
  if (!existsSync(path)) throw invalidDatabase(path, "there is no such file");
  const source = openDatabase(path, { busyMs, readOnly: true });
  let index: IndexFile | undefined;
  try {
    const format = formatOf(source, path);
    // The server may be closed meanwhile: then its descriptor must stay for as long as this connection.
    index = openIndexFile(path);
    await copyDatabase(source, target);
    return format;
  } catch (error) {
    throw openingError(path, error);
  } finally {
    source.close();
    index?.release();
  }
};

/** Copies the database and those of `extraFiles` that exist from a data directory that may be in use. */
export const writeBackup = async (options: {
  readonly directory: string;
  readonly target: string;
  readonly extraFiles: readonly string[];
  readonly createdAtMs: number;
  readonly suffix: string;
}): Promise<void> =>
  fillDirectory(options, async (partial) => {
    const format = await copyOf(options.directory, join(partial, databaseFileName));
    for (const name of options.extraFiles) {
      const path = join(options.directory, name);
      if (existsSync(path)) await copyFile(path, join(partial, name));
    }
    const files: BackedUpFile[] = [];
    for (const name of await readdir(partial))
      files.push({ name, sha256: await hashOf(join(partial, name)) });
    const manifest: BackupManifest = {
      kind: "HoldfastBackup",
      formatVersion: format,
      createdAt: new Date(options.createdAtMs).toISOString(),
      files,
    };
    await writeFile(join(partial, manifestFileName), `${JSON.stringify(manifest, null, 2)}\n`);
  });

/** What is wrong with a manifest; undefined if nothing is. */
const flawOf = (manifest: BackupManifest): string | undefined => {
  if (manifest.kind !== "HoldfastBackup") return "its manifest.json is of another kind";
  if (!Array.isArray(manifest.files)) return "its manifest.json names no files";
  const stray = manifest.files.find(({ name }) => name !== basename(String(name)));
  if (stray !== undefined) return `its manifest.json names a file outside of it, ${stray.name}`;
  if (!manifest.files.some(({ name }) => name === databaseFileName))
    return `its manifest.json does not name ${databaseFileName}`;
  return undefined;
};

const invalidBackup = (directory: string, flaw: string, cause?: unknown): OrchestratorError =>
  new OrchestratorError("data-directory-invalid", `${directory} is not a whole backup: ${flaw}`, {
    action: "Restore another backup.",
    details: { directory },
    cause,
  });

const readManifest = async (directory: string): Promise<BackupManifest> => {
  let manifest: BackupManifest;
  try {
    manifest = JSON.parse(await readFile(join(directory, manifestFileName), "utf8"));
  } catch (error) {
    throw invalidBackup(directory, "its manifest.json cannot be read", error);
  }
  const flaw = flawOf(manifest);
  if (flaw !== undefined) throw invalidBackup(directory, flaw);
  refuseNewerFormat(directory, manifest.formatVersion);
  return manifest;
};

const checkDatabase = (path: string): void => {
  const database = openDatabase(path, { busyMs });
  try {
    formatOf(database, path);
    const answer = database.prepare("PRAGMA integrity_check(1)").get() ?? {};
    const [verdict] = Object.values(answer);
    if (verdict !== "ok") throw invalidDatabase(path, String(verdict));
  } catch (error) {
    throw openingError(path, error);
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
  const { from, directory } = options;
  const manifest = await readManifest(from);
  await fillDirectory({ target: directory, suffix: "restore" }, async (partial) => {
    for (const { name, sha256 } of manifest.files) {
      if (!existsSync(join(from, name))) throw invalidBackup(from, `${name} is missing`);
      await copyFile(join(from, name), join(partial, name));
      if ((await hashOf(join(partial, name))) !== sha256)
        throw invalidBackup(from, `the SHA-256 of ${name} is not that of its manifest.json`);
    }
    checkDatabase(join(partial, databaseFileName));
  });
};
