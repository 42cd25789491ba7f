import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { adminToken } from "#lambdas/admin-token.ts";
import { type Driven, openDriven } from "./driven.ts";
import { apiCall, type QueueFunction } from "./functions.ts";

let aws: Driven;
let turns: readonly QueueFunction[];

beforeAll(async () => {
  aws = await openDriven();
  turns = await aws.turnFunctions(1);
});
beforeEach(() => aws.loseMessages());
afterAll(() => aws.close());

const end = { End: true };

describe("a start that somebody waits for", () => {
  it("goes on in the call, and its work item is the net", async () => {
    await aws.deploy("at-once", { StartAt: "Get", States: { Get: aws.task("/at-once", end) } });
    const { status, body } = await aws.call("POST /v1/executions", {
      process: "at-once",
      waitSeconds: 20,
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: "SUCCEEDED", output: { body: { path: "/at-once" } } });
    expect(await aws.countMessages()).toEqual({ visible: 0, delayed: 1 });
  });

  it("is left to the work queue where what runs must not be interrupted", async () => {
    const Post = aws.task("/must-not", end);
    Post.Parameters = { ...Post.Parameters, method: "POST" } as never;
    await aws.deploy("must-not", { StartAt: "Post", States: { Post } });
    const stop = aws.pump(...turns);
    const request = { process: "must-not", waitSeconds: 20 };
    const { body } = await aws.call("POST /v1/executions", request);
    await stop();
    expect(body.status).toBe("SUCCEEDED");
  });

  it("is answered in time, and goes on after that", async () => {
    await aws.deploy("late", { StartAt: "Get", States: { Get: aws.task("/late", end) } });
    const release = aws.target.hold("/late");
    const began = Date.now();
    const { body } = await aws.call(
      "POST /v1/executions",
      { process: "late", waitSeconds: 29 },
      6_000,
    );
    expect(Date.now() - began).toBeLessThan(6_000);
    expect(body.status).toBe("RUNNING");
    release();
    const stop = aws.pump(...turns);
    expect((await aws.ended(body.executionId)).status).toBe("SUCCEEDED");
    await stop();
  });
});

describe("the API behind API Gateway", () => {
  it("tells of an execution as a stream that ends soon, to be resumed", async () => {
    await aws.deploy("followed", {
      StartAt: "Wait",
      States: { Wait: { Type: "Wait", Seconds: 300, End: true } },
    });
    const executionId = await aws.start("followed");
    const path = `/v1/executions/${encodeURIComponent(executionId)}/events`;
    const { status, text, headers } = await aws.call(`GET ${path}`);
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/event-stream");
    expect(text).toContain("retry: 1000");
    expect(text).toContain("event: history\nid: 1\n");
    expect(text).toContain('"type":"WaitStateEntered"');
  });

  it("lets nobody in without the token, and says where it lies", async () => {
    const { handler } = await import("#lambdas/northbound.ts");
    const stranger = apiCall(handler as never, "hf_wrong");
    const { status, body } = await stranger("GET /v1/executions");
    expect(status).toBe(401);
    expect(body.action).toContain("Secrets Manager");
  });

  it("answers what there is not with a problem", async () => {
    expect(await aws.call("GET /v1/executions/none:none")).toMatchObject({
      status: 404,
      body: { code: "execution-not-found" },
    });
    expect(await aws.call("GET /nowhere")).toMatchObject({ status: 404 });
    const refused = await aws.call("POST /v1/executions", { process: "nothing" });
    expect(refused).toMatchObject({ status: 404, body: { code: "process-not-found" } });
  });
});

describe("the administrator's token", () => {
  it("may be another one after a minute, and is read once a minute at most", async () => {
    let nowMs = 0;
    const { state } = aws.services;
    const kept: string[] = [];
    const token = adminToken({
      secretArn: "arn:aws:secretsmanager:x",
      nowMs: () => nowMs,
      keep: async (found) => void kept.push(found),
    });
    await token.open();
    const reads = state.secretReads;
    expect(kept).toEqual([aws.token]);
    state.secret = "hf_rotated";
    expect(await token.renew()).toBe(false);
    nowMs = 60_000;
    expect(await token.renew()).toBe(true);
    expect(kept).toEqual([aws.token, "hf_rotated"]);
    expect(await token.renew()).toBe(false);
    expect(state.secretReads).toBe(reads + 1);
  });

  it("lets in who has a key that it has made, and what was done is known", async () => {
    const grants = [{ role: "Auditor", scope: { kind: "all" } }];
    const made = await aws.call("POST /v1/access-keys", { name: "looks", grants });
    expect(made.status).toBe(201);
    const refused = await aws.call("POST /v1/access-keys", { name: "aws", isForAws: true });
    expect(refused).toMatchObject({ status: 400, body: { code: "request-invalid" } });
    const { body } = await aws.call("GET /v1/audit?operation=createAccessKey&kind=changed");
    expect(body).toMatchObject({ entries: [{ principal: "key:admin", after: { name: "looks" } }] });
    expect((await aws.call("GET /v1/audit/verification")).body).toMatchObject({ isIntact: true });
  });
});
