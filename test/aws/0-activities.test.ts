/** Activities that call AWS from the deployed turn function, by what the deployer granted and no further. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import {
  CreateFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { beforeAll, describe, expect, it } from "vitest";
import { accountId } from "./aws-call.ts";
import { region } from "./cdk-command.ts";
import { emulatorPython } from "./emulator.ts";
import { clientConfig, type DeployedEnvironment, environmentNamed, until } from "./environment.ts";
import { clerkArn } from "./granted.ts";
import { testbed } from "./testbed.ts";

const sqs = new SQSClient(clientConfig());
const dynamodb = new DynamoDBClient(clientConfig());
const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:${region}:${accountId}:${resource}`;
const task = (resource: string, Arguments: object, more: object) => ({
  Type: "Task",
  Resource: `arn:aws:states:::${resource}`,
  Arguments,
  ...more,
});

let first: DeployedEnvironment;

const queueNamed = async (QueueName: string): Promise<string> =>
  (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl ?? "";

const tableNamed = (TableName: string) =>
  dynamodb.send(
    new CreateTableCommand({
      TableName,
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );

const itemIn = async (TableName: string, id: string) =>
  (await dynamodb.send(new GetItemCommand({ TableName, Key: { id: { S: id } } }))).Item;

/** A function of whoever uses the environment: what it gets twice, and an error for what is no number. */
const doubling = async (): Promise<void> => {
  const folder = mkdtempSync(join(testbed().directory, "doubling-"));
  const source =
    "exports.handler = async ({ n }) => { if (typeof n !== 'number') throw new RangeError('no number'); return { n: n * 2 }; };";
  writeFileSync(join(folder, "index.js"), source);
  const archive = join(folder, "doubling.zip");
  execFileSync(emulatorPython(), ["-m", "zipfile", "-c", archive, join(folder, "index.js")]);
  const client = new LambdaClient(clientConfig());
  const FunctionName = "activity-double";
  await client.send(
    new CreateFunctionCommand({
      FunctionName,
      Code: { ZipFile: readFileSync(archive) },
      Handler: "index.handler",
      Runtime: "nodejs24.x",
      Role: `arn:aws:iam::${accountId}:role/any`,
    }),
  );
  await waitUntilFunctionActiveV2({ client, maxWaitTime: 60 }, { FunctionName });
};

const run = async (name: string, states: Readonly<Record<string, object>>, input: object) => {
  const definition = { QueryLanguage: "JSONata", StartAt: Object.keys(states)[0], States: states };
  const document = JSON.stringify({ kind: "Process", name, definition });
  expect(await first.api("/v1/processes", { document })).toMatchObject({ name, warnings: [] });
  const { executionId } = await first.api("/v1/executions", { process: name, name: "a", input });
  return until(
    () => first.api(`/v1/executions/${executionId}`),
    ({ status }) => status !== "RUNNING",
  );
};

beforeAll(async () => {
  first = await environmentNamed("First");
  await Promise.all([
    doubling(),
    ...["activity-orders", "activity-books", "activity-safe"].map(tableNamed),
  ]);
});

