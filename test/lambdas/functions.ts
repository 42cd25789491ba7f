/** An environment on servers of this machine, its functions, and what AWS does around them. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import type {
  APIGatewayProxyResultV2,
  Context,
  SQSBatchResponse,
  SQSEvent,
  SQSRecord,
} from "aws-lambda";
import { openAwsPlatform } from "#platforms/aws/aws-platform.ts";
import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";
import { startAwsServers } from "../contract/aws-servers.ts";
import { startKms } from "../contract/kms-server.ts";
import { sign } from "../contract/sign-request.ts";
import { startServices, startTarget } from "./service-stub.ts";

const endpointOf = async (client: {
  readonly config: {
    endpoint?:
      | (() => Promise<{ protocol: string; hostname: string; port?: number | undefined }>)
      | undefined;
  };
}): Promise<string> => {
  const found = await client.config.endpoint?.();
  if (found === undefined) throw new Error("a client without an endpoint");
  return `${found.protocol}//${found.hostname}:${found.port}`;
};

/** What a function learns of its invocation; `timeMs` is what is left of its time at the beginning. */
export const contextOf = (functionName: string, timeMs: number): Context => {
  const endMs = Date.now() + timeMs;
  return {
    functionName,
    functionVersion: "1",
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
    memoryLimitInMB: "1024",
    awsRequestId: crypto.randomUUID(),
    logGroupName: functionName,
    logStreamName: functionName,
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, endMs - Date.now()),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
};

/** A message as an event source mapping gives it to a function. */
export const recordOf = (message: Message): SQSRecord => ({
  messageId: message.MessageId ?? "",
  receiptHandle: message.ReceiptHandle ?? "",
  body: message.Body ?? "",
  attributes: {
    ApproximateReceiveCount: message.Attributes?.ApproximateReceiveCount ?? "1",
    SentTimestamp: message.Attributes?.SentTimestamp ?? "0",
    SenderId: "test",
    ApproximateFirstReceiveTimestamp: "0",
  },
  messageAttributes: {},
  md5OfBody: message.MD5OfBody ?? "",
  eventSource: "aws:sqs",
  eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:work",
  awsRegion: "us-east-1",
});

export type QueueFunction = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

const token = "hf_test-token";

