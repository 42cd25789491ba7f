/** What the AWS platform makes of answers that are lost, of throttling, and of what AWS refuses. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { OrchestratorError } from "#core/errors.ts";
import { systemClock } from "#platforms/embedded/system-clock.ts";
import type { Write } from "#ports/journal.ts";
import { type AwsServers, openEnvironment, startAwsServers, testSettings } from "./aws-servers.ts";
import { type Fault, type ProxiedCall, startFaultyProxy } from "./faulty-proxy.ts";
import { append, enqueue, headOf, putHead, recordOf, seqsOf, startMs } from "./fixture.ts";

let servers: AwsServers;
beforeAll(async () => {
  servers = await startAwsServers();
});
afterAll(() => servers.stop());

/** A platform of which each call to DynamoDB and to SQS goes through a proxy, and the operations that it was asked for. */
const openBehind = async (faultOf: (call: ProxiedCall) => Fault) => {
  const operations: string[] = [];
  const noting = (call: ProxiedCall): Fault => {
    operations.push(call.operation);
    return faultOf(call);
  };
  const database = await startFaultyProxy(servers.dynamodbUrl, noting);
  const queue = await startFaultyProxy(servers.othersUrl, noting);
  const dynamodb = new DynamoDBClient({ ...testSettings, endpoint: database.url });
  const sqs = new SQSClient({ ...testSettings, endpoint: queue.url });
  const opened = await openEnvironment(servers, systemClock, { dynamodb, sqs });
  onTestFinished(async () => {
    await opened.close();
    for (const client of [dynamodb, sqs]) client.destroy();
    await Promise.all([database.stop(), queue.stop()]);
  });
  return { ...opened, operations };
};

/** A fault that happens to the first calls of an operation. */
const firstOf = (operation: string, fault: Fault, count = 1) => {
  let left = count;
  return (call: ProxiedCall): Fault => {
    if (call.operation !== operation || left === 0) return "pass";
    left -= 1;
    return fault;
  };
};

const failureOf = async (call: Promise<unknown>): Promise<OrchestratorError> => {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof OrchestratorError)) return expect.unreachable(`it was ${error}`);
  return error;
};

describe("an answer that is lost", () => {
  it("of a record that was put makes no conflict with itself", async () => {
    const { platform, operations } = await openBehind(firstOf("PutItem", "lose the answer"));
    expect(await platform.journal.write([append("x", 0)])).toEqual({ kind: "written" });
    expect(operations.filter((operation) => operation === "PutItem")).toHaveLength(2);
    expect((await platform.log.load("x")).records).toEqual([recordOf("x", 0)]);
  });

  it("of a head that was put changes nothing", async () => {
    const { platform } = await openBehind(firstOf("UpdateItem", "lose the answer"));
    expect(await platform.journal.write([putHead(headOf("x", 3))])).toEqual({ kind: "written" });
    expect((await platform.heads.get("x"))?.head).toEqual(headOf("x", 3));
  });

  it("of a document that was put on a condition makes no conflict with itself", async () => {
    const { platform } = await openBehind(firstOf("UpdateItem", "lose the answer"));
    const document = { collection: "things", key: "a", value: 1 };
    const outcome = await platform.documents.put(document, { expected: 0 });
    expect(outcome).toEqual({ kind: "stored", document: { ...document, version: 1 } });
    // Of others it does.
    const late = await platform.documents.put({ ...document, value: 2 }, { expected: 0 });
    expect(late).toEqual({ kind: "conflict", found: { ...document, version: 1 } });
  });

  it("of work that was enqueued gives it at least once", async () => {
    const { platform } = await openBehind(firstOf("SendMessageBatch", "lose the answer"));
    await platform.journal.write([enqueue("item", 0)]);
    const items = await platform.queue.receive({ max: 10, visibilityMs: 30_000 });
    expect(new Set(items.map(({ itemId }) => itemId))).toEqual(new Set(["item"]));
  });
});

