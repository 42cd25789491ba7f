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

const getAllMax = 100;
const putAllMax = 25;

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

/** One table of DynamoDB: reads of it are strongly consistent, those of its indexes are not. */
export class DynamoTable {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #keyNames: readonly [string, string];
  readonly #entropy: Entropy;

  constructor(options: {
    readonly client: DynamoDBClient;
    readonly tableName: string;
    /** Attributes of its key. */
    readonly keyNames: readonly [string, string];
    readonly entropy: Entropy;
  }) {
    this.#client = options.client;
    this.#tableName = options.tableName;
    this.#keyNames = options.keyNames;
    this.#entropy = options.entropy;
  }

  async get(key: Item): Promise<Item | undefined> {
    const command = new GetItemCommand({
      TableName: this.#tableName,
      Key: { ...key },
      ConsistentRead: true,
    });
    return (await this.#call("GetItem", () => this.#client.send(command))).Item;
  }

  /** Those that are there, in any order. */
  async getAll(keys: readonly Item[]): Promise<readonly Item[]> {
    const items: Item[] = [];
    const getSome = async (wanted: readonly Item[]) => {
      const Keys = wanted.map((key) => ({ ...key }));
      const command = new BatchGetItemCommand({
        RequestItems: { [this.#tableName]: { Keys, ConsistentRead: true } },
      });
      const { Responses, UnprocessedKeys } = await this.#call("BatchGetItem", () =>
        this.#client.send(command),
      );
      items.push(...(Responses?.[this.#tableName] ?? []));
      return UnprocessedKeys?.[this.#tableName]?.Keys ?? [];
    };
    const chunks = chunksOf(keys, getAllMax);
    const again = this.#again("BatchGetItem");
    await Promise.all(chunks.map((some) => untilNoneIsLeft(again, some, getSome)));
    return items;
  }

  put(item: Item, condition: Condition): Promise<Conditional> {
    const { text, values } = condition;
    const command = new PutItemCommand({
      TableName: this.#tableName,
      Item: { ...item },
      ConditionExpression: text,
      ExpressionAttributeNames: namesIn(text),
      ...(values === undefined ? {} : { ExpressionAttributeValues: { ...values } }),
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
    return this.#conditional("PutItem", this.#keyOf(item), async () => {
      await this.#client.send(command);
      return {};
    });
  }

  /** `attributes` are all those that the item has then. */
  update(key: Item, update: Update): Promise<Conditional> {
    const command = new UpdateItemCommand({
      TableName: this.#tableName,
      Key: { ...key },
      ...expressionsOf(update),
      ReturnValues: "ALL_NEW",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
    return this.#conditional(
      "UpdateItem",
      key,
      async () => (await this.#client.send(command)).Attributes ?? {},
    );
  }

  remove(key: Item, condition?: Condition): Promise<Conditional> {
    const command = new DeleteItemCommand({
      TableName: this.#tableName,
      Key: { ...key },
      ...(condition !== undefined && {
        ConditionExpression: condition.text,
        ExpressionAttributeNames: namesIn(condition.text),
        ExpressionAttributeValues: valuesOf(condition),
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    });
    return this.#conditional("DeleteItem", key, async () => {
      await this.#client.send(command);
      return {};
    });
  }

  /** Puts them whatever is there; of one key at most one. */
  async putAll(items: readonly Item[]): Promise<void> {
    const putSome = async (wanted: readonly Item[]) => {
      const requests = wanted.map((item) => ({ PutRequest: { Item: { ...item } } }));
      const command = new BatchWriteItemCommand({ RequestItems: { [this.#tableName]: requests } });
      const { UnprocessedItems } = await this.#call("BatchWriteItem", () =>
        this.#client.send(command),
      );
      return (UnprocessedItems?.[this.#tableName] ?? []).flatMap(({ PutRequest }) =>
        PutRequest?.Item === undefined ? [] : [PutRequest.Item],
      );
    };
    for (const some of chunksOf(items, putAllMax))
      await untilNoneIsLeft(this.#again("BatchWriteItem"), some, putSome);
  }

  async query({ index, key, filter, isDescending, limit, after, only }: Query): Promise<Page> {
    const projection = only?.map((name) => `#${name}`).join(", ");
    const command = new QueryCommand({
      TableName: this.#tableName,
      IndexName: index,
      ConsistentRead: index === undefined,
      KeyConditionExpression: key.text,
      FilterExpression: filter?.text,
      ProjectionExpression: projection,
      ExpressionAttributeNames: namesIn(key.text, filter?.text, projection),
      ExpressionAttributeValues: valuesOf(key, filter),
      ScanIndexForward: isDescending !== true,
      Limit: limit,
      ExclusiveStartKey: after === undefined ? undefined : { ...after },
    });
    const { Items, LastEvaluatedKey } = await this.#call("Query", () => this.#client.send(command));
    return { items: Items ?? [], last: LastEvaluatedKey };
  }

  #place(operation: string): string {
    return `${operation} of table ${this.#tableName}`;
  }

  #again(operation: string) {
    return { entropy: this.#entropy, place: this.#place(operation) };
  }

  #call<T>(operation: string, call: () => Promise<T>): Promise<T> {
    return calling(this.#place(operation), call);
  }

  #keyOf(item: Item): Item {
    return Object.fromEntries(
      this.#keyNames.flatMap((name) => (item[name] ? [[name, item[name]]] : [])),
    );
  }

  /** What is there is read where the refusal does not say it, as it does not on every server that speaks DynamoDB. */
  #conditional(operation: string, key: Item, write: () => Promise<Item>): Promise<Conditional> {
    return this.#call(operation, async () => {
      try {
        return { kind: "done", attributes: await write() };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return { kind: "refused", found: error.Item ?? (await this.get(key)) };
      }
    });
  }
}
