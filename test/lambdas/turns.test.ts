import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Driven, openDriven } from "./driven.ts";
import type { QueueFunction } from "./functions.ts";

let aws: Driven;
let turns: readonly QueueFunction[];
let stop: () => Promise<void>;

beforeAll(async () => {
  aws = await openDriven();
  turns = await aws.turnFunctions(2);
});
afterAll(() => aws.close());

const end = { End: true };

describe("an execution on AWS", () => {
  beforeEach(() => {
    stop = aws.pump(...turns);
  });
  afterEach(() => stop());

  it("is started by the API, goes on by its work item and succeeds", async () => {
    await aws.deploy("plain", { StartAt: "Call", States: { Call: aws.task("/plain", end) } });
    const executionId = await aws.start("plain");
    const { status, output } = await aws.ended(executionId);
    expect(status).toBe("SUCCEEDED");
    expect(output).toMatchObject({ body: { path: "/plain" } });
    expect(aws.target.calls("/plain")).toBe(1);
  });

  it("waits without a turn, and goes on when the time has come", async () => {
    const States = {
      Wait: { Type: "Wait", Seconds: 3, Next: "Call" },
      Call: aws.task("/waited", end),
    };
    await aws.deploy("waiting", { StartAt: "Wait", States });
    const executionId = await aws.start("waiting");
    const { waitingFor } = await aws.until(executionId, (shown) => shown.waitingFor !== undefined);
    expect(waitingFor).toMatchObject({ kind: "timer", state: "Wait" });
    const { status, startedAt, stoppedAt } = await aws.ended(executionId);
    expect(status).toBe("SUCCEEDED");
    const tookMs = Date.parse(stoppedAt) - Date.parse(startedAt);
    expect(tookMs).toBeGreaterThanOrEqual(3_000);
    // SQS knows whole seconds; the head alone would be looked at two minutes later.
    expect(tookMs).toBeLessThan(15_000);
    expect(aws.target.calls("/waited")).toBe(1);
  });

  it("goes on when the holder of its token answers", async () => {
    const Call = aws.task("/token", { ...end, Resource: "holdfast:http:request.waitForTaskToken" });
    const Parameters = {
      "url.$": `States.Format('${aws.target.url}/token')`,
      method: "POST",
      "json.$": "$$.Task.Token",
    };
    await aws.deploy("asking", { StartAt: "Call", States: { Call: { ...Call, Parameters } } });
    const executionId = await aws.start("asking");
    await aws.until(executionId, ({ waitingFor }) => waitingFor?.kind === "callback");
    const token = JSON.parse(aws.target.bodies("/token")[0] ?? "");
    const { status, text } = await aws.call("POST /v1/task-tokens/success", {
      token,
      output: { is: "well" },
    });
    expect(status, text).toBe(200);
    expect(await aws.ended(executionId)).toMatchObject({
      status: "SUCCEEDED",
      output: { is: "well" },
    });
  });

  it("is many in a distributed Map, and they are worked on by several functions", async () => {
    const ItemProcessor = {
      ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
      StartAt: "Call",
      States: { Call: aws.task("/item", end) },
    };
    const Each = { Type: "Map", ItemProcessor, MaxConcurrency: 10, ResultSelector: {}, ...end };
    await aws.deploy("many", { StartAt: "Each", States: { Each } });
    const input = Array.from({ length: 12 }, (_, index) => index);
    const shown = await aws.ended(await aws.start("many", { input }));
    expect(shown.status).toBe("SUCCEEDED");
    expect(aws.target.calls("/item")).toBe(12);
  });

  it("is told of as events when it begins and when it ends", async () => {
    await aws.deploy("told", { StartAt: "Fail", States: { Fail: { Type: "Fail", Error: "Odd" } } });
    const executionId = await aws.start("told", { name: "once" });
    await aws.ended(executionId);
    const events = aws.services.events.filter(
      ({ detail }) => detail["executionId"] === executionId,
    );
    expect(events).toMatchObject([
      {
        source: "holdfast",
        detailType: "Execution Status Change",
        bus: "holdfast-test",
        detail: { status: "RUNNING", stopDate: null },
      },
      {
        detail: {
          process: "told",
          version: 1,
          name: "once",
          status: "FAILED",
          environment: "TEST",
        },
      },
    ]);
  });
});

