import type { DocumentStore } from "#ports/document-store.ts";
import { boundLimit } from "./sqlite.ts";

/** The first text behind all that begin with `prefix`, in the order of code points; none if there is no such text. */
const endOf = (prefix: string): string | undefined => {
  let length = prefix.length;
  while (length > 1 && prefix.codePointAt(length - 2) === 0x10ffff) length -= 2;
  if (length === 0) return undefined;
  const pair = prefix.codePointAt(length - 2) ?? 0;
  const begin = length - (pair > 0xffff ? 2 : 1);
  const point = prefix.codePointAt(begin) ?? 0;
  // Surrogates are no characters.
  const next = point === 0xd7ff ? 0xe000 : point + 1;
  return prefix.slice(0, begin) + String.fromCodePoint(next);
};

/** Columns of a document, in the order in which they are inserted. */
export const documentColumns = "collection, key, version, idx, value";

export type ListOptions = Parameters<DocumentStore["list"]>[1];

/** What the text of a query depends on. */
interface Shape {
  readonly by: "key" | "index";
  readonly order: "ascending" | "descending";
  readonly hasEnd: boolean;
  readonly placeCount: number;
}

const textOf = ({ by, order, hasEnd, placeCount }: Shape): string => {
  const column = by === "key" ? "key" : "idx";
  const place = by === "key" ? "(key)" : "(idx, key)";
  const [direction, behind] = order === "ascending" ? ["ASC", ">"] : ["DESC", "<"];
  const conditions = [
    `collection = ? AND ${column} >= ?`,
    ...(hasEnd ? [`${column} < ?`] : []),
    ...(placeCount > 0 ? [`${place} ${behind} (${Array(placeCount).fill("?").join(", ")})`] : []),
  ];
  return `SELECT ${documentColumns} FROM documents WHERE ${conditions.join(" AND ")}
          ORDER BY ${by === "key" ? "" : `idx ${direction}, `}key ${direction} ${boundLimit}`;
};

/**
 * The query of a list; a page is continued behind the place (key, or index and key) of its last document. Queries
 * of one `shape` have the same text.
 */
export const listQuery = (collection: string, options: ListOptions) => {
  const { prefix = "", by = "key", order = "ascending", limit, after } = options;
  const end = endOf(prefix);
  const begin: string[] = after === undefined ? [] : JSON.parse(after);
  const hasEnd = end !== undefined;
  return {
    shape: `${by} ${order} ${hasEnd} ${begin.length}`,
    text: () => textOf({ by, order, hasEnd, placeCount: begin.length }),
    parameters: [collection, prefix, ...(hasEnd ? [end] : []), ...begin, limit + 1],
  };
};
