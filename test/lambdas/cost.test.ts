/** What the bill depends on: `npm run cost` says what it comes to. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Metered, openMetered } from "../cost/workload.ts";

/** Longer than a turn goes on without renewing its lease, which is looked at every 2.7 s. */
const longMs = 6_000;

let metered: Metered;
beforeAll(async () => {
  metered = await openMetered({ activityMs: longMs });
});
afterAll(() => metered.close());

const activity = (next: object) => ({ Type: "Task", Resource: "holdfast:core:echo", ...next });

const takeAllTurns = async (): Promise<void> => {
  while ((await metered.takeTurns()) > 0) {
    // More may have come.
  }
};

test("an activity costs one write, an execution seven more, and four calls to the queue", async () => {
  const counts = async (activities: number) => {
    const name = `chain-${activities}`;
    const States = Object.fromEntries(
      Array.from({ length: activities }, (_, index) => [
        `A${index + 1}`,
        activity(index + 1 < activities ? { Next: `A${index + 2}` } : { End: true }),
      ]),
    );
    await metered.deploy(name, { StartAt: "A1", States });
    metered.meter.take();
    const executionId = await metered.start(name);
    await takeAllTurns();
    expect(await metered.status(executionId)).toBe("SUCCEEDED");
    return metered.meter.take();
  };
  const [short, long] = [await counts(5), await counts(25)];
  expect(short.units.dynamodbWriteUnits).toBe(5 + 7);
  expect(long.units.dynamodbWriteUnits).toBe(25 + 7);
  // To send, to receive, to hide and to delete.
  expect(long.units.sqsRequests).toBe(4);
  expect(long.units.lambdaRequests).toBe(2);
  // The process for the API and for the turn, and the log for each of them.
  expect(long.units.dynamodbReadUnits).toBeLessThanOrEqual(8);
  expect(long.calls["PutEvents"]).toBe(2);
});

test("an activity that takes seconds costs a write more for each renewal of its lease, and none for its head", async () => {
  const slow = {
    Type: "Task",
    Resource: "holdfast:http:request",
    Parameters: { url: metered.slowUrl },
    End: true,
  };
  await metered.deploy("slow", { StartAt: "Slow", States: { Slow: slow } });
  metered.meter.take();
  const executionId = await metered.start("slow");
  await takeAllTurns();
  expect(await metered.status(executionId)).toBe("SUCCEEDED");
  const { units, calls } = metered.meter.take();
  // The head is put with the start and at the end.
  const renewals = (calls["UpdateItem"] ?? 0) - 2;
  expect(renewals).toBeGreaterThan(0);
  expect(units.dynamodbWriteUnits).toBe(1 + 7 + renewals);
});