describe("a batch", () => {
  it("is taken at once, and one that fails or waits holds up no other", async () => {
    await aws.deploy("good", { StartAt: "Call", States: { Call: aws.task("/good", end) } });
    const ids = [await aws.start("good"), await aws.start("good")];
    await aws.send("this is no work item");
    await aws.send(JSON.stringify({ itemId: "x", executionId: "good:never-started" }));
    const release = aws.target.hold("/good");
    const delivered = aws.deliver(turns[0] as QueueFunction);
    await aws.called("/good", 2);
    release();
    expect(await delivered).toBe(4);
    for (const id of ids) expect((await aws.show(id)).status).toBe("SUCCEEDED");
    // What cannot be read stays, until it is set aside; what is of no execution is gone.
    expect(aws.reported()).toHaveLength(1);
    await aws.loseMessages();
  });
});

describe("a function whose time runs out", () => {
  it("leaves the activity that still runs to the next one", async () => {
    const Slow = aws.task("/slow", end);
    await aws.deploy("slow", { StartAt: "Slow", States: { Slow } });
    const executionId = await aws.start("slow");
    const release = aws.target.hold("/slow");
    const first = aws.deliver(turns[0] as QueueFunction, 2_000);
    await aws.called("/slow");
    await first;
    expect((await aws.show(executionId)).status).toBe("RUNNING");
    release();
    const stopPump = aws.pump(turns[1] as QueueFunction);
    expect((await aws.ended(executionId)).status).toBe("SUCCEEDED");
    await stopPump();
    expect(aws.target.calls("/slow")).toBe(2);
  });

  it("begins nothing more, and leaves what would come next", async () => {
    const States = {
      First: aws.task("/first", { Next: "Second" }),
      Second: aws.task("/second", end),
    };
    await aws.deploy("two", { StartAt: "First", States });
    const executionId = await aws.start("two");
    const release = aws.target.hold("/first");
    const first = aws.deliver(turns[0] as QueueFunction, 4_000);
    await aws.called("/first");
    // Half of its time is over: it waits for what runs, and begins nothing.
    await sleep(2_400);
    release();
    await first;
    expect(aws.target.calls("/second")).toBe(0);
    const stopPump = aws.pump(turns[1] as QueueFunction);
    expect((await aws.ended(executionId)).status).toBe("SUCCEEDED");
    await stopPump();
    expect([aws.target.calls("/first"), aws.target.calls("/second")]).toEqual([1, 1]);
  });
});

describe("work items", () => {
  it("may come twice, and to two functions at once", async () => {
    await aws.deploy("doubled", { StartAt: "Call", States: { Call: aws.task("/doubled", end) } });
    const executionId = await aws.start("doubled");
    for (let copy = 0; copy < 5; copy += 1)
      await aws.send(JSON.stringify({ itemId: `copy ${copy}`, executionId }));
    const stopPump = aws.pump(...turns);
    expect((await aws.ended(executionId)).status).toBe("SUCCEEDED");
    await stopPump();
    expect(aws.target.calls("/doubled")).toBe(1);
  });

  it("that come for an execution which waits beget no others", async () => {
    const States = { Wait: { Type: "Wait", Seconds: 300, End: true } };
    await aws.loseMessages();
    await aws.deploy("idle", { StartAt: "Wait", States });
    const executionId = await aws.start("idle");
    const before = await aws.platform.heads.get(executionId);
    for (let copy = 0; copy < 3; copy += 1)
      await aws.send(JSON.stringify({ itemId: `copy ${copy}`, executionId }));
    expect(await aws.deliver(turns[0] as QueueFunction)).toBe(3);
    expect(aws.reported()).toEqual([]);
    expect(await aws.platform.heads.get(executionId)).toEqual(before);
    expect(await aws.countMessages()).toMatchObject({ visible: 0, delayed: 1 });
    await aws.loseMessages();
  });
});
