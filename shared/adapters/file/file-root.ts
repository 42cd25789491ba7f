import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open, realpath } from "node:fs/promises";
import { join } from "node:path";
import { ActivityError } from "../adapter.ts";

const refused = (path: string, why: string): ActivityError =>
  new ActivityError(
    "File.PathRefused",
    `${path}: ${why}; a path is relative to the directory that this environment keeps for files, such as reports/today.txt`,
  );

/** The names on the way to a file; throws `File.PathRefused` for whatever does not plainly go down. */
const segmentsOf = (path: string): readonly string[] => {
  const segments = path.split("/");
  if (segments.some((segment) => segment === "" || segment === "." || segment === ".."))
    throw refused(path, "it is absolute, or has an empty, . or .. segment");
  // A backslash or colon leads elsewhere on some systems (C:\\, alternate streams).
  if (/[\\:\0]/.test(path)) throw refused(path, "it has a backslash, a colon or a NUL character");
  return segments;
};

const codeOf = (thrown: unknown): string =>
  String((thrown as NodeJS.ErrnoException | undefined)?.code ?? "");

/** Translates what the file system answered. */
export const fileFailure = (path: string, thrown: unknown): unknown => {
  const code = codeOf(thrown);
  if (thrown instanceof ActivityError || code === "") return thrown;
  if (code === "ENOENT")
    return new ActivityError("File.NotFound", `${path}: there is no such file`);
  if (code === "ELOOP") return refused(path, "it is a symbolic link");
  if (code === "ENOTDIR") return refused(path, "a part on the way is no directory");
  if (code === "EISDIR" || code === "ENXIO") return refused(path, "it is not a plain file");
  if (code === "ENOSPC" || code === "EDQUOT")
    return new ActivityError("File.StorageFull", `${path}: the disk is full (${code}); free space`);
  return new ActivityError(
    "File.AccessFailed",
    `${path}: the system answered ${code}; check the rights of this server on it`,
  );
};

/** `write` empties the file first, `update` leaves what is in it. */
export type OpenMode = "append" | "read" | "update" | "write";

const {
  O_APPEND,
  O_CREAT,
  O_NOFOLLOW = 0,
  O_NONBLOCK = 0,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
} = constants;

/** Neither follows a link at the end, nor waits for the other end of a pipe. */
const flagsOf: Readonly<Record<OpenMode, number>> = {
  append: O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK,
  write: O_WRONLY | O_TRUNC | O_CREAT | O_NOFOLLOW | O_NONBLOCK,
  update: O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK,
  read: O_RDONLY | O_NOFOLLOW | O_NONBLOCK,
};

const fsyncDirectory = async (path: string): Promise<void> => {
  const directory = await open(path, O_RDONLY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
};

/** Whether there is something at `path`; a link is refused, whatever it points to. */
const isThere = async (path: string, name: string): Promise<boolean> => {
  try {
    if ((await lstat(path)).isSymbolicLink()) throw refused(name, "a symbolic link is on the way");
    return true;
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return false;
    throw thrown;
  }
};

const makeDirectory = async (parent: string, path: string): Promise<void> => {
  try {
    await mkdir(path);
  } catch (thrown) {
    if (codeOf(thrown) !== "EEXIST") throw thrown;
  }
  await fsyncDirectory(parent);
};

export interface OpenFile {
  readonly file: FileHandle;
  readonly size: number;
}

/** Opens files below one directory and nowhere else. */
export interface FileRoot {
  /** All but `read` make the file, and directories on the way, where they are missing; both last when the call returns. */
  readonly open: (path: string, mode: OpenMode) => Promise<OpenFile>;
}

/**
 * No path leads out: `..` is refused, and so is every symbolic link below the root. Whoever may put
 * links there at the same moment acts with the rights of this server anyway.
 */
export const fileRoot = (root: string): FileRoot => {
  /** The directory of the file; each part of the way is looked at by itself. */
  const descend = async (path: string, directories: readonly string[], mode: OpenMode) => {
    if (mode !== "read") await mkdir(root, { recursive: true });
    let here = await realpath(root);
    for (const segment of directories) {
      const next = join(here, segment);
      if (!(await isThere(next, path)) && mode !== "read") await makeDirectory(here, next);
      here = next;
    }
    return here;
  };

  return {
    open: async (path, mode) => {
      const segments = segmentsOf(path);
      const directory = await descend(path, segments.slice(0, -1), mode);
      const target = join(directory, segments.at(-1) ?? "");
      const isNew = !(await isThere(target, path));
      const file = await open(target, flagsOf[mode], 0o640);
      try {
        const found = await file.stat();
        if (!found.isFile()) throw refused(path, "it is not a plain file");
        if (isNew) await fsyncDirectory(directory);
        return { file, size: found.size };
      } catch (thrown) {
        await file.close();
        throw thrown;
      }
    },
  };
};
