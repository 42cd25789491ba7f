/**
 * How the text of a data set is to be read, from the fields of `ReaderConfig`
 * (https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html).
 */
import { isJsonObject, type Json } from "../json.ts";
import { itemReaderFailure } from "./item-reader-failure.ts";

export type DataFormat =
  /** One document: an array, or one with an array at `pointer` (RFC 6901). */
  | { readonly kind: "JSON"; readonly pointer?: string }
  /** One document a line. */
  | { readonly kind: "JSONL" }
  /** Without `columns` the first row names them. */
  | { readonly kind: "CSV"; readonly delimiter: string; readonly columns?: readonly string[] };

const delimiters = new Map([
  ["COMMA", ","],
  ["PIPE", "|"],
  ["SEMICOLON", ";"],
  ["SPACE", " "],
  ["TAB", "\t"],
]);

/** The names of a data set's columns as they are; the service refuses doubled ones. */
export const columnsOf = (names: readonly string[]): readonly string[] => {
  if (new Set(names).size === names.length) return names;
  throw itemReaderFailure("CSV headers cannot contain duplicates.");
};

const csvFormat = (config: { readonly [field: string]: Json }): DataFormat => {
  const name = config["CSVDelimiter"];
  const delimiter = (typeof name === "string" ? delimiters.get(name) : undefined) ?? ",";
  const given = config["CSVHeaders"];
  return config["CSVHeaderLocation"] === "GIVEN" && Array.isArray(given)
    ? { kind: "CSV", delimiter, columns: columnsOf(given.map(String)) }
    : { kind: "CSV", delimiter };
};

/**
 * The format that a ReaderConfig describes; none given: JSON. Fails with `States.ItemReaderFailed` for
 * doubled headers and for formats that are not text.
 */
export const dataFormatOf = (config: Json | undefined): DataFormat => {
  if (!isJsonObject(config)) return { kind: "JSON" };
  const type = config["InputType"] ?? "JSON";
  const pointer = config["ItemsPointer"];
  if (type === "JSON")
    return typeof pointer === "string" ? { kind: "JSON", pointer } : { kind: "JSON" };
  if (type === "JSONL") return { kind: "JSONL" };
  if (type === "CSV") return csvFormat(config);
  throw itemReaderFailure(`Holdfast does not read data sets of the type ${String(type)} yet.`);
};
