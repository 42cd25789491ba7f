import { parseStored, printStored } from "#core/json.ts";
import type { Entropy } from "#ports/clock.ts";
import type { DocumentStore, StoredDocument } from "#ports/document-store.ts";
import type { Bodies } from "./bodies.ts";
import type { Condition, DynamoTable, Item, Query } from "./dynamo-table.ts";

/** Before every key, which may be empty, as a key of DynamoDB may not. */
const keyMark = "/";

const keyItem = (key: string): string => `${keyMark}${key}`;

/** Between index and key: lists by index are in the order of both. */
const separator = "\u0000";

const indexItem = (index: string, key: string): string => `${index}${separator}${key}`;

/** Random bytes by which a writer knows its own write again. */
const writerBytes = 8;

const primaryKey = (collection: string, key: string): Item => ({
  collection: { S: collection },
  key: { S: keyItem(key) },
});

const versionOf = ({ version }: Item): number => Number(version?.N);

const conditionOf = (expected: number): Condition =>
  expected === 0
    ? { text: "attribute_not_exists(#version)" }
    : { text: "#version = :expected", values: { ":expected": { N: String(expected) } } };

/** Where a page of a list begins: behind a key, or behind an index and a key. */
const startOf = (collection: string, after: string): Item => {
  const place: readonly string[] = JSON.parse(after);
  const [index, key] = place.length === 1 ? [undefined, place[0]] : place;
  return {
    ...primaryKey(collection, key ?? ""),
    ...(index === undefined ? {} : { index: { S: indexItem(index, key ?? "") } }),
  };
};

type ListOptions = Parameters<DocumentStore["list"]>[1];

const queryOf = (collection: string, options: ListOptions): Query => {
  const { prefix = "", by = "key", order, after } = options;
  const begin = by === "key" ? keyItem(prefix) : prefix;
  const values = { ":collection": { S: collection } };
  // An empty text is no value of a key.
  const key =
    begin === ""
      ? { text: "#collection = :collection", values }
      : {
          text: `#collection = :collection AND begins_with(#${by}, :begin)`,
          values: { ...values, ":begin": { S: begin } },
        };
  return {
    ...(by === "index" ? { index: "byIndex" } : {}),
    key,
    isDescending: order === "descending",
    after: after === undefined ? undefined : startOf(collection, after),
  };
};

/** Where the next page begins: behind this document. */
const cursorOf = ({ key, index }: StoredDocument, by: ListOptions["by"]): string =>
  JSON.stringify(by === "index" ? [index, key] : [key]);

/** Documents of the AWS platform. */
export const awsDocuments = (options: {
  readonly catalog: DynamoTable;
  readonly bodies: Bodies;
  readonly entropy: Entropy;
}): DocumentStore => {
  const { catalog, bodies, entropy } = options;

  const documentOf = async (item: Item): Promise<StoredDocument> => {
    const key = item["key"]?.S?.slice(keyMark.length) ?? "";
    const index = item["index"]?.S?.slice(0, -(separator.length + key.length));
    return {
      collection: item["collection"]?.S ?? "",
      key,
      version: versionOf(item),
      ...(index === undefined ? {} : { index }),
      value: parseStored(await bodies.text(item)),
    };
  };

  return {
    get: async (collection, key) => {
      const item = await catalog.get(primaryKey(collection, key));
      return item && (await documentOf(item));
    },
    put: async ({ collection, key, index, value }, { expected } = {}) => {
      const text = printStored(value);
      const writer = entropy.hex(writerBytes);
      const body = await bodies.put(text);
      const set = { ...body, writer: { S: writer } };
      const remove = "body" in body ? "blob" : "body";
      const outcome = await catalog.update(primaryKey(collection, key), {
        ...(index === undefined
          ? { set, remove: [remove, "index"] }
          : { set: { ...set, index: { S: indexItem(index, key) } }, remove: [remove] }),
        count: "version",
        ...(expected === undefined ? {} : { condition: conditionOf(expected) }),
      });
      if (outcome.kind === "done")
        return { kind: "stored", document: await documentOf(outcome.attributes) };
      const { found } = outcome;
      if (found === undefined) return { kind: "conflict", found };
      const document = await documentOf(found);
      // A write whose answer was lost was sent again, and met itself.
      const isOwn = found["writer"]?.S === writer;
      return isOwn ? { kind: "stored", document } : { kind: "conflict", found: document };
    },
    list: async (collection, options) => {
      const { limit, by } = options;
      const query = queryOf(collection, options);
      const items: Item[] = [];
      let { after } = query;
      do {
        const page = await catalog.query({ ...query, limit: limit + 1 - items.length, after });
        items.push(...page.items);
        after = page.last;
      } while (after !== undefined && items.length <= limit);
      const documents = await Promise.all(items.slice(0, limit).map(documentOf));
      const last = documents.at(-1);
      return { documents, next: items.length > limit && last ? cursorOf(last, by) : undefined };
    },
    remove: async (collection, key, { expected } = {}) => {
      const condition = expected === undefined ? undefined : conditionOf(expected);
      const outcome = await catalog.remove(primaryKey(collection, key), condition);
      return outcome.kind === "done" || outcome.found === undefined;
    },
  };
};
