import type { Json, JsonObject } from "#core/json.ts";
import { RecentMap } from "#core/recent-map.ts";
import type { DocumentStore } from "#ports/document-store.ts";
import { cachedVersionCountMax } from "./limits.ts";
import type { Processes, ProcessVersion, VersionRemoval } from "./processes.ts";

/** A version as it is stored: `digest` is of its content. */
export interface StoredVersion extends ProcessVersion {
  readonly digest: string;
}

const versionsCollection = "processVersions";
const newestCollection = "processes";

/** Names have no "#". */
const keyOf = (name: string, version: number): string =>
  `${name}#${String(version).padStart(10, "0")}`;

/** The document that names the newest version of a process. */
interface Newest {
  readonly newest: number;
  /** The first version, where a process of this name was removed before; absent: 1. */
  readonly first?: number;
  /** Versions that were deleted: nobody is shown them, their executions go on. */
  readonly deleted?: readonly number[];
  /** The process is there no more; its versions are, for its executions. */
  readonly isRemoved?: true;
}

const newestIn = (value: Json): Newest => value as unknown as Newest;

/** The numbers of the first and the newest version of a process that is there, and of those that are not. */
export type VersionRange = Required<Pick<Newest, "first" | "newest" | "deleted">>;

const findNewest = async (documents: DocumentStore, name: string): Promise<Newest | undefined> => {
  const found = await documents.get(newestCollection, name);
  return found && newestIn(found.value);
};

/** Which versions a process has; undefined: it is not there. */
export const versionRange = async (
  documents: DocumentStore,
  name: string,
): Promise<VersionRange | undefined> => {
  const found = await findNewest(documents, name);
  if (found === undefined || found.isRemoved === true) return undefined;
  const { first = 1, newest, deleted = [] } = found;
  return { first, newest, deleted };
};

/** Versions by key; those asked for longest ago go first. */
const versionCache = () => {
  const versions = new RecentMap<string, StoredVersion>(cachedVersionCountMax);
  return {
    set: (key: string, version: StoredVersion): void => versions.put(key, version),
    get: (key: string): StoredVersion | undefined => {
      const known = versions.get(key);
      if (known !== undefined) versions.put(key, known);
      return known;
    },
  };
};

/** A deployment after a removal makes another process, whose first version it is. */
const raised = (before: Newest | undefined, newest: number): JsonObject => {
  if (before?.isRemoved === true) return { newest, first: newest };
  return { ...(before as JsonObject | undefined), newest };
};

const raiseNewest = async (
  documents: DocumentStore,
  name: string,
  version: number,
): Promise<void> => {
  let found = await documents.get(newestCollection, name);
  while (found === undefined || newestIn(found.value).newest < version) {
    const value = raised(found && newestIn(found.value), version);
    const put = await documents.put(
      { collection: newestCollection, key: name, value },
      { expected: found?.version ?? 0 },
    );
    if (put.kind === "stored") return;
    found = put.found;
  }
};

/** Removes a process; false if there is none. */
const removeProcess = async (
  documents: DocumentStore,
  name: string,
  check: (newest: number) => void,
): Promise<boolean> => {
  for (;;) {
    const found = await documents.get(newestCollection, name);
    if (found === undefined || newestIn(found.value).isRemoved === true) return false;
    check(newestIn(found.value).newest);
    const value = { newest: newestIn(found.value).newest, isRemoved: true };
    const put = await documents.put(
      { collection: newestCollection, key: name, value },
      { expected: found.version },
    );
    if (put.kind === "stored") return true;
  }
};

const isDeletable = (known: Newest, version: number): VersionRemoval => {
  const { newest, first = 1, deleted = [], isRemoved } = known;
  if (isRemoved === true || version < first || version > newest || deleted.includes(version))
    return "none";
  return version === newest ? "newest" : "removed";
};

/** Says of a version that it is deleted, or that it is not. */
const setDeleted = async (
  documents: DocumentStore,
  name: string,
  { version, isDeleted }: { readonly version: number; readonly isDeleted: boolean },
): Promise<VersionRemoval> => {
  for (;;) {
    const found = await documents.get(newestCollection, name);
    if (found === undefined) return "none";
    const known = newestIn(found.value);
    const outcome = isDeletable(known, version);
    if (isDeleted && outcome !== "removed") return outcome;
    const others = (known.deleted ?? []).filter((each) => each !== version);
    const value: JsonObject = { ...known, deleted: isDeleted ? [...others, version] : others };
    const put = await documents.put(
      { collection: newestCollection, key: name, value },
      { expected: found.version },
    );
    if (put.kind === "stored") return "removed";
  }
};

