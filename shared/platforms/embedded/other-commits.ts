import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "#ports/clock.ts";

/** How often a shared database is looked at for commits of others, ms: while there are some, and when there was none for a while. */
const pollMs = 5;
const quietPollMs = 25;
/** Looks in vain after which it is quiet. */
const quietAfter = 200;

/**
 * Notices commits of other processes, by the version that SQLite counts for them (`PRAGMA data_version`).
 * Listeners are called some milliseconds after a commit, and only while the database is shared.
 */
export const otherCommits = (database: DatabaseSync, clock: Clock) => {
  const version = database.prepare("PRAGMA data_version");
  const listeners = new Set<() => void>();
  let known: unknown;
  let cancel: (() => void) | undefined;
  let inVain = 0;

  const hasChanged = (): boolean => {
    try {
      const found = version.get()?.["data_version"];
      if (found === known) return false;
      known = found;
      return true;
    } catch {
      // The next look tells; who waits also looks by himself.
      return false;
    }
  };
  const poll = (): void => {
    const isChanged = hasChanged();
    inVain = isChanged ? 0 : inVain + 1;
    cancel = clock.after(inVain > quietAfter ? quietPollMs : pollMs, poll);
    if (isChanged) for (const listener of [...listeners]) listener();
  };

  return {
    listen: (listener: () => void): (() => void) => {
      // Wrapped, so that a function that listens twice can stop listening once.
      const entry = (): void => listener();
      listeners.add(entry);
      return () => listeners.delete(entry);
    },
    share: (isShared: boolean): void => {
      if (isShared === (cancel !== undefined)) return;
      cancel?.();
      cancel = undefined;
      if (!isShared) return;
      hasChanged();
      poll();
    },
  };
};
