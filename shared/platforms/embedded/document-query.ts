import type { DocumentStore } from "#ports/document-store.ts";

/** The first text behind all that begin with `prefix`, in the order of code points; none if there is no such text. */
const endOf = (prefix: string): string | undefined => {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === 0x10ffff) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  // Surrogates are no characters.
  const next = last === 0xd7ff ? 0xe000 : last + 1;
  return String.fromCodePoint(...points, next);
};

/** Columns of a document, in the order in which they are inserted. */
export const documentColumns = "collection, key, version, idx, value";

export type ListOptions = Parameters<DocumentStore["list"]>[1];

/** The query of a list; a page is continued behind the place (key, or index and key) of its last document. */
export const listQuery = (collection: string, options: ListOptions) => {
  const { prefix = "", by = "key", order = "ascending", limit, after } = options;
  const column = by === "key" ? "key" : "idx";
  const place = by === "key" ? "(key)" : "(idx, key)";
  const direction = order === "ascending" ? "ASC" : "DESC";
  const end = endOf(prefix);
  const begin: string[] = after === undefined ? [] : JSON.parse(after);
  const conditions = [
    `collection = ? AND ${column} >= ?`,
    ...(end === undefined ? [] : [`${column} < ?`]),
    ...(after === undefined
      ? []
      : [`${place} ${order === "ascending" ? ">" : "<"} (${begin.map(() => "?").join(", ")})`]),
  ];
  return {
    text: `SELECT ${documentColumns} FROM documents WHERE ${conditions.join(" AND ")}
           ORDER BY ${by === "key" ? "" : `idx ${direction}, `}key ${direction} LIMIT ?`,
    parameters: [collection, prefix, ...(end === undefined ? [] : [end]), ...begin, limit + 1],
  };
};
