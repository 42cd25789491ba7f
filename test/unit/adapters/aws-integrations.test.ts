/** Step Functions' own integrations, against servers that speak the protocols. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseJson } from "#core/json.ts";
import { awsRunner, awsServers, outputOf, type awsServers as Servers } from "./aws-servers.ts";

let servers: Awaited<ReturnType<typeof Servers>>;
let jobs: string;
let inOrder: string;
const { run, registry, close } = awsRunner();

const failure = async (resource: string, parameters: Parameters<typeof run>[1]) => {
  const result = await run(resource, parameters);
  if (result.kind === "succeeded") throw new Error("it succeeded");
  return result;
};

beforeAll(async () => {
  servers = await awsServers();
  Object.assign(process.env, servers.variables);
  outputOf(
    await run("aws-sdk:dynamodb:createTable", {
      TableName: "orders",
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  jobs = servers.queues.createQueue("jobs").queueUrl;
  inOrder = servers.queues.createQueue("jobs.fifo", { attributes: { FifoQueue: "true" } }).queueUrl;
});
afterAll(async () => {
  close();
  await servers.close();
});

const received = (name: string) => servers.queues.inspectQueue(name)?.messages.ready ?? [];

const metadata = {
  SdkHttpMetadata: {
    AllHttpHeaders: { "Content-Type": [expect.any(String)] },
    HttpHeaders: { "Content-Type": expect.any(String) },
    HttpStatusCode: 200,
  },
  SdkResponseMetadata: { RequestId: expect.any(String) },
};

describe("DynamoDB", () => {
  const item = { id: { S: "one" }, size: { N: "3" }, tags: { L: [{ BOOL: true }] } };

  test("an item is put, read, changed and deleted, with the service's metadata", async () => {
    const put = outputOf(await run("dynamodb:putItem", { TableName: "orders", Item: item }));
    expect(put).toMatchObject(metadata);
    const Key = { id: { S: "one" } };
    const read = await run("dynamodb:getItem", { TableName: "orders", Key });
    expect(outputOf(read)["Item"]).toEqual(item);
    const updated = await run("dynamodb:updateItem", {
      TableName: "orders",
      Key,
      UpdateExpression: "SET amount = :size",
      ExpressionAttributeValues: { ":size": { N: "4" } },
      ReturnValues: "UPDATED_NEW",
    });
    expect(outputOf(updated)["Attributes"]).toEqual({ amount: { N: "4" } });
    outputOf(await run("dynamodb:deleteItem", { TableName: "orders", Key }));
    expect(
      outputOf(await run("dynamodb:getItem", { TableName: "orders", Key })),
    ).not.toHaveProperty("Item");
  });

  test("binary values are base64 both ways, and attributes keep their names", async () => {
    const binary = { id: { S: "b" }, ID: { S: "another" }, data: { B: "AP8Q" } };
    outputOf(await run("dynamodb:putItem", { TableName: "orders", Item: binary }));
    const read = await run("dynamodb:getItem", { TableName: "orders", Key: { id: { S: "b" } } });
    expect(outputOf(read)["Item"]).toEqual(binary);
  });

  test("numbers are taken as numbers, too, and lose nothing", async () => {
    const Item = parseJson('{"id":{"S":"n"},"price":{"N":1234567890123456789.5}}');
    outputOf(await run("dynamodb:putItem", { TableName: "orders", Item }));
    const read = await run("dynamodb:getItem", { TableName: "orders", Key: { id: { S: "n" } } });
    expect(outputOf(read)["Item"]).toMatchObject({ price: { N: "1234567890123456789.5" } });
  });

  test("what the service refuses has the name and cause of Step Functions", async () => {
    outputOf(await run("dynamodb:putItem", { TableName: "orders", Item: { id: { S: "taken" } } }));
    expect(
      await failure("dynamodb:putItem", {
        TableName: "orders",
        Item: { id: { S: "taken" } },
        ConditionExpression: "attribute_not_exists(id)",
      }),
    ).toMatchObject({
      error: "DynamoDB.ConditionalCheckFailedException",
      cause: expect.stringMatching(
        /^The conditional request failed \(Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ConditionalCheckFailedException; Request ID: \S+; Proxy: null\)$/,
      ),
    });
    const missing = { TableName: "missing", Item: { id: { S: "x" } } };
    expect(await failure("dynamodb:putItem", missing)).toMatchObject({
      error: "DynamoDB.ResourceNotFoundException",
    });
    expect(await failure("dynamodb:putItem", { TableName: "orders", Item: {} })).toMatchObject({
      error: "DynamoDB.AmazonDynamoDBException",
      cause: expect.stringContaining("Error Code: ValidationException"),
    });
  });
});

describe("SQS", () => {
  test("a body that is no text is sent as JSON", async () => {
    const sent = outputOf(
      await run("sqs:sendMessage", {
        QueueUrl: jobs,
        MessageBody: { order: 7, TaskToken: "t" },
        MessageAttributes: { kind: { DataType: "String", StringValue: "order" } },
      }),
    );
    expect(sent).toMatchObject({ MD5OfMessageBody: expect.any(String), ...metadata });
    expect(Object.keys(sent)).toEqual(Object.keys(sent).toSorted());
    expect(received("jobs").map(({ body }) => body)).toEqual(['{"order":7,"TaskToken":"t"}']);
  });

  test("no deduplication id is made up: a FIFO queue that needs one refuses", async () => {
    const message = {
      QueueUrl: inOrder,
      MessageBody: "x",
      MessageGroupId: "g",
    };
    expect(await failure("sqs:sendMessage", message)).toMatchObject({
      error: expect.stringMatching(/^SQS\./),
    });
    for (const _ of [1, 2])
      outputOf(await run("sqs:sendMessage", { ...message, MessageDeduplicationId: "d" }));
    expect(received("jobs.fifo")).toHaveLength(1);
  });

  test("a queue that is not there is named as in ErrorEquals", async () => {
    expect(
      await failure("sqs:sendMessage", { QueueUrl: `${jobs}-none`, MessageBody: "x" }),
    ).toMatchObject({ error: "SQS.QueueDoesNotExistException" });
  });

  test("a server that is not there is an error of the client", async () => {
    const inAws = awsRunner({ isElsewhere: () => false });
    const message = { QueueUrl: "http://127.0.0.1:9/1/q", MessageBody: "x" };
    expect(await inAws.run("sqs:sendMessage", message)).toMatchObject({
      error: "SQS.SdkClientException",
      cause: expect.stringMatching(/^Unable to execute HTTP request: .*ECONNREFUSED/),
    });
    inAws.close();
  });
});

describe("SNS", () => {
  test("a message reaches whoever subscribed", async () => {
    const { topicArn } = servers.queues.createTopic("news");
    servers.queues.createQueue("readers");
    servers.queues.subscribe({ topic: "news", queue: "readers" });
    const sent = await run("sns:publish", {
      TopicArn: topicArn,
      Message: { headline: "it works" },
    });
    expect(outputOf(sent)).toMatchObject({ MessageId: expect.any(String) });
    const [message] = received("readers");
    expect(JSON.parse(message?.body ?? "{}")).toMatchObject({ Message: '{"headline":"it works"}' });
  });

  test("a topic that is not there is named as in ErrorEquals", async () => {
    const TopicArn = "arn:aws:sns:us-east-1:000000000000:none";
    expect(await failure("sns:publish", { TopicArn, Message: "x" })).toMatchObject({
      error: "SNS.NotFoundException",
    });
  });
});

describe("parameters", () => {
  test.each([
    ["a field that is not known", { QueueUrl: "q", MessageBodyy: "x" }, '"MessageBodyy"'],
    ["a value of another type", { QueueUrl: "q", DelaySeconds: "soon" }, "$.DelaySeconds"],
    ["no object", [1], "must be an object"],
    ["an array that is none", { QueueUrl: "q", MessageAttributes: [] }, "$.MessageAttributes"],
  ])("%s is refused before anything is called", async (_, parameters, named) => {
    expect(await failure("sqs:sendMessage", parameters)).toMatchObject({
      error: "States.Runtime",
      cause: expect.stringContaining(named),
    });
  });

  test("null is the same as absent", async () => {
    const refused = await failure("dynamodb:putItem", { TableName: "orders", Item: null });
    expect(refused.error).toBe("DynamoDB.AmazonDynamoDBException");
  });
});

test("reads restart after an interruption, writes and calls do not", () => {
  const mayRestart = (call: string) => registry.mayRestart(`arn:aws:states:::${call}`, {});
  expect(mayRestart("dynamodb:getItem")).toBe(true);
  expect(mayRestart("aws-sdk:s3:listObjectsV2")).toBe(true);
  expect(mayRestart("aws-sdk:dynamodb:query")).toBe(true);
  for (const call of ["dynamodb:putItem", "sqs:sendMessage", "lambda:invoke", "sns:publish"])
    expect(mayRestart(call)).toBe(false);
  expect(mayRestart("aws-sdk:sqs:receiveMessage")).toBe(false);
  expect(registry.mayRestart("arn:aws:lambda:us-east-1:123456789012:function:f", {})).toBe(false);
});

test("operators know a call by the queue, table or function", () => {
  const send = "arn:aws:states:::sqs:sendMessage";
  for (const resource of [send, `${send}.waitForTaskToken`])
    expect(registry.targetOf(resource, { QueueUrl: "https://q/1" })).toBe("https://q/1");
  expect(registry.targetOf("arn:aws:states:::dynamodb:getItem", { TableName: "t" })).toBe("t");
});
