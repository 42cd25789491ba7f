/**
 * A data set is read in pages: a stretch of its text gives some items and says where the next page
 * begins. A page depends on nothing but the text from there on and what the cursor remembers, so it
 * can be read again, and where the text was cut makes no difference.
 */
import { inOrder } from "../exact-json/in-order.ts";
import { tryParseJson } from "../expressions/try-parse-json.ts";
import type { Json } from "../json.ts";
import { isEmptyRow, rowAt } from "./csv.ts";
import { columnsOf, type DataFormat } from "./data-format.ts";
import { itemReaderFailure } from "./item-reader-failure.ts";
import { valueAtPointer } from "./json-pointer.ts";

/** What has to be remembered from page to page. */
export interface PageCursor {
  /** CSV: the columns that the first row named. */
  readonly columns?: readonly string[];
}

export interface Page {
  readonly items: readonly Json[];
  /** Characters of the text that are done with; the next page begins behind them. 0: give more text. */
  readonly consumed: number;
  readonly cursor: PageCursor;
}

interface PageText {
  readonly text: string;
  /** Whether the data set ends where the text ends. */
  readonly isLast: boolean;
  readonly cursor: PageCursor;
}

/** As recorded: an item lists its fields by their names, not by where they stand in the row. */
const itemOf = (columns: readonly string[], fields: readonly string[]): Json => {
  const members = columns.map((name, index) => [name, fields[index] ?? ""] as const);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return inOrder(Object.fromEntries(members), () => members.map(([name]) => name));
};

/** A mark that some programs write before the text; the first header does not begin with it. */
const byteOrderMark = "\ufeff";

const csvPage = (format: DataFormat & { readonly kind: "CSV" }, read: PageText): Page => {
  const { text, isLast } = read;
  const options = { delimiter: format.delimiter, isLast };
  const items: Json[] = [];
  let columns = format.columns ?? read.cursor.columns;
  let consumed = text.startsWith(byteOrderMark) ? 1 : 0;
  for (;;) {
    const row = rowAt(text, consumed, options);
    if (row === undefined) break;
    consumed = Math.min(row.next, text.length);
    if (isEmptyRow(row)) continue;
    if (columns === undefined) columns = columnsOf(row.fields);
    else items.push(itemOf(columns, row.fields));
  }
  return { items, consumed, cursor: columns === undefined ? {} : { columns } };
};

const parsed = (text: string): Json => {
  const value = tryParseJson(text);
  if (value !== undefined) return value;
  throw itemReaderFailure("The data set is no JSON where it should be.");
};

const jsonlPage = ({ text, isLast }: PageText): Page => {
  const consumed = isLast ? text.length : text.lastIndexOf("\n") + 1;
  const lines = text.slice(0, consumed).split("\n");
  const items = lines.flatMap((line) => (line.trim() === "" ? [] : [parsed(line)]));
  return { items, consumed, cursor: {} };
};

const itemsOfDocument = (text: string, pointer = ""): readonly Json[] => {
  const items = valueAtPointer(parsed(text), pointer);
  if (Array.isArray(items)) return items;
  throw itemReaderFailure("Attempting to map over non-iterable node.");
};

/** Reads the next page. Fails with `States.ItemReaderFailed` where the text is not of the format. */
export const readPage = (format: DataFormat, read: PageText): Page => {
  if (format.kind === "CSV") return csvPage(format, read);
  if (format.kind === "JSONL") return jsonlPage(read);
  if (!read.isLast) return { items: [], consumed: 0, cursor: {} };
  const items = itemsOfDocument(read.text, format.pointer);
  return { items, consumed: read.text.length, cursor: {} };
};
