import { readFile } from "node:fs/promises";
import { CommandFailed } from "../exit.ts";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  ENOTDIR: "a part of the path is a file, not a directory",
  EISDIR: "it is a directory, not a file",
  EACCES: "this user may not read it",
};

/** Why a file cannot be read, in words. */
export const unreadableReason = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return reasons[code] ?? (error instanceof Error ? error.message : String(error));
};

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Reads a file that must be text; `what` names it in the message. */
export const readTextFile = async (what: string, path: string): Promise<string> => {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new CommandFailed(`Cannot read ${what} ${path}: ${unreadableReason(error)}`, {
      next: "Look at the path and at who may read it",
      cause: error,
    });
  }
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw new CommandFailed(`Cannot read ${what} ${path}: it is not text in UTF-8`, {
      next: "Save it as UTF-8",
      cause: error,
    });
  }
};
