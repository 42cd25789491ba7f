import type { Json } from "#core/json.ts";
import type { DocumentStore } from "#ports/document-store.ts";
import { besideProcesses } from "./beside-process.ts";
import { type VersionRange, versionRange } from "./process-versions.ts";
import { processNotFound } from "./processes.ts";

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
   * throw; what it was given changes nothing. Rejects with `process-not-found` where the process, or a version
   * that it is to lead to, is not there or is removed meanwhile: then it is as it was.
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
  /** Removes those of a process whose versions end with `last`. */
  readonly forget: (process: string, last: number) => Promise<void>;
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

const form = {
  collection,
  stored: (alias: Alias): Json => ({
    ...alias,
    routes: alias.routes.map((route) => ({ ...route })),
  }),
  valueIn: (stored: Json) => stored as unknown as Alias,
  versionIn: (stored: Json) =>
    Math.min(...(stored as unknown as Alias).routes.map(({ version }) => version)),
};

/** Throws where a version is not there that an alias leads to. */
const mustLead = ({ process, routes }: Alias, range: VersionRange | undefined): void => {
  if (range === undefined) throw processNotFound(process);
  const { first, newest, deleted } = range;
  const gone = routes.find(
    ({ version }) => version < first || version > newest || deleted.includes(version),
  );
  if (gone !== undefined) throw processNotFound(process, gone.version);
};

const pages = async function* (documents: DocumentStore, process: string) {
  let after: string | undefined;
  do {
    const page = { prefix: keyOf(process, ""), limit: 100, ...(after !== undefined && { after }) };
    const found = await documents.list(collection, page);
    yield* found.documents;
    after = found.next;
  } while (after !== undefined);
};

/** Aliases in documents. */
export const aliasStore = ({ documents }: { readonly documents: DocumentStore }): Aliases => {
  const kept = besideProcesses<Alias>(documents, form);
  return {
    get: (process, name) => kept.get(process, keyOf(process, name)),
    change: async (process, name, next) => {
      const key = keyOf(process, name);
      const { before, after, undo } = await kept.change(process, key, (found, range) => {
        const wanted = next(found);
        mustLead(wanted, range);
        return wanted;
      });
      try {
        // A version that was removed before it was put is seen now; who removes one later sees the alias.
        mustLead(after, await versionRange(documents, process));
      } catch (error) {
        await undo();
        throw error;
      }
      return { before, after };
    },
    remove: async (process, name, check) => {
      for (;;) {
        const found = await documents.get(collection, keyOf(process, name));
        const range = await versionRange(documents, process);
        const alias = kept.own(found, range?.first);
        if (found === undefined || alias === undefined) return undefined;
        check?.(alias);
        const { key, version: expected } = found;
        if (await documents.remove(collection, key, { expected })) return alias;
      }
    },
    forget: async (process, last) => {
      for await (const found of pages(documents, process)) await kept.forget(found, last);
    },
    list: async (process, page) => {
      const found = await documents.list(collection, { ...page, prefix: keyOf(process, "") });
      const range = await versionRange(documents, process);
      const aliases = found.documents.map((each) => kept.own(each, range?.first));
      return { aliases: aliases.filter((each) => each !== undefined), next: found.next };
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
