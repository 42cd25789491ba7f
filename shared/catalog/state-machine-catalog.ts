import type { DocumentStore } from "#ports/document-store.ts";
import { type ActivityCatalog, activityCatalog } from "./activity-catalog.ts";
import { type Aliases, aliasStore } from "./aliases.ts";
import { changeDocument } from "./changed-document.ts";
import type { StateMachineSettings } from "./state-machine-settings.ts";
import { type Tags, tagStore } from "./tags.ts";

const settingsCollection = "stateMachineSettings";

/** What stands beside the processes for clients of Step Functions. All reject with `storage-*`. */
export interface StateMachineCatalog {
  readonly settings: {
    /** Empty where nobody said anything. */
    readonly get: (process: string) => Promise<StateMachineSettings>;
    /** Puts what `next` makes of those that are there. It may throw, and is asked again as `changeDocument` says. */
    readonly change: (
      process: string,
      next: (found: StateMachineSettings) => StateMachineSettings,
    ) => Promise<{ readonly before: StateMachineSettings; readonly after: StateMachineSettings }>;
  };
  readonly aliases: Aliases;
  readonly activities: ActivityCatalog;
  readonly tags: Tags;
  /** Forgets settings, aliases and tags of a process that is removed: nothing of them is the next one's of its name. */
  readonly forget: (process: string) => Promise<void>;
}

/** The same in documents. */
export const stateMachineCatalog = (options: {
  readonly documents: DocumentStore;
  readonly nowMs: () => number;
}): StateMachineCatalog => {
  const { documents } = options;
  const settings: StateMachineCatalog["settings"] = {
    get: async (process) => {
      const found = await documents.get(settingsCollection, process);
      return (found?.value ?? {}) as StateMachineSettings;
    },
    change: async (process, next) => {
      const place = { collection: settingsCollection, key: process };
      const { before = {}, after } = await changeDocument<StateMachineSettings>(
        documents,
        place,
        (found = {}) => next(found),
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
    forget: async (process) => {
      await settings.change(process, () => ({}));
      await aliases.removeAll(process);
      await tags.change(`stateMachine:${process}`, () => ({}));
    },
  };
};
