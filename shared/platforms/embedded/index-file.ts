import { closeSync, openSync, readSync, statSync } from "node:fs";
import { assert } from "#core/errors.ts";

/**
 * Bytes at the beginning of the shared memory file of a database, `-shm`, that SQLite itself compares to know whether
 * anybody has committed (WalIndexHdr, sqlite.org/walformat.html, 2.1). They come twice: whoever commits writes the
 * second copy first.
 */
const headerBytes = 48;

/** The header, as numbers that can be compared. */
export type IndexHeader = Int32Array<ArrayBufferLike>;
export const headerLength = headerBytes / Int32Array.BYTES_PER_ELEMENT;

interface Opened {
  readonly descriptor: number;
  users: number;
}

/** What this process has open, by device and number of the file. */
const opened = new Map<string, Opened>();

/** The shared memory file of a database, open for reading. */
export interface IndexFile {
  readonly descriptor: number;
  /** To be called after the last connection is closed that the user has to the database. */
  readonly release: () => void;
}

/**
 * Opens the shared memory file of a database to which the caller has a connection. Whoever closes any descriptor of it
 * drops all the locks that this process has on it (POSIX), on which SQLite relies: so there is one for all users, and
 * each must hold it as long as a connection. Nothing, where the system does not let it be read.
 */
export const openIndexFile = (databasePath: string): IndexFile | undefined => {
  const path = `${databasePath}-shm`;
  try {
    const { dev, ino } = statSync(path);
    const key = `${dev}:${ino}`;
    const file = opened.get(key) ?? { descriptor: openSync(path, "r"), users: 0 };
    opened.set(key, file);
    file.users += 1;
    let isReleased = false;
    return {
      descriptor: file.descriptor,
      release: () => {
        if (isReleased) return;
        isReleased = true;
        file.users -= 1;
        if (file.users > 0) return;
        opened.delete(key);
        closeSync(file.descriptor);
      },
    };
  } catch {
    return undefined;
  }
};

/** Reads the header again and again, into the same place. */
export const headerReader = (descriptor: number): (() => IndexHeader) => {
  const header = new Int32Array(headerLength);
  const bytes = new Uint8Array(header.buffer);
  return () => {
    const length = readSync(descriptor, bytes, 0, headerBytes, 0);
    assert(length === headerBytes, "the shared memory file of a database in use has its header");
    return header;
  };
};
