import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Head } from "#ports/heads.ts";
import { type Driven, openDriven } from "./driven.ts";
import { contextOf, type QueueFunction } from "./functions.ts";

let aws: Driven;
let turn: QueueFunction;
let sweep: (count?: number) => Promise<{ handedOver: number; overdue: number }>;

beforeAll(async () => {
  aws = await openDriven();
  [turn] = (await aws.turnFunctions(1)) as [QueueFunction];
  const { handler } = await import("#lambdas/sweep.ts");
  sweep = () => handler({}, contextOf("sweep", 55_000));
});
beforeEach(() => aws.loseMessages());
afterAll(() => aws.close());

const end = { End: true };

/** Time passes: the head is due so many milliseconds from now. */
const dueIn = async (executionId: string, ms: number): Promise<void> => {
  const found = await aws.platform.heads.get(executionId);
  const head = { ...(found?.head as Head), nextCheckAtMs: Date.now() + ms };
  await aws.platform.journal.write([{ kind: "PutHead", head }]);
};

describe("the sweep", () => {
  it("finds an execution whose work item is lost", async () => {
    await aws.deploy("lost", { StartAt: "Call", States: { Call: aws.task("/lost", end) } });
    const executionId = await aws.start("lost");
    await aws.loseMessages();
    expect(await sweep()).toEqual({ handedOver: 0, overdue: 0 });
    await dueIn(executionId, -60_000);
    expect(await sweep()).toEqual({ handedOver: 1, overdue: 1 });
    expect(await aws.deliver(turn)).toBe(1);
    expect((await aws.show(executionId)).status).toBe("SUCCEEDED");
    expect(await sweep()).toEqual({ handedOver: 0, overdue: 0 });
  });

  it("hands over a long wait in the minute before its end, once", async () => {
    const States = { Wait: { Type: "Wait", Seconds: 7_200, End: true } };
    await aws.deploy("long", { StartAt: "Wait", States });
    const executionId = await aws.start("long");
    // SQS cannot delay it so long.
    expect(await aws.countMessages()).toEqual({ visible: 0, delayed: 0 });
    await dueIn(executionId, 40_000);
    expect(await sweep()).toEqual({ handedOver: 1, overdue: 0 });
    expect(await sweep()).toEqual({ handedOver: 0, overdue: 0 });
    expect(await aws.countMessages()).toEqual({ visible: 0, delayed: 1 });
  });

  it("leaves a short wait to the item that is on its way", async () => {
    const States = { Wait: { Type: "Wait", Seconds: 30, End: true } };
    await aws.deploy("short", { StartAt: "Wait", States });
    await aws.start("short");
    expect(await aws.countMessages()).toEqual({ visible: 0, delayed: 1 });
    expect(await sweep()).toEqual({ handedOver: 0, overdue: 0 });
  });

  it("tells what could not be told when an execution ended", async () => {
    await aws.deploy("untold", { StartAt: "Pass", States: { Pass: { Type: "Pass", End: true } } });
    aws.services.state.isBusDown = true;
    const executionId = await aws.start("untold");
    expect((await aws.show(executionId)).status).toBe("SUCCEEDED");
    const told = () =>
      aws.services.events
        .filter(({ detail }) => detail["executionId"] === executionId)
        .map(({ detail }) => detail["status"]);
    await sweep();
    expect(told()).toEqual([]);
    aws.services.state.isBusDown = false;
    await sweep();
    expect(told().sort()).toEqual(["RUNNING", "SUCCEEDED"]);
    await sweep();
    expect(told()).toHaveLength(2);
  });
});
