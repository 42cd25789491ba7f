import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

const isDirectory = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** What a `mkdir` that failed says where a file is in the way. */
const notADirectory = (path: string): Error =>
  Object.assign(new TypeError(`${path} is not a directory`), {
    code: "ENOTDIR",
    syscall: "mkdir",
    path,
  });

const makeOne = (path: string, mode: number | undefined): void => {
  try {
    mkdirSync(path, mode);
  } catch (error) {
    const isThere = error instanceof Error && "code" in error && error.code === "EEXIST";
    if (!isThere) throw error;
    // Another program may have made it in between.
    if (!isDirectory(path)) throw notADirectory(path);
  }
};

/**
 * Makes a directory and those around it where they are absent. Node's own recursive `mkdirSync` never
 * returns where a file system refuses a new directory with ENOENT, as `/proc` does.
 */
export const makeDirectory = (path: string, mode?: number): void => {
  if (isDirectory(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectory(parent, mode);
  makeOne(path, mode);
};
