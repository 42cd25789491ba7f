import type { DocumentStore } from "#ports/document-store.ts";

const collection = "activities";

/** An activity that somebody announced; workers may ask for others just as well. */
export interface KnownActivity {
  readonly name: string;
  readonly createdAtMs: number;
}

/** Activities that were announced. */
export interface ActivityCatalog {
  /** The one that is there, if it is. */
  readonly create: (
    name: string,
  ) => Promise<{ readonly activity: KnownActivity; readonly isNew: boolean }>;
  readonly get: (name: string) => Promise<KnownActivity | undefined>;
  readonly remove: (name: string) => Promise<void>;
  /** By name. */
  readonly list: (page: { readonly limit: number; readonly after?: string }) => Promise<{
    readonly activities: readonly KnownActivity[];
    readonly next: string | undefined;
  }>;
}

/** Announced activities in documents. */
export const activityCatalog = ({
  documents,
  nowMs,
}: {
  readonly documents: DocumentStore;
  readonly nowMs: () => number;
}): ActivityCatalog => ({
  create: async (name) => {
    const activity = { name, createdAtMs: nowMs() };
    const put = await documents.put({ collection, key: name, value: activity }, { expected: 0 });
    if (put.kind === "stored") return { activity, isNew: true };
    return { activity: put.found?.value as typeof activity, isNew: false };
  },
  get: async (name) => {
    const found = await documents.get(collection, name);
    return found && (found.value as unknown as KnownActivity);
  },
  remove: async (name) => {
    await documents.remove(collection, name);
  },
  list: async (page) => {
    const found = await documents.list(collection, page);
    const activities = found.documents.map(({ value }) => value as unknown as KnownActivity);
    return { activities, next: found.next };
  },
});
