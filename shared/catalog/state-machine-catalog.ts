import type { DocumentStore } from "#ports/document-store.ts";
import { type ActivityCatalog, activityCatalog } from "./activity-catalog.ts";
import { type Aliases, aliasStore } from "./aliases.ts";
import { besideProcesses, saidOfProcess } from "./beside-process.ts";
import type { StateMachineSettings } from "./state-machine-settings.ts";
import { type Tags, tagStore } from "./tags.ts";

const settingsCollection = "stateMachineSettings";

/** What stands beside the processes for clients of Step Functions. All reject with `storage-*`. */
export interface StateMachineCatalog {
  readonly settings: {
    /** Empty where nobody said anything. */
    readonly get: (process: string) => Promise<StateMachineSettings>;
    /** Puts what `next` makes of those that are there. It may throw. Rejects with `process-not-found`. */
    readonly change: (
      process: string,
      next: (found: StateMachineSettings) => StateMachineSettings,
    ) => Promise<{ readonly before: StateMachineSettings; readonly after: StateMachineSettings }>;
  };
  readonly aliases: Aliases;
  readonly activities: ActivityCatalog;
  readonly tags: Tags;
  /** Forgets settings, aliases and tags of a process that was removed, and whose versions end with `last`. */
  readonly forget: (process: string, last: number) => Promise<void>;
}

/** The same in documents. */
export const stateMachineCatalog = (options: {
  readonly documents: DocumentStore;
  readonly nowMs: () => number;
}): StateMachineCatalog => {
  const { documents } = options;
  const kept = besideProcesses<StateMachineSettings>(documents, saidOfProcess(settingsCollection));
  const settings: StateMachineCatalog["settings"] = {
    get: async (process) => (await kept.get(process, process)) ?? {},
    change: async (process, next) => {
      const { before = {}, after } = await kept.change(process, process, (found = {}) =>
        next(found),
      );
      return { before, after };
    },
  };
  const aliases = aliasStore(options);
  const tags = tagStore(documents);
  return {
    settings,
    aliases,
    activities: activityCatalog(options),
    tags,
    forget: async (process, last) => {
      await kept.forget(await documents.get(settingsCollection, process), last);
      await aliases.forget(process, last);
      await tags.forget(process, last);
    },
  };
};
