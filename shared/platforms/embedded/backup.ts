import { existsSync } from "node:fs";
import { copyFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type BackedUpFile,
  type BackupManifest,
  fillDirectory,
  hashOf,
  manifestFileName,
} from "./backup-directory.ts";
import { databaseFileName } from "./data-directory.ts";
import { formatVersion } from "./schema.ts";
import { copyDatabase, openDatabase } from "./sqlite.ts";

/** How long a copy waits for a lock on the database. */
const busyMs = 5_000;

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
    const manifest: BackupManifest = {
      kind: "HoldfastBackup",
      formatVersion,
      createdAt: new Date(options.createdAtMs).toISOString(),
      files,
    };
    await writeFile(join(partial, manifestFileName), `${JSON.stringify(manifest, null, 2)}\n`);
  });
