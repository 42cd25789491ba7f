/** What the bill depends on: `npm run cost` says what it comes to. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Metered, openMetered } from "../cost/workload.ts";

let metered: Metered;
beforeAll(async () => {
  metered = await openMetered();
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