describe("an activity that calls AWS", () => {
  it("sends, books, publishes and tells, and calls a function, each with the service's result", async () => {
    const parcels = await queueNamed("activity-parcels");
    const news = await queueNamed("activity-news-queue");
    const sns = new SNSClient(clientConfig());
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "activity-news" }));
    const Endpoint = arn("sqs", "activity-news-queue");
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint }));
    const order = { id: { S: "{% $order %}" }, amount: { N: "{% $string($amount) %}" } };
    const { status, output, cause } = await run(
      "calls-aws",
      {
        Send: task(
          "sqs:sendMessage",
          { QueueUrl: parcels, MessageBody: { order: "{% $states.input.order %}" } },
          {
            Assign: {
              order: "{% $states.input.order %}",
              amount: "{% $states.input.amount %}",
              message: "{% $states.result.MessageId %}",
            },
            Next: "Double",
          },
        ),
        Double: task(
          "lambda:invoke",
          {
            FunctionName: arn("lambda", "function:activity-double"),
            Payload: { n: "{% $amount %}" },
          },
          { Assign: { amount: "{% $states.result.Payload.n %}" }, Next: "Book" },
        ),
        Book: task(
          "dynamodb:putItem",
          { TableName: "activity-orders", Item: order },
          { Next: "Read" },
        ),
        Read: task(
          "dynamodb:getItem",
          { TableName: "activity-orders", Key: { id: { S: "{% $order %}" } } },
          { Assign: { booked: "{% $states.result.Item %}" }, Next: "Publish" },
        ),
        Publish: task("sns:publish", { TopicArn, Message: "{% $order %}" }, { Next: "Tell" }),
        Tell: task(
          "events:putEvents",
          { Entries: [{ Source: "shop", DetailType: "Sold", Detail: { order: "{% $order %}" } }] },
          {
            Output: {
              message: "{% $message %}",
              booked: "{% $booked %}",
              failed: "{% $states.result.FailedEntryCount %}",
            },
            End: true,
          },
        ),
      },
      { order: "4711", amount: 21 },
    );
    expect(status, cause).toBe("SUCCEEDED");
    const bodyIn = async (QueueUrl: string) => {
      const received = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
      expect(received.Messages).toHaveLength(1);
      return received.Messages?.[0];
    };
    const parcel = await bodyIn(parcels);
    expect(JSON.parse(parcel?.Body ?? "")).toEqual({ order: "4711" });
    const booked = { id: { S: "4711" }, amount: { N: "42" } };
    expect(await itemIn("activity-orders", "4711")).toEqual(booked);
    expect(output).toEqual({ message: parcel?.MessageId, booked, failed: 0 });
    expect(JSON.parse((await bodyIn(news))?.Body ?? "")).toMatchObject({ Message: "4711" });
  });

  it("acts in the role that its state names", async () => {
    const Item = { id: { S: "b-1" } };
    const book = task(
      "dynamodb:putItem",
      { TableName: "activity-books", Item },
      { Credentials: { RoleArn: clerkArn }, End: true },
    );
    expect(await run("as-clerk", { Book: book }, {})).toMatchObject({ status: "SUCCEEDED" });
    expect(await itemIn("activity-books", "b-1")).toEqual(Item);
  });
});

describe("what IAM or a service refuses is an error with the name that Step Functions has for it", () => {
  const put = (TableName: string) => ({ TableName, Item: { id: { S: "x" } } });
  const as = (RoleArn: string) => ({ Credentials: { RoleArn } });
  const stranger = `arn:aws:iam::${accountId}:role/activity-stranger`;

  const call = (resource: string, parameters: object, more: object = {}) => ({
    call: task(resource, parameters, { ...more, End: true }),
  });

  it.each([
    {
      name: "own-call",
      ...call("dynamodb:putItem", put("activity-safe")),
      error: "DynamoDB.AmazonDynamoDBException",
    },
    {
      name: "sdk-call",
      ...call("aws-sdk:dynamodb:putItem", put("activity-safe")),
      error: "DynamoDb.DynamoDbException",
    },
    {
      name: "no-such-role",
      ...call("dynamodb:putItem", put("activity-orders"), as(stranger)),
      error: "States.Permissions",
    },
    {
      name: "not-the-clerks",
      ...call("dynamodb:putItem", put("activity-orders"), as(clerkArn)),
      error: "DynamoDB.AmazonDynamoDBException",
    },
    {
      name: "condition",
      ...call("dynamodb:putItem", {
        ...put("activity-orders"),
        ConditionExpression: "attribute_exists(id)",
      }),
      error: "DynamoDB.ConditionalCheckFailedException",
    },
    {
      name: "function",
      ...call("lambda:invoke", {
        FunctionName: arn("lambda", "function:activity-double"),
        Payload: {},
      }),
      // The emulator's name for whatever a function throws.
      error: "Runtime.HandlerError",
    },
  ])("$name", async ({ name, call, error }) => {
    const found = await run(name, { Call: call }, {});
    expect(found, JSON.stringify(found)).toMatchObject({ status: "FAILED", error });
    if (error.startsWith("Dynamo") && name !== "condition")
      expect(found.cause).toContain("not authorized to perform: dynamodb:PutItem on resource");
    expect(await itemIn("activity-orders", "x")).toBeUndefined();
    expect(await itemIn("activity-safe", "x")).toBeUndefined();
  });
});
