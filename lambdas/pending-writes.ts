import type { Clock } from "#ports/clock.ts";
import type { Platform } from "#ports/platform.ts";

/** A platform that knows what it is writing: a function is frozen when it has answered, and must not be while it writes. */
export interface WatchedPlatform {
  readonly platform: Platform;
  /** Resolves when nothing is being written, or after `timeoutMs`. */
  readonly settled: (timeoutMs: number) => Promise<void>;
}

/** Watches the writes of a platform. */
export const watchWrites = (platform: Platform, clock: Clock): WatchedPlatform => {
  const pending = new Set<Promise<unknown>>();
  const watched =
    <A extends unknown[], T>(write: (...given: A) => Promise<T>) =>
    (...given: A): Promise<T> => {
      const writing = write(...given);
      const over: Promise<void> = writing.then(
        () => void pending.delete(over),
        () => void pending.delete(over),
      );
      pending.add(over);
      return writing;
    };
  return {
    platform: {
      ...platform,
      journal: { write: watched(platform.journal.write) },
      documents: {
        ...platform.documents,
        put: watched(platform.documents.put),
        remove: watched(platform.documents.remove),
      },
    },
    settled: async (timeoutMs) => {
      let cancel = () => {};
      const timeUp = new Promise<"timeUp">((resolve) => {
        cancel = clock.after(timeoutMs, () => resolve("timeUp"));
      });
      while (pending.size > 0)
        if ((await Promise.race([Promise.all(pending), timeUp])) === "timeUp") break;
      cancel();
    },
  };
};
