import type { DocumentStore, StoredDocument } from "#ports/document-store.ts";
import { changeDocument } from "./changed-document.ts";

const collection = "processAliases";

/** A share of the starts, in percent, that a version gets. */
export interface Route {
  readonly version: number;
  readonly weight: number;
}

/** A name for one version of a process, or for two of which each gets its share. */
export interface Alias {
  readonly process: string;
  readonly name: string;
  readonly description?: string;
  /** One or two; the weights make 100. */
  readonly routes: readonly Route[];
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** Names are unique within a process. All reject with `storage-*`. */
export interface Aliases {
  readonly get: (process: string, name: string) => Promise<Alias | undefined>;
  /**
   * Stores what `next` makes of what is there. It is asked again where somebody else was faster, and may
   * throw; what it was given changes nothing.
   */
  readonly change: (
    process: string,
    name: string,
    next: (found: Alias | undefined) => Alias,
  ) => Promise<{ readonly before: Alias | undefined; readonly after: Alias }>;
  /** Answers what it was; undefined: there was none. `check` may throw, and is asked again as `next` is. */
  readonly remove: (
    process: string,
    name: string,
    check?: (found: Alias) => void,
  ) => Promise<Alias | undefined>;
  readonly removeAll: (process: string) => Promise<void>;
  /** Of a process, by name. */
  readonly list: (
    process: string,
    page: { readonly limit: number; readonly after?: string },
  ) => Promise<{ readonly aliases: readonly Alias[]; readonly next: string | undefined }>;
}

/** 1 to 80 characters, of which one is no digit: a number would be a version. */
export const aliasNamePattern = /^(?=.*[A-Za-z_.-])[A-Za-z0-9_.-]{1,80}$/;

/** What is wrong with the routes of an alias, whether or not their versions are there. */
export const routingProblem = (routes: readonly Route[]): string | undefined => {
  if (routes.reduce((sum, { weight }) => sum + weight, 0) !== 100)
    return "The weights of a routing must make 100";
  if (new Set(routes.map(({ version }) => version)).size < routes.length)
    return "The versions of a routing must differ";
  return undefined;
};

/** Names have no "#". */
const keyOf = (process: string, name: string): string => `${process}#${name}`;

/** Aliases in documents. */
export const aliasStore = ({ documents }: { readonly documents: DocumentStore }): Aliases => {
  const find = (process: string, name: string) => documents.get(collection, keyOf(process, name));
  const aliasOf = (found: StoredDocument | undefined) => found && (found.value as unknown as Alias);
  return {
    get: async (process, name) => aliasOf(await find(process, name)),
    change: (process, name, next) =>
      changeDocument<Alias>(documents, { collection, key: keyOf(process, name) }, next),
    remove: async (process, name, check) => {
      for (;;) {
        const found = await find(process, name);
        const alias = aliasOf(found);
        if (found === undefined || alias === undefined) return undefined;
        check?.(alias);
        const { version: expected } = found;
        if (await documents.remove(collection, keyOf(process, name), { expected })) return alias;
      }
    },
    removeAll: async (process) => {
      const page = { prefix: keyOf(process, ""), limit: 100 };
      for (let found = await documents.list(collection, page); found.documents.length > 0; ) {
        for (const { key } of found.documents) await documents.remove(collection, key);
        found = await documents.list(collection, page);
      }
    },
    list: async (process, page) => {
      const found = await documents.list(collection, { ...page, prefix: keyOf(process, "") });
      const aliases = found.documents.map(({ value }) => value as unknown as Alias);
      return { aliases, next: found.next };
    },
  };
};

/** The version that a start by an alias gets; `draw` is a random number from 0 to below 1. */
export const versionByWeight = (routes: readonly Route[], draw: number): number => {
  let left = draw * 100;
  for (const { version, weight } of routes) {
    left -= weight;
    if (left < 0) return version;
  }
  return routes.at(-1)?.version ?? 1;
};