/** Deletes a version; the newest is what the process is. */
const deleteVersion = async (
  documents: DocumentStore,
  { name, version }: { readonly name: string; readonly version: number },
  check: () => Promise<void>,
): Promise<VersionRemoval> => {
  await check();
  const outcome = await setDeleted(documents, name, { version, isDeleted: true });
  if (outcome !== "removed") return outcome;
  try {
    // What came to need it before it was deleted is seen now; whatever comes later sees that it is deleted.
    await check();
  } catch (error) {
    await setDeleted(documents, name, { version, isDeleted: false });
    throw error;
  }
  return outcome;
};

/** The newest version of the process that a version is of; if that was removed, the version itself. */
const standingFor = (known: Newest | undefined, version: number): number => {
  const { newest = version, first = 1, isRemoved } = known ?? {};
  return isRemoved === true || version < first ? version : newest;
};

type List = Processes["list"];

const listNewest = async (
  documents: DocumentStore,
  get: (name: string, version: number) => Promise<StoredVersion | undefined>,
  options: Parameters<List>[0],
): ReturnType<List> => {
  const page = await documents.list(newestCollection, options);
  const processes = await Promise.all(
    page.documents
      .map(({ key, value }) => ({ key, ...newestIn(value) }))
      .filter(({ isRemoved }) => isRemoved !== true)
      .map(({ key, newest }) => get(key, newest)),
  );
  return { processes: processes.filter((process) => process !== undefined), next: page.next };
};

/** Versions of processes in a document store, kept in memory once read: they never change. */
export const processVersions = (documents: DocumentStore) => {
  const cache = versionCache();

  const get = async (name: string, version: number): Promise<StoredVersion | undefined> => {
    const key = keyOf(name, version);
    const known = cache.get(key);
    if (known !== undefined) return known;
    const found = await documents.get(versionsCollection, key);
    if (found === undefined) return undefined;
    // Only `put` writes this collection.
    const stored = found.value as unknown as StoredVersion;
    cache.set(key, stored);
    return stored;
  };

  const find = (name: string) => findNewest(documents, name);

  return {
    get,
    range: (name: string) => versionRange(documents, name),
    /** The last version of a process that was removed; undefined: it is there, or never was. */
    removed: async (name: string): Promise<number | undefined> => {
      const found = await find(name);
      return found?.isRemoved === true ? found.newest : undefined;
    },
    standingFor: async (name: string, version: number): Promise<StoredVersion | undefined> =>
      get(name, standingFor(await find(name), version)),
    /** A version that is in memory. */
    peek: (name: string, version: number): StoredVersion | undefined =>
      cache.get(keyOf(name, version)),

    /** The last version that exists, acknowledged or not (I41), and whether its process is removed. */
    last: async (
      name: string,
    ): Promise<{ readonly version: StoredVersion | undefined; readonly isRemoved: boolean }> => {
      const found = await find(name);
      let number = found?.newest ?? 0;
      let version = number === 0 ? undefined : await get(name, number);
      for (;;) {
        number += 1;
        const next = await get(name, number);
        if (next === undefined) return { version, isRemoved: found?.isRemoved === true };
        version = next;
      }
    },

    /** Puts a version; false if there is one of that number (I40). */
    put: async (version: StoredVersion): Promise<boolean> => {
      const key = keyOf(version.name, version.version);
      const put = await documents.put(
        { collection: versionsCollection, key, value: version as unknown as Json },
        { expected: 0 },
      );
      return put.kind === "stored";
    },

    /** Makes the newest number at least `version`; resolves when that is durable. */
    raiseNewest: (name: string, version: number) => raiseNewest(documents, name, version),

    remove: (name: string, check: (newest: number) => void = () => {}) =>
      removeProcess(documents, name, check),
    removeVersion: (name: string, version: number, check: () => Promise<void> = async () => {}) =>
      deleteVersion(documents, { name, version }, check),

    list: (options: Parameters<List>[0]) => listNewest(documents, get, options),
  };
};

export type ProcessVersions = ReturnType<typeof processVersions>;
