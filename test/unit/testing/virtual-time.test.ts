import { describe, expect, test } from "vitest";
import type { JsonObject } from "#core/json.ts";
import { tested } from "./tested.ts";

const task = (fields: JsonObject) => ({
  StartAt: "Call",
  States: {
    Call: { Type: "Task", End: true, ...fields },
    Late: { Type: "Pass", Result: "late", End: true },
    Silent: { Type: "Pass", Result: "silent", End: true },
  },
});

const caught: JsonObject = {
  Catch: [
    { ErrorEquals: ["States.HeartbeatTimeout"], Next: "Silent" },
    { ErrorEquals: ["States.Timeout"], Next: "Late" },
  ],
};

const http = "holdfast:http:request";
const token = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
const worker = "arn:aws:states:us-east-1:123456789012:activity:paint";
const nested = "arn:aws:states:::states:startExecution.sync:2";
const sendMessage = { QueueUrl: "q", "MessageBody.$": "$$.Task.Token" };
const start = { StateMachineArn: "arn:aws:states:us-east-1:123456789012:stateMachine:child" };

describe("a call that takes longer than it may", () => {
  const slow = task({ Resource: http, TimeoutSeconds: 10, ...caught });

  test("times out at its second", async () => {
    const { run } = await tested(slow, { mocks: [{ state: "Call", result: 1, afterSeconds: 11 }] });
    expect(run).toMatchObject({ output: "late", seconds: 10, path: ["Call", "Late"] });
  });

  test("is in time a second earlier", async () => {
    const { run } = await tested(slow, { mocks: [{ state: "Call", result: 1, afterSeconds: 9 }] });
    expect(run).toMatchObject({ output: 1, seconds: 9 });
  });
});

describe("a task token", () => {
  const waiting = task({
    Resource: token,
    Parameters: sendMessage,
    HeartbeatSeconds: 30,
    TimeoutSeconds: 300,
    ...caught,
  });

  test("is sent back with the result of the mock of its state", async () => {
    const mocks = [{ state: "Call", result: { approved: true }, afterSeconds: 20 }];
    const { run } = await tested(waiting, { mocks });
    expect(run).toMatchObject({ output: { approved: true }, seconds: 20 });
    expect(run.calls[0]?.parameters).toMatchObject({ MessageBody: expect.stringMatching(/^p:/) });
  });

  test("without a heartbeat is lost when the heart should have beaten", async () => {
    const mocks = [{ state: "Call", result: 1, afterSeconds: 100 }];
    const { run } = await tested(waiting, { mocks });
    expect(run).toMatchObject({ output: "silent", seconds: 30 });
  });

  test("with a heartbeat is waited for", async () => {
    const mocks = [{ state: "Call", result: 1, afterSeconds: 100, heartbeatEverySeconds: 25 }];
    const { run } = await tested(waiting, { mocks });
    expect(run).toMatchObject({ output: 1, seconds: 100 });
  });

  test("that never comes back is waited for until the time is over, while the heart beats", async () => {
    const mocks = [{ state: "Call", never: true, heartbeatEverySeconds: 25 }];
    const { run } = await tested(waiting, { mocks });
    expect(run).toMatchObject({ output: "late", seconds: 300 });
  });
});

describe("an activity of a worker", () => {
  const painted = task({ Resource: worker, HeartbeatSeconds: 30, TimeoutSeconds: 300, ...caught });

  test("is taken and answered", async () => {
    const mocks = [{ state: "Call", result: "red", claimedAfterSeconds: 60, afterSeconds: 20 }];
    const { run } = await tested(painted, { mocks });
    expect(run).toMatchObject({ output: "red", seconds: 80 });
  });

  test("is lost with its worker, a heartbeat after that has taken it", async () => {
    const mocks = [{ state: "Call", never: true, claimedAfterSeconds: 60 }];
    const { run } = await tested(painted, { mocks });
    expect(run).toMatchObject({ output: "silent", seconds: 90 });
  });

  test("is lost when its heart beats too seldom, counted from when it was taken", async () => {
    const beating = { claimedAfterSeconds: 10, heartbeatEverySeconds: 31 };
    const mocks = [{ state: "Call", never: true, ...beating }];
    const { run } = await tested(painted, { mocks });
    expect(run).toMatchObject({ output: "silent", seconds: 40 });
  });

  test("that no worker takes is waited for until the time is over", async () => {
    const mocks = [{ state: "Call", never: true, claimedAfterSeconds: 1000 }];
    const { run } = await tested(painted, { mocks });
    expect(run).toMatchObject({ output: "late", seconds: 300 });
  });
});

describe("a nested execution", () => {
  const calling = task({ Resource: nested, Parameters: start, ...caught });

  test("is mocked by the name of its state", async () => {
    const mocks = [{ state: "Call", result: { Output: { n: 1 } }, afterSeconds: 5 }];
    const { run } = await tested(calling, { mocks });
    expect(run).toMatchObject({ status: "SUCCEEDED", output: { Output: { n: 1 } }, seconds: 5 });
    expect(run.calls).toEqual([{ state: "Call", resource: nested, parameters: start }]);
  });

  test("fails with the error of its mock", async () => {
    const mocks = [{ state: "Call", error: "States.TaskFailed", cause: "child" }];
    const { run } = await tested(calling, { mocks });
    expect(run).toMatchObject({ status: "FAILED", error: "States.TaskFailed", cause: "child" });
  });
});

describe("a run that does not end", () => {
  test("says which call is never answered", async () => {
    const { run, differences } = await tested(task({ Resource: http, ...caught }), {
      mocks: [{ state: "Call", never: true }],
    });
    expect(run.status).toBe("RUNNING");
    expect(differences).toContainEqual({
      path: "waits for",
      expected: undefined,
      got: "Call (holdfast:http:request), which is never answered",
    });
  });

  test("is what may be expected, too", async () => {
    const { differences } = await tested(task({ Resource: http, ...caught }), {
      mocks: [{ state: "Call", never: true }],
      expect: { status: "RUNNING" },
    });
    expect(differences).toEqual([]);
  });

  test.each([
    ["around a Wait", { Type: "Wait", Seconds: 60, Next: "Enough?" }],
    ["that takes no time", { Type: "Pass", Next: "Enough?" }],
  ])("a loop %s is stopped", async (_, state) => {
    const { run, differences } = await tested(
      {
        StartAt: "Again",
        States: {
          Again: state,
          "Enough?": {
            Type: "Choice",
            Choices: [{ Variable: "$.enough", IsPresent: true, Next: "Done" }],
            Default: "Again",
          },
          Done: { Type: "Succeed" },
        },
      },
      { expect: { status: "RUNNING" } },
    );
    expect(run.status).toBe("ENDLESS");
    expect(differences).toEqual([{ path: "status", expected: "RUNNING", got: "ENDLESS" }]);
  });
});
