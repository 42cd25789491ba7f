/** Listings of a bucket as data sets: each object is an item. */
import { isJsonObject, type Json } from "../json.ts";

const fields = ["Etag", "Key", "LastModified", "Size", "StorageClass"] as const;

const objectOf = (entry: Json): Json => {
  if (!isJsonObject(entry)) return entry;
  // The service names the tag of an item otherwise than the API that it calls.
  const { ETag: tag, ...others } = entry;
  const named: { [field: string]: Json } = tag === undefined ? others : { ...others, Etag: tag };
  return Object.fromEntries(
    fields.flatMap((field) => (named[field] === undefined ? [] : [[field, named[field]]])),
  );
};

/** The items in an answer of `s3:listObjectsV2`, and what asks for the next. */
export const listedItems = (
  answer: Json,
): { readonly items: readonly Json[]; readonly next: string | undefined } => {
  const contents = isJsonObject(answer) ? answer["Contents"] : undefined;
  const next = isJsonObject(answer) ? answer["NextContinuationToken"] : undefined;
  return {
    items: Array.isArray(contents) ? contents.map(objectOf) : [],
    next: typeof next === "string" ? next : undefined,
  };
};
