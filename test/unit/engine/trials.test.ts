import { describe, expect, test } from "vitest";
import { createTrials } from "#engine/trials.ts";
import { virtualClock } from "#platforms/memory/virtual-clock.ts";
import type { ActivityRequest, ActivityRunner } from "#ports/activity-runner.ts";

const call = {
  kind: "calls",
  resource: "holdfast:http:request",
  parameters: { url: "http://a/" },
  state: "Ask",
} as const;

const trialsWith = (run: ActivityRunner["run"], { drain }: { readonly drain?: string } = {}) => {
  const clock = virtualClock(0);
  const holding = () => (drain === undefined ? undefined : { drainId: drain });
  let count = 0;
  const trials = createTrials({
    runner: { run },
    drains: { holding: holding as never },
    clock,
    entropy: {
      hex: () => {
        count += 1;
        return String(count);
      },
    },
  });
  return { clock, trials };
};

const limits = () => ({ timeoutMs: 1000, signal: new AbortController().signal });

describe("a call that is tried", () => {
  test("is carried out once, under an id of its own", async () => {
    const seen: ActivityRequest[] = [];
    const { trials } = trialsWith((request) => {
      seen.push(request);
      return { kind: "succeeded", output: 1 };
    });
    const credentials = { RoleArn: "r" };
    expect(await trials({ ...call, credentials }, limits())).toEqual({
      kind: "succeeded",
      output: 1,
    });
    await trials(call, limits());
    const [first, second] = seen;
    expect(first).toMatchObject({
      process: "TestState",
      state: "Ask",
      attempt: 1,
      resource: call.resource,
      parameters: call.parameters,
      credentials,
    });
    expect(first?.executionId).not.toBe(second?.executionId);
    first?.heartbeat();
    await first?.saveCheckpoint({});
  });

  test.each([
    ["", "a state that calls nothing itself"],
    ["arn:aws:states:::states:startExecution", "an execution"],
    ["arn:aws:states:::sqs:sendMessage.waitForTaskToken", "whoever has a token"],
    ["arn:aws:states:::ecs:runTask.sync", "a job that is waited for"],
    ["arn:aws:states:::glue:startJobRun.sync:2", "a job that is waited for"],
    ["holdfast:activity:print", "a worker"],
  ])("is none of %s: only an execution can wait for %s", async (resource) => {
    const { trials } = trialsWith(() => {
      throw new TypeError("it was run");
    });
    expect(await trials({ ...call, resource }, limits())).toEqual({ kind: "untried" });
  });

  test("does not begin under a drain", async () => {
    const { trials } = trialsWith(
      () => {
        throw new TypeError("it was run");
      },
      { drain: "environment" },
    );
    expect(await trials(call, limits())).toEqual({ kind: "held", drain: "environment" });
  });

  test.each([
    [undefined, 1000],
    [400, 400],
    [5000, 1000],
  ])("that may take %s ms is given up after %d, and told so", async (timeoutMs, atMs) => {
    let signal: AbortSignal | undefined;
    const { trials, clock } = trialsWith((request) => {
      signal = request.signal;
      return new Promise(() => {});
    });
    const trying = trials({ ...call, ...(timeoutMs !== undefined && { timeoutMs }) }, limits());
    clock.advanceTo(atMs - 1);
    expect(signal?.aborted).toBe(false);
    clock.advanceTo(atMs);
    expect(await trying).toMatchObject({ kind: "failed", error: "States.Timeout" });
    expect(signal?.aborted).toBe(true);
  });

  test("ends when whoever asked is gone", async () => {
    const controller = new AbortController();
    let signal: AbortSignal | undefined;
    const { trials } = trialsWith((request) => {
      signal = request.signal;
      return new Promise(() => {});
    });
    const trying = trials(call, { timeoutMs: 1000, signal: controller.signal });
    await Promise.resolve();
    controller.abort();
    expect(await trying).toMatchObject({ error: "States.Timeout" });
    expect(signal?.aborted).toBe(true);
  });
});
