import { expect, it } from "vitest";
import { retryPlanOf } from "../../../cli/view/retry-plan.ts";

const plan = retryPlanOf({
  States: {
    Both: {
      Branches: [
        {
          States: {
            Inner: {
              Retry: [
                { ErrorEquals: ["Busy"], IntervalSeconds: 3, MaxAttempts: 1 },
                { ErrorEquals: ["States.TaskFailed"], BackoffRate: 3, MaxDelaySeconds: 5 },
              ],
            },
          },
        },
      ],
    },
    All: { Retry: [{ ErrorEquals: ["States.ALL"], MaxAttempts: 0 }] },
  },
});

it("takes the first retrier that matches, each with its own count", () => {
  const counts: number[] = [];
  const next = (error: string) => plan("Inner", { error, counts });
  expect(next("Busy")).toMatchObject({ retry: 1, retriesMax: 1, delaySeconds: 3 });
  expect(next("Other")).toMatchObject({ retry: 1, retriesMax: 3, delaySeconds: 1 });
  expect(next("Other")).toMatchObject({ retry: 2, delaySeconds: 3 });
  expect(next("Other")).toMatchObject({ retry: 3, delaySeconds: 5 });
  expect(next("Other")).toBeUndefined();
  expect(next("Busy")).toBeUndefined();
});

it("knows what is not retried", () => {
  const next = (state: string, error: string) => plan(state, { error, counts: [] });
  expect(next("Inner", "States.Timeout")).toBeUndefined();
  expect(next("All", "Any")).toBeUndefined();
  expect(next("Unknown", "Any")).toBeUndefined();
});
