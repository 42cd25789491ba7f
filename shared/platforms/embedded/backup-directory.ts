/**
 * A backup is a directory with the database, the small files beside it and a manifest. It appears
 * under its name only when all of it is on disk; a restored data directory too.
 */
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { OrchestratorError } from "#core/errors.ts";
import { syncDirectory } from "./data-directory.ts";
import { makeDirectory } from "./make-directory.ts";
import { translateError } from "./storage-error.ts";

/** Name of the manifest in a backup. */
export const manifestFileName = "manifest.json";

export interface BackedUpFile {
  readonly name: string;
  readonly sha256: string;
}

/** What a backup holds, and the format version of its database. */
export interface BackupManifest {
  readonly kind: "HoldfastBackup";
  readonly formatVersion: number;
  readonly createdAt: string;
  readonly files: readonly BackedUpFile[];
}

/** SHA-256 of a file, in hexadecimal digits. */
export const hashOf = async (path: string): Promise<string> => {
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

const notEmpty = (target: string): OrchestratorError =>
  new OrchestratorError("backup-target-not-empty", `${target} is not empty`, {
    action: "Name a directory that is empty or does not exist.",
    details: { target },
  });

/** Fills a directory beside `target` and gives it that name at the end; `target` must be absent or empty. */
export const fillDirectory = async (
  options: { readonly target: string; readonly suffix: string },
  fill: (directory: string) => Promise<void>,
): Promise<void> => {
  const target = resolve(options.target);
  const partial = `${target}.${options.suffix}.partial`;
  try {
    if (existsSync(target) && (await readdir(target)).length > 0) throw notEmpty(target);
    makeDirectory(dirname(target));
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { mode: 0o700 });
    await fill(partial);
    for (const name of await readdir(partial)) await syncFile(join(partial, name));
    syncDirectory(partial);
    await rename(partial, target);
    syncDirectory(dirname(target));
  } catch (error) {
    // What cannot be removed was not made, or the first error says why.
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw translateError(error);
  }
};
