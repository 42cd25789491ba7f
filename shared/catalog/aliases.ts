import type { DocumentStore } from "#ports/document-store.ts";

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

/** Names are unique within a process. */
export interface Aliases {
  readonly get: (process: string, name: string) => Promise<Alias | undefined>;
  /** False: there is one of that name. */
  readonly create: (alias: Alias) => Promise<boolean>;
  /** False: there is none. */
  readonly update: (alias: Alias) => Promise<boolean>;
  /** False: there was none. */
  readonly remove: (process: string, name: string) => Promise<boolean>;
  readonly removeAll: (process: string) => Promise<void>;
  /** Of a process, by name. */
  readonly list: (
    process: string,
    page: { readonly limit: number; readonly after?: string },
  ) => Promise<{ readonly aliases: readonly Alias[]; readonly next: string | undefined }>;
}

/** Names have no "#". */
const keyOf = (process: string, name: string): string => `${process}#${name}`;

const storedAlias = (alias: Alias) => ({
  ...alias,
  routes: alias.routes.map((route) => ({ ...route })),
});

/** Aliases in documents. */
export const aliasStore = ({ documents }: { readonly documents: DocumentStore }): Aliases => {
  const find = (process: string, name: string) => documents.get(collection, keyOf(process, name));
  const put = async (alias: Alias, expected: number): Promise<boolean> => {
    const key = keyOf(alias.process, alias.name);
    const { kind } = await documents.put(
      { collection, key, value: storedAlias(alias) },
      { expected },
    );
    return kind === "stored";
  };
  return {
    get: async (process, name) => {
      const found = await find(process, name);
      return found && (found.value as unknown as Alias);
    },
    create: (alias) => put(alias, 0),
    update: async (alias) => {
      for (;;) {
        const found = await find(alias.process, alias.name);
        if (found === undefined) return false;
        if (await put(alias, found.version)) return true;
      }
    },
    remove: async (process, name) => {
      if ((await find(process, name)) === undefined) return false;
      await documents.remove(collection, keyOf(process, name));
      return true;
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
