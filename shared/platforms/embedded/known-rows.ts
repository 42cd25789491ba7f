import type { DatabaseSync } from "node:sqlite";
import { RecentMap } from "#core/recent-map.ts";
import { headerLength, headerReader, type IndexFile, type IndexHeader } from "./index-file.ts";

const isSame = (a: IndexHeader, b: IndexHeader): boolean => {
  for (let part = 0; part < headerLength; part += 1) if (a[part] !== b[part]) return false;
  return true;
};

/** Whether anybody at all has committed since this was asked last; that they have, if it cannot be seen. */
const commitSigns = (index: IndexFile | undefined) => {
  const read = index && headerReader(index.descriptor);
  const seen = new Int32Array(headerLength);
  return (): boolean => {
    try {
      const header = read?.();
      if (header !== undefined && isSame(seen, header)) return false;
      if (header !== undefined) seen.set(header);
      return true;
    } catch {
      // Whoever reads the database says what is wrong.
      return true;
    }
  };
};

/**
 * Remembers what was read for as long as nobody has committed since, but for this connection: whoever writes on it must
 * say. That nobody at all has is seen in the index of the log (a tenth of what reading a row costs), else SQLite tells
 * whether others have (`PRAGMA data_version`, a third): it is asked after the index was read, so what others commit
 * in between shows at the next look.
 */
export const knownRows = <K, T>(
  database: DatabaseSync,
  {
    countMax,
    index,
    isKept = () => true,
  }: {
    readonly countMax: number;
    readonly index: IndexFile | undefined;
    readonly isKept?: (row: T) => boolean;
  },
) => {
  const version = database.prepare("PRAGMA data_version");
  const hasAnybodyCommitted = commitSigns(index);
  const rows = new RecentMap<K, T>(countMax);
  let versionOfRows: unknown;

  const forgetIfOthersCommitted = (): void => {
    if (!hasAnybodyCommitted()) return;
    const found = version.get()?.["data_version"];
    if (found !== versionOfRows) rows.clear();
    versionOfRows = found;
  };

  return {
    /**
     * What stands there as soon as the transaction is committed that writes it, by what is remembered, if others have
     * not committed; `undefined`: it must be read.
     */
    change: (key: K, change: (known: T | undefined) => T | undefined): void => {
      const row = change(rows.get(key));
      if (row === undefined) rows.delete(key);
      else rows.put(key, row);
    },
    /** All of it: something was written that was not said here, or was not committed. */
    forget: (): void => rows.clear(),
    get: <R extends T | undefined>(key: K, read: () => R): T | R => {
      forgetIfOthersCommitted();
      const known = rows.get(key);
      if (known !== undefined) return known;
      const row = read();
      if (row !== undefined && isKept(row)) rows.put(key, row);
      return row;
    },
  };
};

export type KnownRows<K, T> = ReturnType<typeof knownRows<K, T>>;
