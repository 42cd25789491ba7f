import type { DatabaseSync } from "node:sqlite";
import { RecentMap } from "#core/recent-map.ts";

/**
 * Remembers what was read for as long as nobody has committed since: that SQLite tells of other connections
 * (`PRAGMA data_version`, a third of what reading a row costs), and whoever writes on this one must say.
 */
export const knownRows = <K, T>(
  database: DatabaseSync,
  { countMax, isKept = () => true }: { countMax: number; isKept?: (row: T) => boolean },
) => {
  const version = database.prepare("PRAGMA data_version");
  const rows = new RecentMap<K, T>(countMax);
  let versionOfRows: unknown;

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
    get: (key: K, read: () => T | undefined): T | undefined => {
      const found = version.get()?.["data_version"];
      if (found !== versionOfRows) rows.clear();
      versionOfRows = found;
      const known = rows.get(key);
      if (known !== undefined) return known;
      const row = read();
      if (row !== undefined && isKept(row)) rows.put(key, row);
      return row;
    },
  };
};

export type KnownRows<K, T> = ReturnType<typeof knownRows<K, T>>;
