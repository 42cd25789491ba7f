/** Items that are read page by page by activities: what each is asked, and what its answer holds. */
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { itemDocumentBytesMax, itemPageBytes } from "../../limits.ts";
import { byteCountOf } from "../../map-run/batches.ts";
import { dataFormatOf } from "../../map-run/data-format.ts";
import { itemReaderFailure } from "../../map-run/item-reader-failure.ts";
import { listedItems } from "../../map-run/listing.ts";
import { readPage } from "../../map-run/page.ts";
import type { PlanReader } from "./plan.ts";

/** Where a page begins; plain data. */
export interface SourceCursor {
  /** Text: in bytes. */
  readonly offset: number;
  /** Text: bytes to ask for. */
  readonly length: number;
  /** CSV: the columns that the first row named. */
  readonly columns?: readonly string[];
  /** Listings: what asks for the next page. */
  readonly token?: string;
  /** Objects: the version that the first page was of. */
  readonly tag?: string;
}

/** The items of a page, and where the next one begins if there is one. */
export interface SourcePage {
  readonly items: readonly Json[];
  readonly next: SourceCursor | undefined;
}

const isListing = ({ resource }: PlanReader): boolean =>
  resource === "holdfast:file:list" || /:s3:listObjectsV2$/.test(resource);

const isFile = ({ resource }: PlanReader): boolean => resource === "holdfast:file:read";
const isObject = ({ resource }: PlanReader): boolean => /:s3:getObject$/.test(resource);

/** Whether the items are in one JSON document, which can only be read as a whole. */
const isDocument = (reader: PlanReader): boolean =>
  !isListing(reader) && dataFormatOf(reader.config).kind === "JSON";

/** Where the first page begins. Fails with `States.ItemReaderFailed` for a format that cannot be read. */
export const firstPage = (reader: PlanReader): SourceCursor => {
  if (reader.maxItems < 0) throw itemReaderFailure("field MaxItems must be positive");
  return { offset: 0, length: isDocument(reader) ? itemDocumentBytesMax : itemPageBytes };
};

/** Parameters of the activity that reads a page. */
export const readingOf = (reader: PlanReader, cursor: SourceCursor): JsonObject => {
  if (isListing(reader))
    return cursor.token === undefined
      ? reader.arguments
      : { ...reader.arguments, ContinuationToken: cursor.token };
  const { offset, length, tag } = cursor;
  if (isFile(reader)) return { ...reader.arguments, offset, length };
  if (!isObject(reader) || isDocument(reader)) return reader.arguments;
  const Range = `bytes=${offset}-${offset + length - 1}`;
  // Pages of two versions of an object would be a mixture that nobody wrote.
  return { ...reader.arguments, Range, ...(tag !== undefined && { IfMatch: tag }) };
};

const textIn = (answer: Json): string => {
  const text = isJsonObject(answer) ? (answer["text"] ?? answer["Body"]) : answer;
  if (typeof text === "string") return text;
  throw itemReaderFailure("The answer of the ItemReader's resource holds no text.");
};

/** Whether the text of an answer reaches the end; an object says which of how many bytes it gave. */
const reachesEnd = (reader: PlanReader, answer: Json): boolean => {
  if (!isJsonObject(answer)) return true;
  if (isFile(reader)) return answer["isEnd"] !== false;
  const [, last, size] = /-(\d+)\/(\d+)$/.exec(String(answer["ContentRange"])) ?? [];
  return last === undefined || Number(last) + 1 >= Number(size);
};

const tagOf = (reader: PlanReader, answer: Json): Pick<SourceCursor, "tag"> => {
  const tag = isObject(reader) && isJsonObject(answer) ? answer["ETag"] : undefined;
  return typeof tag === "string" ? { tag } : {};
};

const longer = (cursor: SourceCursor): SourceCursor => {
  if (cursor.length < itemDocumentBytesMax)
    return { ...cursor, length: Math.min(cursor.length * 4, itemDocumentBytesMax) };
  throw itemReaderFailure(
    `An item, or a JSON document, of the data set is larger than ${itemDocumentBytesMax} bytes.`,
  );
};

/** The items in the answer of an activity that has read from `cursor` on. */
export const pageIn = (reader: PlanReader, cursor: SourceCursor, answer: Json): SourcePage => {
  if (isListing(reader)) {
    const { items, next } = listedItems(answer);
    return { items, next: next === undefined ? undefined : { ...cursor, token: next } };
  }
  const text = textIn(answer);
  const isLast = reachesEnd(reader, answer);
  const page = readPage(dataFormatOf(reader.config), {
    text,
    isLast,
    cursor: cursor.columns === undefined ? {} : { columns: cursor.columns },
  });
  if (isLast) return { items: page.items, next: undefined };
  const tag = tagOf(reader, answer);
  if (page.consumed === 0) return { items: [], next: { ...longer(cursor), ...tag } };
  const offset = cursor.offset + byteCountOf(text.slice(0, page.consumed));
  return { items: page.items, next: { offset, length: itemPageBytes, ...tag, ...page.cursor } };
};
