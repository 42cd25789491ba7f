import type { DocumentStore } from "#ports/document-store.ts";

const collection = "tags";

/** Tags of a thing, by their keys. */
export type TagSet = Readonly<Record<string, string>>;

/** Tags of state machines and activities. */
export interface Tags {
  /** `thing` is the end of its ARN: `stateMachine:NAME`, `activity:NAME`. */
  readonly get: (thing: string) => Promise<TagSet>;
  /** Puts what `change` makes of the tags that are there; with others at the same time, one after the other. */
  readonly change: (
    thing: string,
    change: (tags: TagSet) => TagSet,
  ) => Promise<{ readonly before: TagSet; readonly after: TagSet }>;
}

/** Tags in documents. */
export const tagStore = (documents: DocumentStore): Tags => ({
  get: async (thing) => ((await documents.get(collection, thing))?.value ?? {}) as TagSet,
  change: async (thing, change) => {
    for (;;) {
      const found = await documents.get(collection, thing);
      const before = (found?.value ?? {}) as TagSet;
      const value = change(before);
      const put = await documents.put(
        { collection, key: thing, value },
        { expected: found?.version ?? 0 },
      );
      if (put.kind === "stored") return { before, after: value };
    }
  },
});
