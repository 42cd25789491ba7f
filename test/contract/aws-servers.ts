/** Servers that speak DynamoDB, SQS and S3, on this machine, and environments of their own on them. */
import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import {
  type AttributeDefinition,
  CreateTableCommand,
  DeleteTableCommand,
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

/** The address of a server that speaks DynamoDB, if it is not to be dynalite. */
const dynamodbUrl = process.env["HOLDFAST_TEST_DYNAMODB_URL"];

const loopback = "127.0.0.1";
const settings = {
  ...clientSettings,
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
    GlobalSecondaryIndexes: indexes.map((index) => ({
      IndexName: index.name,
      KeySchema: keys(index),
      Projection: { ProjectionType: index.projection },
    })),
  };
};

type Environment = Pick<
  AwsPlatformOptions,
  "dynamodb" | "sqs" | "s3" | "executionsTable" | "catalogTable" | "workQueueUrl" | "bucket"
>;

/** Servers on which any number of environments can be made. */
export interface AwsServers {
  readonly environment: () => Promise<Environment & { readonly remove: () => Promise<void> }>;
  readonly stop: () => Promise<void>;
}

export const startAwsServers = async (): Promise<AwsServers> => {
  const database = dynamodbUrl === undefined ? await startDynalite() : undefined;
  const others = await startFauxqs({ port: 0, host: loopback, logger: false });
  const endpoint = `http://${loopback}:${others.port}`;
  const dynamodb = new DynamoDBClient({
    ...settings,
    endpoint: database?.endpoint ?? dynamodbUrl ?? "",
  });
  const sqs = new SQSClient({ ...settings, endpoint });
  const s3 = new S3Client({ ...settings, endpoint, forcePathStyle: true });

  return {
    environment: async () => {
      const name = randomUUID();
      const tables = { executions: `${name}-executions`, catalog: `${name}-catalog` };
      const input = [
        tableInput(tables.executions, executionsTable),
        tableInput(tables.catalog, catalogTable),
      ];
      await Promise.all(input.map((table) => dynamodb.send(new CreateTableCommand(table))));
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

/** An empty environment, and the platform on it; SQS is asked and does not wait. */
export const openEnvironment = async (servers: AwsServers, clock: Clock) => {
  const { remove, ...environment } = await servers.environment();
  const opened = openAwsPlatform({
    ...environment,
    shards: 2,
    work: { pollSeconds: 0 },
    clock,
    entropy: systemEntropy,
  });
  return {
    ...opened,
    close: async () => {
      opened.close();
      await remove();
    },
  };
};
