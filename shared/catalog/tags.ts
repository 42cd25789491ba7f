import type { DocumentStore } from "#ports/document-store.ts";
import { changeDocument } from "./changed-document.ts";

const collection = "tags";

/** Tags that a thing may have, and characters of a key and a value; what AWS allows. */
export const tagLimits = { countMax: 50, keySizeMax: 128, valueSizeMax: 256 } as const;

/** Tags of a thing, by their keys. */
export type TagSet = Readonly<Record<string, string>>;

/** Tags of state machines and activities. */
export interface Tags {
  /** `thing` is the end of its ARN: `stateMachine:NAME`, `activity:NAME`. */
  readonly get: (thing: string) => Promise<TagSet>;
  /** Puts what `change` makes of the tags that are there. It may throw, and is asked again as `changeDocument` says. */
  readonly change: (
    thing: string,
    change: (tags: TagSet) => TagSet,
  ) => Promise<{ readonly before: TagSet; readonly after: TagSet }>;
}

/** Tags in documents. */
export const tagStore = (documents: DocumentStore): Tags => ({
  get: async (thing) => ((await documents.get(collection, thing))?.value ?? {}) as TagSet,
  change: async (thing, change) => {
    const place = { collection, key: thing };
    const { before = {}, after } = await changeDocument<TagSet>(documents, place, (found = {}) =>
      change(found),
    );
    return { before, after };
  },
});
