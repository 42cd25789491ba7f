import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { databaseFileName } from "./data-directory.ts";

/** The byte of the shared memory file that whoever writes has locked: WAL_WRITE_LOCK (sqlite.org/walformat.html, 2.3.1). */
const writeLockByte = 120;

/** Kind, mode, process, device:inode and range of a lock (proc_locks(5)). */
const linePattern = /^\d+: POSIX +ADVISORY +WRITE +(\d+) [0-9a-f]+:[0-9a-f]+:(\d+) (\d+) (\d+|EOF)/;

/** The process that has the database of a data directory locked for writing; unknown where the system does not say. */
export const writeLockHolder = (directory: string): number | undefined => {
  try {
    const inode = String(statSync(join(directory, `${databaseFileName}-shm`)).ino);
    for (const line of readFileSync("/proc/locks", "utf8").split("\n")) {
      const [, pid, found, from, to] = linePattern.exec(line) ?? [];
      const holds = Number(from) <= writeLockByte && (to === "EOF" || Number(to) >= writeLockByte);
      // A process outside of this container is shown as 0.
      if (found === inode && holds && Number(pid) > 0) return Number(pid);
    }
  } catch {
    // Not Linux, or no shared memory file yet.
  }
  return undefined;
};
