/** S3 inventories as data sets: a manifest names files of rows, each row an object of a bucket. */
import { tryParseJson } from "../expressions/try-parse-json.ts";
import { isJsonObject, type Json } from "../json.ts";
import { itemReaderFailure } from "./item-reader-failure.ts";

export interface Inventory {
  readonly bucket: string;
  /** Keys of the files, in their order. */
  readonly keys: readonly string[];
  readonly columns: readonly string[];
}

const refused = () => itemReaderFailure("The data set is no S3 inventory manifest of CSV files.");

const keyOf = (file: Json): string => {
  const key = isJsonObject(file) ? file["key"] : undefined;
  if (typeof key !== "string") throw refused();
  return key;
};

/** Reads `manifest.json` of an S3 inventory; its files hold rows without a header. */
export const inventoryOf = (text: string): Inventory => {
  const manifest = tryParseJson(text) ?? null;
  if (!isJsonObject(manifest) || manifest["fileFormat"] !== "CSV") throw refused();
  const { destinationBucket: bucket, fileSchema: schema, files } = manifest;
  if (typeof bucket !== "string" || typeof schema !== "string" || !Array.isArray(files))
    throw refused();
  return {
    bucket: bucket.replace(/^arn:[^:]*:s3:::/, ""),
    keys: files.map(keyOf),
    columns: schema.split(",").map((name) => name.trim()),
  };
};
