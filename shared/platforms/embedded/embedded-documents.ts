import type { DatabaseSync, StatementSync } from "node:sqlite";
import { parseStored, printStored } from "#core/json.ts";
import type { DocumentStore, StoredDocument } from "#ports/document-store.ts";
import { documentColumns, type ListOptions, listQuery } from "./document-query.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { IndexFile } from "./index-file.ts";
import { knownRows } from "./known-rows.ts";
import { reading } from "./storage-error.ts";

interface DocumentRow {
  readonly collection: string;
  readonly key: string;
  readonly version: number;
  readonly idx: string | null;
  readonly value: string;
}

const documentOf = (row: DocumentRow): StoredDocument => ({
  collection: row.collection,
  key: row.key,
  version: row.version,
  ...(row.idx === null ? {} : { index: row.idx }),
  value: parseStored(row.value),
});

/** Documents that are remembered, or twice as many, about 2 MB at most, and how long a value may be for that, characters. */
const knownMax = { count: 250, length: 4_096, emptyLists: 1_000 };

type DocumentPage = Awaited<ReturnType<DocumentStore["list"]>>;

/** Lists of documents; there are few shapes of them, whose statements are kept. */
const documentLists = (database: DatabaseSync) => {
  const lists = new Map<string, StatementSync>();
  const statementOf = (shape: string, text: () => string): StatementSync => {
    const known = lists.get(shape);
    if (known !== undefined) return known;
    const statement = database.prepare(text());
    lists.set(shape, statement);
    return statement;
  };
  return (collection: string, options: ListOptions): DocumentPage => {
    const { shape, text, parameters } = listQuery(collection, options);
    const rows = statementOf(shape, text).all(...parameters) as unknown as DocumentRow[];
    const page = rows.slice(0, options.limit);
    const last = page.at(-1);
    const place = options.by === "index" ? [last?.idx, last?.key] : [last?.key];
    return {
      documents: page.map(documentOf),
      next: rows.length > options.limit && last !== undefined ? JSON.stringify(place) : undefined,
    };
  };
};

/** Documents of the embedded platform; they share the group commits of the journal. */
export const embeddedDocuments = (
  database: DatabaseSync,
  commits: GroupCommit,
  index?: IndexFile,
): DocumentStore => {
  const one = database.prepare(
    `SELECT ${documentColumns} FROM documents WHERE collection = ? AND key = ?`,
  );
  const upsert = database.prepare(
    `INSERT INTO documents (${documentColumns}) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET version = excluded.version, idx = excluded.idx, value = excluded.value`,
  );
  const remove = database.prepare("DELETE FROM documents WHERE collection = ? AND key = ?");

  const rowOf = (collection: string, key: string) =>
    one.get(collection, key) as DocumentRow | undefined;
  const find = (collection: string, key: string): StoredDocument | undefined => {
    const row = rowOf(collection, key);
    return row && documentOf(row);
  };
  const known = knownRows<string, DocumentRow>(database, {
    countMax: knownMax.count,
    index,
    isKept: ({ value }) => value.length <= knownMax.length,
  });
  const lists = documentLists(database);
  /** Lists that are empty: that is what most are of which there is one for each execution. */
  const empty = knownRows<string, DocumentPage>(database, {
    countMax: knownMax.emptyLists,
    index,
    isKept: ({ documents }) => documents.length === 0,
  });
  /** A change of documents, which ends what was read before it. */
  const change = async <T>(work: () => T): Promise<T> => {
    try {
      return await commits.run(work);
    } finally {
      known.forget();
      empty.forget();
    }
  };

  return {
    get: reading((collection: string, key: string) => {
      // No name of a collection has a line in it.
      const row = known.get(`${collection}\n${key}`, () => rowOf(collection, key));
      return row && documentOf(row);
    }),
    put: async ({ collection, key, index, value }, { expected } = {}) => {
      const text = printStored(value);
      return change(() => {
        const found = find(collection, key);
        const version = found?.version ?? 0;
        if (expected !== undefined && expected !== version) return { kind: "conflict", found };
        upsert.run(collection, key, version + 1, index ?? null, text);
        const document = documentOf({
          collection,
          key,
          version: version + 1,
          idx: index ?? null,
          value: text,
        });
        return { kind: "stored", document };
      });
    },
    list: reading((collection: string, options: ListOptions) =>
      empty.get(`${collection}\n${JSON.stringify(options)}`, () => lists(collection, options)),
    ),
    remove: async (collection, key, { expected } = {}) =>
      change(() => {
        const found = expected === undefined ? undefined : find(collection, key);
        if (found !== undefined && found.version !== expected) return false;
        remove.run(collection, key);
        return true;
      }),
  };
};
