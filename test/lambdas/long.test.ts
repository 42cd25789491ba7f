import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Driven, openDriven } from "./driven.ts";
import type { QueueFunction } from "./functions.ts";

let aws: Driven;
let turns: readonly QueueFunction[];

beforeAll(async () => {
  aws = await openDriven({ POWERTOOLS_METRICS_DISABLED: "false" });
  turns = await aws.turnFunctions(2);
});
afterAll(() => aws.close());

describe("an activity that takes longer than a lease", () => {
  it("is left in peace, whatever comes for its execution meanwhile", async () => {
    const States = {
      Long: aws.task("/long", { Next: "Then" }),
      Then: aws.task("/then", { End: true }),
    };
    await aws.deploy("long", { StartAt: "Long", States });
    const executionId = await aws.start("long");
    const release = aws.target.hold("/long");
    const stop = aws.pump(...turns);
    await aws.called("/long");
    await aws.send(JSON.stringify({ itemId: "another", executionId }));
    await sleep(12_000);
    // The sweep is not to find it overdue as long as its turn lives.
    const { head, lease } = (await aws.platform.heads.get(executionId)) ?? {};
    expect(head?.nextCheckAtMs).toBeGreaterThan(Date.now());
    expect(lease?.untilMs).toBeGreaterThan(Date.now());
    release();
    expect((await aws.ended(executionId)).status).toBe("SUCCEEDED");
    await stop();
    expect([aws.target.calls("/long"), aws.target.calls("/then")]).toEqual([1, 1]);
    const { body } = await aws.call("GET /v1/system-events");
    expect(body.events).toEqual([]);
  });
});

describe("an execution that ends every function which takes a turn for it", () => {
  it("is set aside, with an event, and its work item goes", async () => {
    const States = { Call: aws.task("/poison", { End: true }) };
    await aws.deploy("poison", { StartAt: "Call", States });
    const executionId = await aws.start("poison");
    await aws.loseMessages();
    // As functions have left it that did not live to say what became of their try.
    const value = { tries: 5, turns: 5 };
    await aws.platform.documents.put({ collection: "suspects", key: executionId, value });
    await aws.sendReceived(JSON.stringify({ itemId: "again", executionId }));
    const stop = aws.pump(...turns);
    const shown = await aws.until(executionId, ({ waitingFor }) => waitingFor?.kind === "setAside");
    await stop();
    expect(shown.status).toBe("RUNNING");
    expect(aws.target.calls("/poison")).toBe(0);
    const { body } = await aws.call("GET /v1/system-events?kind=execution-set-aside");
    expect(body.events).toMatchObject([{ executionId }]);
    const path = `/v1/executions/${encodeURIComponent(executionId)}/release`;
    expect((await aws.call(`POST ${path}`, {})).status).toBe(200);
    const stopAgain = aws.pump(...turns);
    expect((await aws.ended(executionId)).status).toBe("SUCCEEDED");
    await stopAgain();
  });
});

describe("what a function writes into its log", () => {
  it("is one line with its metrics", async () => {
    const written = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    await aws.deploy("logged", {
      StartAt: "Call",
      States: { Call: aws.task("/logged", { End: true }) },
    });
    await aws.loseMessages();
    const executionId = await aws.start("logged");
    await aws.deliver(turns[0] as QueueFunction);
    const lines = written.mock.calls.map(([line]) => JSON.parse(String(line)));
    written.mockRestore();
    const metrics = lines.filter((line) => line.Turns !== undefined);
    expect(metrics).toMatchObject([
      { environment: "TEST", service: "turn", Turns: 1, Activities: 1, ExecutionsSucceeded: 1 },
    ]);
    expect((await aws.show(executionId)).status).toBe("SUCCEEDED");
  });
});
