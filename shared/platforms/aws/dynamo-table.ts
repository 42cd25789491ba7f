import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Entropy } from "#ports/clock.ts";
import { chunksOf, untilNoneIsLeft } from "./again.ts";
import { calling } from "./aws-error.ts";

export type Item = Readonly<Record<string, AttributeValue>>;

/** An expression over attributes: `#name` is the attribute `name`, `:value` a value. */
export interface Condition {
  readonly text: string;
  readonly values?: Item;
}

/** What became of a conditional write: done, or refused because of an item that is there. */
export type Conditional =
  | { readonly kind: "done"; readonly attributes: Item }
  | { readonly kind: "refused"; readonly found: Item | undefined };

export interface Update {
  readonly set: Item;
  readonly remove?: readonly string[];
  /** Attribute of which 1 is added. */
  readonly count?: string;
  readonly condition?: Condition;
}

export interface Query {
  readonly index?: string;
  readonly key: Condition;
  readonly filter?: Condition;
  readonly isDescending?: boolean;
  readonly limit?: number;
  readonly after?: Item | undefined;
  /** Only these attributes. */
  readonly only?: readonly string[];
}

export interface Page {
  readonly items: readonly Item[];
  readonly last: Item | undefined;
}

/** One table of DynamoDB: reads of it are strongly consistent, those of its indexes are not. */
export interface DynamoTable {
  readonly get: (key: Item) => Promise<Item | undefined>;
  /** Those that are there, in any order. */
  readonly getAll: (keys: readonly Item[]) => Promise<readonly Item[]>;
  readonly put: (item: Item, condition: Condition) => Promise<Conditional>;
  /** `attributes` are all those that the item has then. */
  readonly update: (key: Item, update: Update) => Promise<Conditional>;
  readonly remove: (key: Item) => Promise<void>;
  readonly removeAll: (keys: readonly Item[]) => Promise<void>;
  readonly query: (query: Query) => Promise<Page>;
}

const getAllMax = 100;
const removeAllMax = 25;