describe("throttling", () => {
  const throttled: Fault = {
    status: 400,
    body: {
      __type: "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
      message: "The level of configured provisioned throughput for the table was exceeded.",
    },
  };

  it("for a while costs time only", async () => {
    const { platform } = await openBehind(firstOf("PutItem", throttled, 2));
    expect(await platform.journal.write([append("x", 0)])).toEqual({ kind: "written" });
  });

  it("that does not end is an error that passes, and what was written before stays", async () => {
    const { platform } = await openBehind(({ operation }) =>
      operation === "UpdateItem" ? throttled : "pass",
    );
    const batch: readonly Write[] = [append("x", 0), putHead(headOf("x", 0)), append("x", 1)];
    const error = await failureOf(platform.journal.write(batch));
    expect(error).toMatchObject({ code: "storage-unavailable", scope: "retry-call" });
    expect(error.message).toContain("ProvisionedThroughputExceededException");
    expect(seqsOf((await platform.log.load("x")).records)).toEqual([0]);
  });

  it("of a part of a batch that is read sends that part again", async () => {
    let refusals = 2;
    const { platform } = await openBehind(({ operation, body }) => {
      if (operation !== "BatchGetItem" || refusals === 0) return "pass";
      refusals -= 1;
      const { RequestItems } = JSON.parse(body);
      return { status: 200, body: { Responses: {}, UnprocessedKeys: RequestItems } };
    });
    const heads = ["a", "b", "c"].map((id) => headOf(id, 0));
    await platform.journal.write(heads.map(putHead));
    expect((await platform.heads.list({ limit: 10 })).heads).toEqual(heads.reverse());
    expect(refusals).toBe(0);
  });

  it("of a part of a batch that is removed sends that part again", async () => {
    let refusals = 2;
    const { platform } = await openBehind(({ operation, body }) => {
      if (operation !== "BatchWriteItem" || refusals === 0) return "pass";
      refusals -= 1;
      const { RequestItems } = JSON.parse(body);
      return { status: 200, body: { UnprocessedItems: RequestItems } };
    });
    await platform.journal.write([0, 1, 2, 3, 4].map((seq) => append("x", seq)));
    await platform.journal.write([{ kind: "DropDetails", executionId: "x", epoch: 0, seq: 4 }]);
    expect(seqsOf((await platform.log.load("x")).records)).toEqual([0, 4]);
    expect(refusals).toBe(0);
  });

  it("of a part of the messages sends that part again", async () => {
    const failOnce = firstOf("SendMessageBatch", {
      status: 200,
      body: {
        Successful: [],
        Failed: ["0", "1"].map((Id) => ({ Id, Code: "InternalError", SenderFault: false })),
      },
    });
    const { platform } = await openBehind(failOnce);
    await platform.journal.write([enqueue("a", 0), enqueue("b", 0)]);
    const items = await platform.queue.receive({ max: 10, visibilityMs: 30_000 });
    expect(items.map(({ itemId }) => itemId).sort()).toEqual(["a", "b"]);
  });
});

describe("what AWS refuses", () => {
  const refusing = (operation: string, type: string) =>
    openBehind((call) =>
      call.operation === operation
        ? { status: 400, body: { __type: type, message: "no" } }
        : "pass",
    );

  it.each([
    ["ExpiredTokenException", "credentials"],
    ["UnrecognizedClientException", "credentials"],
    ["AccessDeniedException", "Allow"],
  ])("%s says what to do, and passes once that is done", async (type, action) => {
    const { platform } = await refusing("GetItem", `com.amazon.coral.service#${type}`);
    const error = await failureOf(platform.heads.get("x"));
    expect(error).toMatchObject({ code: "storage-unavailable", scope: "retry-call" });
    expect(error.message).toMatch(new RegExp(`^GetItem of table .*-executions failed: ${type}`));
    expect(error.action).toContain(action);
  });

  it("a table that is not there says that it is not deployed", async () => {
    const options = { executionsTable: "nowhere", catalogTable: "nowhere" };
    const { platform, close } = await openEnvironment(servers, systemClock, options);
    onTestFinished(close);
    const calls = [
      () => platform.journal.write([append("x", 0)]),
      () => platform.log.load("x"),
      () => platform.heads.due(startMs, 10),
      () => platform.documents.list("things", { limit: 10 }),
    ];
    for (const call of calls) {
      const error = await failureOf(call());
      expect(error.message).toContain("table nowhere failed: ResourceNotFoundException");
      expect(error.action).toContain("cdk deploy");
    }
  });

  it("a queue or a bucket that is not there says so", async () => {
    const other = await servers.environment();
    await other.remove();
    const { workQueueUrl, bucket: _ } = other;
    const { platform, close } = await openEnvironment(servers, systemClock, {
      workQueueUrl,
      bucket: "no-such-bucket",
    });
    onTestFinished(close);
    const sent = await failureOf(platform.journal.write([enqueue("item", 0)]));
    expect(sent.action).toContain("cdk deploy");
    const value = "x".repeat(500_000);
    const put = await failureOf(platform.documents.put({ collection: "c", key: "k", value }));
    expect(put.message).toContain("PutObject to bucket no-such-bucket failed: NoSuchBucket");
    expect(put.action).toContain("cdk deploy");
    expect(await platform.documents.get("c", "k")).toBeUndefined();
  });

  it("a server that cannot be reached is an error that passes", async () => {
    const proxy = await startFaultyProxy(servers.dynamodbUrl, () => "pass");
    await proxy.stop();
    const dynamodb = new DynamoDBClient({ ...testSettings, maxAttempts: 2, endpoint: proxy.url });
    const { platform, close } = await openEnvironment(servers, systemClock, { dynamodb });
    onTestFinished(close);
    const error = await failureOf(platform.log.load("x"));
    expect(error).toMatchObject({ code: "storage-unavailable", scope: "retry-call" });
  });
});
