/**
 * Backups of a data directory: a directory with the database, the small files beside it and a
 * manifest that is written last. A backup appears under its name only when all of it is on disk.
 */
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { copyFile, mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { OrchestratorError } from "#core/errors.ts";
import {
  databaseFileName,
  formatOf,
  invalidDatabase,
  refuseNewerFormat,
  syncDirectory,
} from "./data-directory.ts";
import { formatVersion } from "./schema.ts";
import { copyDatabase, openDatabase, storageResultOf, translateError } from "./sqlite.ts";

const manifestFileName = "manifest.json";

/** How long a copy waits for a lock on the database. */
const busyMs = 5_000;

interface BackedUpFile {
  readonly name: string;
  readonly sha256: string;
}

interface Manifest {
  readonly kind: "HoldfastBackup";
  readonly formatVersion: number;
  readonly createdAt: string;
  readonly files: readonly BackedUpFile[];
}

const hashOf = async (path: string): Promise<string> => {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
};

const syncFile = async (path: string): Promise<void> => {
  const file = await open(path, "r+");
  await file.chmod(0o600);
  await file.sync();
  await file.close();
};

/** Fills a directory beside `target` and gives it that name at the end; `target` must be absent or empty. */
const fillDirectory = async (
  options: { readonly target: string; readonly suffix: string },
  fill: (directory: string) => Promise<void>,
): Promise<void> => {
  const target = resolve(options.target);
  if (existsSync(target) && (await readdir(target)).length > 0)
    throw new OrchestratorError("backup-target-not-empty", `${target} is not empty`, {
      action: "Name a directory that is empty or does not exist.",
      details: { target },
    });
  const partial = `${target}.${options.suffix}.partial`;
  await mkdir(dirname(target), { recursive: true });
  try {
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { mode: 0o700 });
    await fill(partial);
    for (const name of await readdir(partial)) await syncFile(join(partial, name));
    syncDirectory(partial);
    await rename(partial, target);
    syncDirectory(dirname(target));
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw storageError(error);
  }
};

/** File system errors as `storage-*`. */
const storageError = (error: unknown): unknown => {
  if (storageResultOf(error) !== undefined) return translateError(error);
  if (!(error instanceof Error && "syscall" in error && "code" in error)) return error;
  const isFull = error.code === "ENOSPC" || error.code === "EDQUOT";
  return new OrchestratorError(isFull ? "storage-full" : "storage-unavailable", error.message, {
    action: isFull ? "Free space on that disk." : "Look at the disk and its permissions.",
    cause: error,
  });
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
    const source = openDatabase(join(options.directory, databaseFileName), {
      busyMs,
      readOnly: true,
    });
    try {
      await copyDatabase(source, join(partial, databaseFileName));
    } finally {
      source.close();
    }
    for (const name of options.extraFiles) {
      const path = join(options.directory, name);
      if (existsSync(path)) await copyFile(path, join(partial, name));
    }
    const files: BackedUpFile[] = [];
    for (const name of await readdir(partial))
      files.push({ name, sha256: await hashOf(join(partial, name)) });
    const manifest: Manifest = {
      kind: "HoldfastBackup",
      formatVersion,
      createdAt: new Date(options.createdAtMs).toISOString(),
      files,
    };
    await writeFile(join(partial, manifestFileName), `${JSON.stringify(manifest, null, 2)}\n`);
  });

const readManifest = async (directory: string): Promise<Manifest> => {
  const path = join(directory, manifestFileName);
  const refuse = (reason: string, cause?: unknown): OrchestratorError =>
    new OrchestratorError("data-directory-invalid", `${directory} is not a backup: ${reason}`, {
      action: "Name a directory that holdfast backup wrote.",
      details: { directory },
      cause,
    });
  let manifest: Manifest;
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
  const database = openDatabase(path, { busyMs });
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
