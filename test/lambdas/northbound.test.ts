import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { adminToken } from "#lambdas/admin-token.ts";
import { type Driven, openDriven } from "./driven.ts";
import { apiCall, bearer, type Credentials, type QueueFunction, signature } from "./functions.ts";

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
  it("tells of an execution in stretches, to be asked for one after the other", async () => {
    await aws.deploy("followed", {
      StartAt: "Wait",
      States: { Wait: { Type: "Wait", Seconds: 300, End: true } },
    });
    const executionId = await aws.start("followed");
    const path = `/v1/executions/${encodeURIComponent(executionId)}/events`;
    const { status, text, headers } = await aws.call(`GET ${path}`);
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/event-stream");
    expect(text).toContain("retry: 200");
    expect(text).toContain("event: history\nid: 1\n");
    expect(text).toContain("event: more");
  });

  it("says what is larger than Lambda passes on, instead of failing", async () => {
    await aws.deploy("huge", {
      QueryLanguage: "JSONata",
      StartAt: "Pad",
      States: { Pad: { Type: "Pass", Output: "{% $pad('', 7000000, 'x') %}", End: true } },
    });
    const executionId = "huge:a";
    const path = `/v1/executions/${executionId}`;
    const started = await aws.call("POST /v1/executions", { process: "huge", name: "a" });
    expect(started).toMatchObject({ status: 422, body: { code: "answer-too-large" } });
    expect(started.body.detail).toContain("What was asked for is done");
    const shown = await aws.call(`GET ${path}`);
    expect(shown).toMatchObject({ status: 422, body: { code: "answer-too-large" } });
    expect((await aws.call(`GET ${path}/history?limit=2`)).body.events).toHaveLength(2);
    const { body } = await aws.call(`GET ${path}/history?after=2`);
    expect(body).toMatchObject({ code: "answer-too-large" });
    const { executions } = (await aws.call("GET /v1/executions?process=huge")).body;
    expect(executions).toMatchObject([{ executionId, status: "SUCCEEDED" }]);
  });

  it("lets nobody in without the token, and says where it lies", async () => {
    const { handler } = await import("#lambdas/northbound.ts");
    const stranger = apiCall(handler as never, bearer("hf_wrong"));
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

describe("a state that is tested without a mock", () => {
  const testState = async (definition: object, timeMs?: number) => {
    const { handler } = await import("#lambdas/northbound.ts");
    const headers: Credentials = (request) => ({
      ...bearer(aws.token)(request),
      "x-amz-target": "AWSStepFunctions.TestState",
    });
    const body = { definition: JSON.stringify({ ...definition, End: true }) };
    return apiCall(handler as never, headers)("POST /", body, timeMs);
  };

  it("does what it says", async () => {
    const { status, body } = await testState(aws.task("/tried"));
    expect([status, body.status]).toEqual([200, "SUCCEEDED"]);
    expect(JSON.parse(body.output)).toMatchObject({ body: { path: "/tried" } });
    expect(aws.target.calls("/tried")).toBe(1);
  });

  it("is answered before the function's time is up", async () => {
    const release = aws.target.hold("/slow");
    const { status, body } = await testState(aws.task("/slow"), 6_000);
    release();
    expect([status, body.status, body.error]).toEqual([200, "FAILED", "States.Timeout"]);
  });

  it("needs one for what only an execution can do", async () => {
    const Resource = "arn:aws:states:::states:startExecution";
    const { body } = await testState({ Type: "Task", Resource, Parameters: {} });
    expect(body).toMatchObject({ __type: "ValidationException" });
    expect(body.message).toContain("say in mock what it answers");
  });
});

describe("a key for AWS clients", () => {
  let instances = 0;
  /** The function as it is when an instance of it has just begun. */
  const newInstance = async (credentials: Credentials) => {
    instances += 1;
    const file = `../../lambdas/northbound.ts?instance=${instances}`;
    const { handler } = await import(/* @vite-ignore */ file);
    return apiCall(handler, credentials);
  };
  const whoami = "GET /v1/whoami";
  const create = (name: string) => aws.call("POST /v1/access-keys", { name, isForAws: true });
  const operations = () => aws.kms.calls.map(({ operation }) => operation);

  it("is sealed with the environment's key, which each instance unwraps once if it needs it", async () => {
    expect((await aws.call(whoami)).status).toBe(200);
    expect(operations()).toEqual([]);
    const made = await create("sdk");
    expect(made.status, made.text).toBe(201);
    expect((await create("sdk-2")).status).toBe(201);
    expect(operations()).toEqual(["GenerateDataKey"]);
    const signed = await newInstance(signature(made.body));
    for (let times = 0; times < 3; times += 1)
      expect(await signed(whoami)).toMatchObject({ status: 200, body: { principal: "key:sdk" } });
    expect(operations()).toEqual(["GenerateDataKey", "Decrypt"]);
    const secret = "x".repeat(40);
    const stranger = await newInstance(signature({ ...made.body, secret }));
    expect((await stranger(whoami)).status).toBe(401);
  });

  it("is refused with what to do while KMS does not open it, and nothing else is", async () => {
    const { body: key } = await create("sdk-3");
    const [signed, byToken] = await Promise.all([
      newInstance(signature(key)),
      newInstance(bearer(aws.token)),
    ]);
    const refusal = {
      status: 503,
      body: {
        code: "environment-key-unavailable",
        detail: expect.stringContaining(`${aws.kms.keyArn}: DisabledException`),
        action: `Enable it: aws kms enable-key --key-id ${aws.kms.keyArn}`,
      },
    };
    aws.kms.state.fault = "DisabledException";
    expect(await signed(whoami)).toMatchObject(refusal);
    const wanted = { name: "sdk-4", isForAws: true };
    expect(await byToken("POST /v1/access-keys", wanted)).toMatchObject(refusal);
    expect(await byToken(whoami)).toMatchObject({ status: 200 });
    expect((await byToken("GET /v1/access-keys")).text).not.toContain("sdk-4");
    expect(await byToken("POST /v1/access-keys", { name: "plain" })).toMatchObject({ status: 201 });
    delete aws.kms.state.fault;
    expect(await signed(whoami)).toMatchObject({ status: 200, body: { principal: "key:sdk-3" } });
    expect(await byToken("POST /v1/access-keys", wanted)).toMatchObject({ status: 201 });
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
    const { body } = await aws.call("GET /v1/audit?operation=createAccessKey&kind=changed");
    const shown = expect.objectContaining({ name: "looks" });
    const entry = expect.objectContaining({ principal: "key:admin", after: shown });
    expect(body).toMatchObject({ entries: expect.arrayContaining([entry]) });
    expect((await aws.call("GET /v1/audit/verification")).body).toMatchObject({ isIntact: true });
  });
});
