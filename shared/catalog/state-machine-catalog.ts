import type { JsonObject } from "#core/json.ts";
import type { DocumentStore } from "#ports/document-store.ts";
import { type ActivityCatalog, activityCatalog } from "./activity-catalog.ts";
import { type Aliases, aliasStore } from "./aliases.ts";
import { type Tags, tagStore } from "./tags.ts";

/** What clients of Step Functions say of a state machine beside its definition: kept and shown, without effect. */
export interface StateMachineSettings {
  readonly roleArn?: string;
  readonly loggingConfiguration?: JsonObject;
  readonly tracingConfiguration?: JsonObject;
}

const settingsCollection = "stateMachineSettings";

/** What stands beside the processes for clients of Step Functions. All reject with `storage-*`. */
export interface StateMachineCatalog {
  readonly settings: {
    /** Empty where nobody said anything. */
    readonly get: (process: string) => Promise<StateMachineSettings>;
    readonly put: (process: string, settings: StateMachineSettings) => Promise<void>;
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
    put: async (process, said) => {
      const value = { ...said } as JsonObject;
      await documents.put({ collection: settingsCollection, key: process, value });
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
      await settings.put(process, {});
      await aliases.removeAll(process);
      await tags.change(`stateMachine:${process}`, () => ({}));
    },
  };
};
