/** Servers that speak DynamoDB, SQS and S3, on this machine, and environments of their own on them. */
import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type AttributeDefinition,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import dynalite from "dynalite";
import { startFauxqs } from "fauxqs";
import { type AwsPlatformOptions, openAwsPlatform } from "#platforms/aws/aws-platform.ts";
import { clientSettings } from "#platforms/aws/client-settings.ts";
import { catalogTable, executionsTable, type TableSchema } from "#platforms/aws/tables.ts";
import { systemEntropy } from "#platforms/embedded/system-clock.ts";
import type { Clock } from "#ports/clock.ts";
import type { Platform } from "#ports/platform.ts";

/** The address of a server that speaks DynamoDB, if it is not to be dynalite. */
const dynamodbUrl = process.env["HOLDFAST_TEST_DYNAMODB_URL"];

/** Turns of the event loop within which whoever was answered asks the next. */
const quietTurns = 12;
const loopback = "127.0.0.1";
export const testSettings = {
  ...clientSettings,
  // A server that has just been started is slow to answer a hundred connections at once.
  requestHandler: {
    ...clientSettings.requestHandler,
    connectionTimeout: 30_000,
    requestTimeout: 30_000,
  },
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
};

const startDynalite = async () => {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://${loopback}:${port}`,
    stop: () => new Promise<unknown>((resolve) => server.close(resolve)),
  };
};

const tableInput = (tableName: string, { partition, sort, indexes, keyTypes }: TableSchema) => {
  const keys = (schema: { readonly partition: string; readonly sort: string }) => [
    { AttributeName: schema.partition, KeyType: "HASH" as const },
    { AttributeName: schema.sort, KeyType: "RANGE" as const },
  ];
  return {
    TableName: tableName,
    BillingMode: "PAY_PER_REQUEST" as const,
    KeySchema: keys({ partition, sort }),
    AttributeDefinitions: Object.entries(keyTypes).map(
      ([AttributeName, AttributeType]): AttributeDefinition => ({ AttributeName, AttributeType }),
    ),
    GlobalSecondaryIndexes: indexes.map(({ name, projection, ...index }) => ({
      IndexName: name,
      KeySchema: keys(index),
      Projection:
        typeof projection === "string"
          ? { ProjectionType: projection }
          : { ProjectionType: "INCLUDE" as const, NonKeyAttributes: [...projection.with] },
    })),
  };
};

/** A table that is being made is not found by whoever writes to it. */
const untilActive = async (dynamodb: DynamoDBClient, TableName: string): Promise<void> => {
  const command = new DescribeTableCommand({ TableName });
  while ((await dynamodb.send(command)).Table?.TableStatus !== "ACTIVE") await sleep(5);
};

type Environment = Pick<
  AwsPlatformOptions,
  "dynamodb" | "sqs" | "s3" | "executionsTable" | "catalogTable" | "workQueueUrl" | "bucket"
>;

/** Servers on which any number of environments can be made. */
export interface AwsServers {
  readonly dynamodbUrl: string;
  /** Of the server that speaks SQS and S3. */
  readonly othersUrl: string;
  readonly environment: () => Promise<Environment & { readonly remove: () => Promise<void> }>;
  readonly stop: () => Promise<void>;
}

export const startAwsServers = async (): Promise<AwsServers> => {
  const database = dynamodbUrl === undefined ? await startDynalite() : undefined;
  const others = await startFauxqs({ port: 0, host: loopback, logger: false });
  const endpoint = `http://${loopback}:${others.port}`;
  const databaseUrl = database?.endpoint ?? dynamodbUrl ?? "";
  const dynamodb = new DynamoDBClient({ ...testSettings, endpoint: databaseUrl });
  const sqs = new SQSClient({ ...testSettings, endpoint });
  const s3 = new S3Client({ ...testSettings, endpoint, forcePathStyle: true });

  return {
    dynamodbUrl: databaseUrl,
    othersUrl: endpoint,
    environment: async () => {
      const name = randomUUID();
      const tables = { executions: `${name}-executions`, catalog: `${name}-catalog` };
      const input = [
        tableInput(tables.executions, executionsTable),
        tableInput(tables.catalog, catalogTable),
      ];
      await Promise.all(
        input.map(async (table) => {
          await dynamodb.send(new CreateTableCommand(table));
          await untilActive(dynamodb, table.TableName);
        }),
      );
      const { queueUrl } = others.createQueue(name);
      const { bucketName: bucket } = others.createBucket(name);
      return {
        dynamodb,
        sqs,
        s3: async () => s3,
        executionsTable: tables.executions,
        catalogTable: tables.catalog,
        workQueueUrl: queueUrl,
        bucket,
        remove: async () => {
          others.deleteQueue(name);
          others.emptyBucket(name);
          await Promise.all(
            input.map(({ TableName }) => dynamodb.send(new DeleteTableCommand({ TableName }))),
          );
        },
      };
    },
    stop: async () => {
      for (const client of [dynamodb, sqs, s3]) client.destroy();
      await others.stop();
      await database?.stop();
    },
  };
};

/** Counts the calls of functions that are under way. */
const callCounter = () => {
  let underWay = 0;
  return {
    counted:
      <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        underWay += 1;
        try {
          return await call(...args);
        } finally {
          underWay -= 1;
        }
      },
    quiet: async (): Promise<void> => {
      for (let turns = 0; turns < quietTurns; turns += 1) {
        if (underWay > 0) turns = 0;
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
};

/** An empty environment, and the platform on it; SQS is asked and does not wait. */
export const openEnvironment = async (
  servers: AwsServers,
  clock: Clock,
  more: Partial<AwsPlatformOptions> = {},
) => {
  const { remove, ...environment } = await servers.environment();
  const { platform, inbox, close } = openAwsPlatform({
    ...environment,
    shards: 2,
    work: { pollSeconds: 0 },
    clock,
    entropy: systemEntropy,
    ...more,
  });
  const { journal, log, heads, queue, documents } = platform;
  const { counted, quiet } = callCounter();
  return {
    platform: {
      journal: { write: counted(journal.write) },
      log: { load: counted(log.load), last: counted(log.last), read: counted(log.read) },
      heads: {
        get: counted(heads.get),
        list: counted(heads.list),
        due: counted(heads.due),
        nextDueAtMs: counted(heads.nextDueAtMs),
      },
      queue: {
        receive: counted(queue.receive),
        onVisible: queue.onVisible,
      },
      documents: {
        get: counted(documents.get),
        put: counted(documents.put),
        list: counted(documents.list),
        remove: counted(documents.remove),
      },
    } satisfies Platform,
    inbox,
    environment,
    /** Resolves when the platform was asked nothing for some turns of the event loop. */
    quiet,
    close: async () => {
      close();
      await remove();
    },
  };
};
