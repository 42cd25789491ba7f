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
  /** JSON: the items of the document that earlier pages gave. */
  readonly index?: number;
}

export interface Page {
  readonly items: readonly Json[];
  /**
   * Characters of the text that are done with. The next page begins behind them. 0 and no items: the
   * text is too short, give more of it.
   */
  readonly consumed: number;
  readonly cursor: PageCursor;
  /** Whether the data set ends with this page. */
  readonly isEnd: boolean;
}

interface PageText {
  readonly text: string;
  /** Whether the data set ends where the text ends. */
  readonly isLast: boolean;
  readonly cursor: PageCursor;
  /** Most items of one page. */
  readonly countMax: number;
}

const itemOf = (columns: readonly string[], fields: readonly string[]): Json =>
  inOrder(
    Object.fromEntries(columns.map((name, index) => [name, fields[index] ?? ""])),
    () => columns,
  );

/** A mark that some programs write before the text; the first header does not begin with it. */
const byteOrderMark = "\ufeff";

const csvPage = (format: DataFormat & { readonly kind: "CSV" }, read: PageText): Page => {
  const { text, isLast, countMax } = read;
  const options = { delimiter: format.delimiter, isLast };
  const items: Json[] = [];
  let columns = format.columns ?? read.cursor.columns;
  let consumed = text.startsWith(byteOrderMark) ? 1 : 0;
  while (items.length < countMax) {
    const row = rowAt(text, consumed, options);
    if (row === undefined) break;
    consumed = Math.min(row.next, text.length);
    if (isEmptyRow(row)) continue;
    if (columns === undefined) columns = columnsOf(row.fields);
    else items.push(itemOf(columns, row.fields));
  }
  const cursor = columns === undefined ? {} : { columns };
  return { items, consumed, cursor, isEnd: isLast && consumed >= text.length };
};

const parsed = (text: string): Json => {
  const value = tryParseJson(text);
  if (value !== undefined) return value;
  throw itemReaderFailure("The data set is no JSON where it should be.");
};

const jsonlPage = ({ text, isLast, countMax }: PageText): Page => {
  const items: Json[] = [];
  let consumed = 0;
  while (items.length < countMax && consumed < text.length) {
    const lineEnd = text.indexOf("\n", consumed);
    if (lineEnd < 0 && !isLast) break;
    const end = lineEnd < 0 ? text.length : lineEnd;
    const line = text.slice(consumed, end).trim();
    consumed = Math.min(end + 1, text.length);
    if (line !== "") items.push(parsed(line));
  }
  return { items, consumed, cursor: {}, isEnd: isLast && consumed >= text.length };
};

/** The items of a JSON document. */
export const itemsOfDocument = (text: string, pointer = ""): readonly Json[] => {
  const items = valueAtPointer(parsed(text), pointer);
  if (Array.isArray(items)) return items;
  throw itemReaderFailure("Attempting to map over non-iterable node.");
};

const jsonPage = (format: DataFormat & { readonly kind: "JSON" }, read: PageText): Page => {
  const { text, isLast, countMax } = read;
  const from = read.cursor.index ?? 0;
  if (!isLast) return { items: [], consumed: 0, cursor: read.cursor, isEnd: false };
  const all = itemsOfDocument(text, format.pointer);
  const next = Math.min(from + countMax, all.length);
  // Nothing of the text is done with before everything is.
  const isEnd = next === all.length;
  return {
    items: all.slice(from, next),
    consumed: isEnd ? text.length : 0,
    cursor: { index: next },
    isEnd,
  };
};

/** Reads the next page. Fails with `States.ItemReaderFailed` where the text is not of the format. */
export const readPage = (format: DataFormat, read: PageText): Page => {
  if (format.kind === "CSV") return csvPage(format, read);
  return format.kind === "JSONL" ? jsonlPage(read) : jsonPage(format, read);
};
