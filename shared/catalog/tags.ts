import type { DocumentStore } from "#ports/document-store.ts";
import { besideProcesses, saidOfProcess } from "./beside-process.ts";

const collection = "tags";

/** Tags that a thing may have, and characters of a key and a value; what AWS allows. */
export const tagLimits = { countMax: 50, keySizeMax: 128, valueSizeMax: 256 } as const;

/** Tags of a thing, by their keys. */
export type TagSet = Readonly<Record<string, string>>;

/** Puts what `change` makes of the tags that are there. It may throw, and is asked again where somebody else was faster. */
type ChangeTags = (
  name: string,
  change: (tags: TagSet) => TagSet,
) => Promise<{ readonly before: TagSet; readonly after: TagSet }>;

/** Tags of things of one kind, by their names. */
export interface TagsOf {
  readonly get: (name: string) => Promise<TagSet>;
  readonly change: ChangeTags;
}

/** Tags of processes and activities. */
export interface Tags {
  /** As the end of an ARN names them. A change rejects with `process-not-found`. */
  readonly stateMachine: TagsOf;
  readonly activity: TagsOf;
  /** Removes those of a process whose versions end with `last`. */
  readonly forget: (process: string, last: number) => Promise<void>;
}

const tagsOfProcesses = (documents: DocumentStore) => {
  const kept = besideProcesses<TagSet>(documents, saidOfProcess(collection));
  const keyOf = (process: string): string => `stateMachine:${process}`;
  return {
    get: async (process: string) => (await kept.get(process, keyOf(process))) ?? {},
    change: async (process: string, change: (tags: TagSet) => TagSet) => {
      const { before = {}, after } = await kept.change(process, keyOf(process), (found = {}) =>
        change(found),
      );
      return { before, after };
    },
    forget: async (process: string, last: number) =>
      kept.forget(await documents.get(collection, keyOf(process)), last),
  };
};

const tagsOfActivities = (documents: DocumentStore): TagsOf => {
  const keyOf = (activity: string): string => `activity:${activity}`;
  return {
    get: async (activity) =>
      ((await documents.get(collection, keyOf(activity)))?.value ?? {}) as TagSet,
    change: async (activity, change) => {
      for (;;) {
        const found = await documents.get(collection, keyOf(activity));
        const before = (found?.value ?? {}) as TagSet;
        const value = change(before);
        const put = await documents.put(
          { collection, key: keyOf(activity), value },
          { expected: found?.version ?? 0 },
        );
        if (put.kind === "stored") return { before, after: value };
      }
    },
  };
};

/** Tags in documents. */
export const tagStore = (documents: DocumentStore): Tags => {
  const { forget, ...stateMachine } = tagsOfProcesses(documents);
  return { stateMachine, activity: tagsOfActivities(documents), forget };
};