/** Starts servers and makes an environment whose variables are set for functions that are imported from now on. */
export const openEnvironment = async (more: Readonly<Record<string, string>> = {}) => {
  const servers = await startAwsServers();
  const [made, services, kms, target] = await Promise.all([
    servers.environment(),
    startServices(token),
    startKms(),
    startTarget(),
  ]);
  const sqsUrl = await endpointOf(made.sqs);
  const variables: Record<string, string> = {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL_DYNAMODB: await endpointOf(made.dynamodb),
    AWS_ENDPOINT_URL_SQS: sqsUrl,
    AWS_ENDPOINT_URL_S3: sqsUrl,
    AWS_ENDPOINT_URL_EVENTBRIDGE: services.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: services.url,
    AWS_ENDPOINT_URL_KMS: kms.url,
    POWERTOOLS_METRICS_DISABLED: "true",
    POWERTOOLS_LOG_LEVEL: process.env["HOLDFAST_TEST_LOG"] ?? "SILENT",
    HOLDFAST_ENVIRONMENT: "TEST",
    HOLDFAST_VERSION: "0.0.0",
    HOLDFAST_EXECUTIONS_TABLE: made.executionsTable,
    HOLDFAST_CATALOG_TABLE: made.catalogTable,
    HOLDFAST_SHARDS: "2",
    // The host that the server puts into it is none.
    HOLDFAST_WORK_QUEUE_URL: made.workQueueUrl.replace(/^http:\/\/[^/]+/, sqsUrl),
    HOLDFAST_BUCKET: made.bucket,
    HOLDFAST_KEY_ARN: kms.keyArn,
    HOLDFAST_EVENT_BUS: "holdfast-test",
    HOLDFAST_ADMIN_SECRET_ARN: "arn:aws:secretsmanager:us-east-1:000000000000:secret:admin",
    HOLDFAST_ACCOUNT: "123456789012",
    HOLDFAST_REGION: "us-east-1",
    ...more,
  };
  Object.assign(process.env, variables);
  const { platform, close } = openAwsPlatform({
    ...made,
    shards: 2,
    work: "inbox",
    clock: systemClock,
    entropy: systemEntropy,
  });

  /** Takes messages as an event source mapping does: hidden for longer than the function may take. */
  const receive = async (): Promise<readonly SQSRecord[]> => {
    const { Messages } = await made.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: made.workQueueUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 900,
        WaitTimeSeconds: 0,
        MessageSystemAttributeNames: ["ApproximateReceiveCount", "SentTimestamp"],
      }),
    );
    return (Messages ?? []).map(recordOf);
  };

  const send = (body: string) =>
    made.sqs.send(new SendMessageCommand({ QueueUrl: made.workQueueUrl, MessageBody: body }));

  let reported: readonly string[] = [];
  /** One batch for a function; answers how many messages there were. What it does not report is deleted. */
  const deliver = async (handler: QueueFunction, timeMs = 900_000): Promise<number> => {
    const Records = [...(await receive())];
    if (Records.length === 0) return 0;
    const { batchItemFailures } = await handler({ Records }, contextOf("turn", timeMs));
    reported = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const { messageId, receiptHandle } of Records) {
      if (failed.has(messageId)) continue;
      const removal = { QueueUrl: made.workQueueUrl, ReceiptHandle: receiptHandle };
      await made.sqs.send(new DeleteMessageCommand(removal)).catch(() => undefined);
    }
    return Records.length;
  };

  /** The event source mapping: calls the functions with what comes, each with one batch at a time, until it is stopped. */
  const pump = (...handlers: readonly QueueFunction[]): (() => Promise<void>) => {
    let isOver = false;
    const work = handlers.map(async (handler) => {
      while (!isOver) if ((await deliver(handler)) === 0) await sleep(25);
    });
    return async () => {
      isOver = true;
      await Promise.all(work);
    };
  };

  return {
    platform,
    services,
    kms,
    target,
    token,
    variables,
    receive,
    deliver,
    pump,
    send,
    /** Sends a message that was received once and not removed. */
    sendReceived: async (body: string): Promise<void> => {
      await send(body);
      const look = { QueueUrl: made.workQueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 };
      await made.sqs.send(new ReceiveMessageCommand(look));
    },
    /** The messages that the function of the newest batch has reported as failed. */
    reported: () => reported,
    countMessages: async () => {
      const { Attributes } = await made.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: made.workQueueUrl, AttributeNames: ["All"] }),
      );
      return {
        visible: Number(Attributes?.["ApproximateNumberOfMessages"]),
        delayed: Number(Attributes?.["ApproximateNumberOfMessagesDelayed"]),
      };
    },
    loseMessages: () => made.sqs.send(new PurgeQueueCommand({ QueueUrl: made.workQueueUrl })),
    close: async () => {
      close();
      await Promise.all([services.stop(), kms.stop(), target.stop()]);
      await made.remove();
      await servers.stop();
    },
  };
};

export type Environment = Awaited<ReturnType<typeof openEnvironment>>;

const host = "api.test";

/** The headers by which a caller proves who it is. */
export type Credentials = (call: { readonly method: string; readonly path: string }) => {
  readonly [name: string]: string;
};

export const bearer =
  (accessToken: string): Credentials =>
  () => ({ authorization: `Bearer ${accessToken}` });

/** As AWS clients do, of calls without a body. */
export const signature =
  (key: { readonly keyId: string; readonly secret: string }): Credentials =>
  (call) =>
    sign(key, host, call);

/** A call of the API, as API Gateway gives it to the function. */
export const apiCall =
  (
    handler: (event: never, context: Context) => Promise<APIGatewayProxyResultV2>,
    credentials: Credentials,
  ) =>
  async (call: string, body?: unknown, timeMs = 29_000) => {
    const [method = "", path = ""] = call.split(" ");
    const [rawPath = "", rawQueryString = ""] = path.split("?");
    const event = {
      version: "2.0",
      routeKey: "$default",
      rawPath,
      rawQueryString,
      headers: {
        host,
        ...credentials({ method, path: rawPath }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      requestContext: {
        accountId: "000000000000",
        apiId: "api",
        domainName: host,
        domainPrefix: "api",
        http: {
          method,
          path: rawPath,
          protocol: "HTTP/1.1",
          sourceIp: "127.0.0.1",
          userAgent: "test",
        },
        requestId: crypto.randomUUID(),
        routeKey: "$default",
        stage: "$default",
        time: "",
        timeEpoch: Date.now(),
      },
      isBase64Encoded: false,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
    const result = await handler(event as never, contextOf("northbound", timeMs));
    if (typeof result === "string") throw new Error("an answer without a status");
    const isJson = String(result.headers?.["content-type"]).includes("json");
    return {
      status: result.statusCode ?? 0,
      body: isJson ? JSON.parse(result.body ?? "null") : undefined,
      text: result.body ?? "",
      headers: result.headers ?? {},
    };
  };
