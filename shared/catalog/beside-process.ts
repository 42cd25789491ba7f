/**
 * What stands beside a process and is not part of its versions: aliases, tags, settings.
 *
 * I42 What was said of a process is not said of the next one of its name. One that is deployed after a removal
 *     counts the versions on: so whatever tells of an older version than the first of the process that is there is
 *     not its own, and nobody is shown it, however late it was put. Forgetting it is only tidying up.
 */
import type { Json } from "#core/json.ts";
import type { DocumentStore, StoredDocument } from "#ports/document-store.ts";
import { type VersionRange, versionRange } from "./process-versions.ts";
import { processNotFound } from "./processes.ts";

/** How something is stored. */
interface Form<T> {
  readonly collection: string;
  /** `first`: the first version of the process that it is said of. */
  readonly stored: (value: T, first: number) => Json;
  readonly valueIn: (stored: Json) => T;
  /** The version that says of which process it is; undefined: an older release did not say. */
  readonly versionIn: (stored: Json) => number | undefined;
}

/** What was changed. */
export interface Changed<T> {
  readonly before: T | undefined;
  readonly after: T;
  /** Puts back what was there, unless somebody has changed it since. */
  readonly undo: () => Promise<void>;
}

/** Keeps something beside processes, in documents. */
export const besideProcesses = <T>(
  documents: DocumentStore,
  { collection, stored, valueIn, versionIn }: Form<T>,
) => {
  const own = (found: StoredDocument | undefined, first: number | undefined): T | undefined => {
    if (found === undefined || first === undefined) return undefined;
    return (versionIn(found.value) ?? first) < first ? undefined : valueIn(found.value);
  };

  return {
    own,

    get: async (process: string, key: string): Promise<T | undefined> => {
      const found = await documents.get(collection, key);
      return found && own(found, (await versionRange(documents, process))?.first);
    },

    /**
     * Puts what `next` makes of what is there; with others at the same time, one after the other: `next` is asked again
     * where somebody else was faster. It may throw, and then nothing is changed. Rejects with `process-not-found`.
     */
    change: async (
      process: string,
      key: string,
      next: (found: T | undefined, range: VersionRange) => T,
    ): Promise<Changed<T>> => {
      for (;;) {
        // In this order: what is put by whoever saw a later process is then in the way of this put.
        const found = await documents.get(collection, key);
        const range = await versionRange(documents, process);
        if (range === undefined) throw processNotFound(process);
        const before = own(found, range.first);
        const after = next(before, range);
        if (after === before) return { before, after, undo: async () => {} };
        const put = await documents.put(
          { collection, key, value: stored(after, range.first) },
          { expected: found?.version ?? 0 },
        );
        if (put.kind === "conflict") continue;
        const { version: expected } = put.document;
        const undo = async () => {
          if (found === undefined) await documents.remove(collection, key, { expected });
          else await documents.put({ collection, key, value: found.value }, { expected });
        };
        return { before, after, undo };
      }
    },

    /** Removes it where it is of a process whose versions end with `last`. */
    forget: async (found: StoredDocument | undefined, last: number): Promise<void> => {
      if (found === undefined || (versionIn(found.value) ?? last) > last) return;
      const { key, version: expected } = found;
      await documents.remove(collection, key, { expected });
    },
  };
};

interface Said {
  readonly since: number;
  readonly said: Json;
}

const isSaid = (stored: Json): boolean => {
  const { since, said } = stored as unknown as Partial<Said>;
  return typeof since === "number" && typeof said === "object";
};

/** The form of what does not tell of a version itself. */
export const saidOfProcess = <T>(collection: string): Form<T> => ({
  collection,
  stored: (value, first) => ({ since: first, said: value as Json }),
  valueIn: (stored) => (isSaid(stored) ? (stored as unknown as Said).said : stored) as T,
  versionIn: (stored) => (isSaid(stored) ? (stored as unknown as Said).since : undefined),
});
