import type { DocumentStore, StoredDocument } from "#ports/document-store.ts";
import { copy, type MemoryStore } from "./memory-store.ts";

/** Where a document stands in a list: by key, or by index and then key. */
type Place = readonly string[];

const comparePlaces = (a: Place, b: Place): number => {
  for (const [index, text] of a.entries()) {
    const order = Buffer.compare(Buffer.from(text), Buffer.from(b[index] ?? ""));
    if (order !== 0) return order;
  }
  return 0;
};

const placeOf = (document: StoredDocument, by: "key" | "index"): Place =>
  by === "key" ? [document.key] : [document.index ?? "", document.key];

/** Documents of the memory platform. */
export const memoryDocuments = (store: MemoryStore): DocumentStore => {
  const collectionOf = (name: string): Map<string, StoredDocument> => {
    const known = store.documents.get(name) ?? new Map<string, StoredDocument>();
    store.documents.set(name, known);
    return known;
  };

  return {
    get: async (collection, key) => copy(collectionOf(collection).get(key)),
    put: async (document, { expected } = {}) => {
      const collection = collectionOf(document.collection);
      const found = collection.get(document.key);
      const version = found?.version ?? 0;
      if (expected !== undefined && expected !== version)
        return { kind: "conflict", found: copy(found) };
      const stored = copy({ ...document, version: version + 1 });
      collection.set(document.key, stored);
      return { kind: "stored", document: copy(stored) };
    },
    list: async (collection, { prefix = "", by = "key", order = "ascending", limit, after }) => {
      const direction = order === "ascending" ? 1 : -1;
      const begin: Place | undefined = after === undefined ? undefined : JSON.parse(after);
      const found = [...collectionOf(collection).values()]
        .filter((document) => document[by]?.startsWith(prefix) === true)
        .sort((a, b) => direction * comparePlaces(placeOf(a, by), placeOf(b, by)))
        .filter(
          (document) =>
            begin === undefined || direction * comparePlaces(placeOf(document, by), begin) > 0,
        );
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return {
        documents: copy(page),
        next:
          found.length > limit && last !== undefined
            ? JSON.stringify(placeOf(last, by))
            : undefined,
      };
    },
    remove: async (collection, key, { expected } = {}) => {
      const found = collectionOf(collection).get(key);
      if (found !== undefined && expected !== undefined && found.version !== expected) return false;
      collectionOf(collection).delete(key);
      return true;
    },
  };
};