/** Placeholders of the names in expressions. */
const namesIn = (...texts: readonly (string | undefined)[]): Record<string, string> =>
  Object.fromEntries(
    texts
      .flatMap((text) => text?.match(/#\w+/g) ?? [])
      .map((placeholder) => [placeholder, placeholder.slice(1)]),
  );

const valuesOf = (
  ...conditions: readonly (Condition | undefined)[]
): Record<string, AttributeValue> =>
  Object.assign({}, ...conditions.map((condition) => condition?.values));

const isEmpty = (record: object): boolean => Object.keys(record).length === 0;

const expressionsOf = ({ set, remove = [], count, condition }: Update) => {
  const attributes = Object.entries(set);
  const text = [
    `SET ${attributes.map(([name]) => `#${name} = :${name}_`).join(", ")}`,
    ...(remove.length === 0 ? [] : [`REMOVE ${remove.map((name) => `#${name}`).join(", ")}`]),
    ...(count === undefined ? [] : [`ADD #${count} :one_`]),
  ].join(" ");
  const values: Record<string, AttributeValue> = {
    ...Object.fromEntries(attributes.map(([name, value]) => [`:${name}_`, value])),
    ...(count === undefined ? {} : { ":one_": { N: "1" } }),
    ...valuesOf(condition),
  };
  return {
    UpdateExpression: text,
    ...(condition === undefined ? {} : { ConditionExpression: condition.text }),
    ExpressionAttributeNames: namesIn(text, condition?.text),
    ExpressionAttributeValues: values,
  };
};

/** A table; `keyNames` are the attributes of its key. */
export const dynamoTable = (options: {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly keyNames: readonly [string, string];
  readonly entropy: Entropy;
}): DynamoTable => {
  const { client, tableName, keyNames, entropy } = options;
  const TableName = tableName;
  const place = (operation: string) => `${operation} of table ${tableName}`;
  const again = (operation: string) => ({ entropy, place: place(operation) });

  const keyOf = (item: Item): Item =>
    Object.fromEntries(keyNames.flatMap((name) => (item[name] ? [[name, item[name]]] : [])));

  const get = (key: Item) =>
    calling(place("GetItem"), async () => {
      const Key = { ...key };
      return (await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;
    });

  /** What is there is read where the refusal does not say it, as it does not on every server that speaks DynamoDB. */
  const conditional = (operation: string, key: Item, write: () => Promise<Item>) =>
    calling(place(operation), async (): Promise<Conditional> => {
      try {
        return { kind: "done", attributes: await write() };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return { kind: "refused", found: error.Item ?? (await get(key)) };
      }
    });

  return {
    get,
    getAll: async (keys) => {
      const items: Item[] = [];
      const getSome = async (wanted: readonly Item[]) => {
        const { Responses, UnprocessedKeys } = await calling(place("BatchGetItem"), () =>
          client.send(
            new BatchGetItemCommand({
              RequestItems: {
                [tableName]: { Keys: wanted.map((key) => ({ ...key })), ConsistentRead: true },
              },
            }),
          ),
        );
        items.push(...(Responses?.[tableName] ?? []));
        return UnprocessedKeys?.[tableName]?.Keys ?? [];
      };
      await Promise.all(
        chunksOf(keys, getAllMax).map((some) =>
          untilNoneIsLeft(again("BatchGetItem"), some, getSome),
        ),
      );
      return items;
    },
    put: (item, condition) =>
      conditional("PutItem", keyOf(item), async () => {
        const names = namesIn(condition.text);
        await client.send(
          new PutItemCommand({
            TableName,
            Item: { ...item },
            ConditionExpression: condition.text,
            ExpressionAttributeNames: names,
            ...(condition.values === undefined
              ? {}
              : { ExpressionAttributeValues: { ...condition.values } }),
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
        return {};
      }),
    update: (key, update) =>
      conditional("UpdateItem", key, async () => {
        const { Attributes } = await client.send(
          new UpdateItemCommand({
            TableName,
            Key: { ...key },
            ...expressionsOf(update),
            ReturnValues: "ALL_NEW",
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
        return Attributes ?? {};
      }),
    remove: async (key) => {
      await calling(place("DeleteItem"), () =>
        client.send(new DeleteItemCommand({ TableName, Key: { ...key } })),
      );
    },
    removeAll: async (keys) => {
      const removeSome = async (wanted: readonly Item[]) => {
        const requests = wanted.map((key) => ({ DeleteRequest: { Key: { ...key } } }));
        const { UnprocessedItems } = await calling(place("BatchWriteItem"), () =>
          client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } })),
        );
        return (UnprocessedItems?.[tableName] ?? []).flatMap(({ DeleteRequest }) =>
          DeleteRequest?.Key === undefined ? [] : [DeleteRequest.Key],
        );
      };
      for (const some of chunksOf(keys, removeAllMax))
        await untilNoneIsLeft(again("BatchWriteItem"), some, removeSome);
    },
    query: ({ index, key, filter, isDescending = false, limit, after, only }) =>
      calling(place("Query"), async () => {
        const projection = only?.map((name) => `#${name}`).join(", ");
        const values = valuesOf(key, filter);
        const { Items, LastEvaluatedKey } = await client.send(
          new QueryCommand({
            TableName,
            IndexName: index,
            ConsistentRead: index === undefined,
            KeyConditionExpression: key.text,
            FilterExpression: filter?.text,
            ProjectionExpression: projection,
            ExpressionAttributeNames: namesIn(key.text, filter?.text, projection),
            ...(isEmpty(values) ? {} : { ExpressionAttributeValues: values }),
            ScanIndexForward: !isDescending,
            Limit: limit,
            ExclusiveStartKey: after === undefined ? undefined : { ...after },
          }),
        );
        return { items: Items ?? [], last: LastEvaluatedKey };
      }),
  };
};
