import { describe, expect, test } from "vitest";
import type { StateMachine, TaskState } from "#core/asl/definition.ts";
import { begin, cancel, failed, run, succeeded } from "./scenario.ts";

const oneTask = (fields: Partial<TaskState> = {}): StateMachine => ({
  StartAt: "Copy",
  States: {
    Copy: { Type: "Task", Resource: "holdfast:files:copy", End: true, ...fields } as TaskState,
    Mend: { Type: "Pass", End: true },
  },
});

describe("an activity", () => {
  test("starts when its state is entered and its result ends the state", async () => {
    const { scenario, commands } = await begin(oneTask(), { from: "a" });
    expect(commands).toEqual([run("0.1", 1)]);
    expect(scenario.state.activities["0.1"]).toMatchObject({
      state: "Copy",
      resource: "holdfast:files:copy",
      parameters: { from: "a" },
      attempt: 1,
      phase: "running",
    });
    expect(await scenario.take(succeeded("0.1", 1, { bytes: 3 }))).toEqual([]);
    expect(scenario.state).toMatchObject({
      status: "SUCCEEDED",
      output: { bytes: 3 },
      activities: {},
      branches: {},
    });
  });

  test.each([
    ["of an attempt that is over", succeeded("0.1", 1)],
    ["of an attempt that is still to come", succeeded("0.1", 3)],
    ["of an activity that never was", succeeded("7.7", 1)],
    ["under the name of something every object has", succeeded("constructor", 1)],
  ])("ignores a result %s", async (_, late) => {
    const { scenario } = await begin(
      oneTask({ Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 0 }] }),
    );
    expect(await scenario.take(failed("0.1", 1))).toEqual([run("0.1", 2)]);
    const before = JSON.stringify(scenario.state);
    expect(await scenario.take(late)).toEqual([]);
    expect(JSON.stringify(scenario.state)).toBe(before);
  });

  test("ignores a result while it waits to be retried", async () => {
    const { scenario } = await begin(oneTask({ Retry: [{ ErrorEquals: ["States.ALL"] }] }));
    await scenario.take(failed("0.1", 1));
    expect(scenario.state.activities["0.1"]?.phase).toBe("waitingToRetry");
    expect(await scenario.take(succeeded("0.1", 1))).toEqual([]);
    expect(scenario.state.status).toBe("RUNNING");
  });

  test("takes nothing more once the execution has ended", async () => {
    const { scenario } = await begin(oneTask());
    await scenario.take(succeeded("0.1", 1));
    const before = JSON.stringify(scenario.state);
    expect(await scenario.take({ kind: "StopRequested", by: "me" }, 5)).toEqual([]);
    expect(JSON.stringify(scenario.state)).toBe(before);
  });
});

describe("a retry", () => {
  test("waits by interval, backoff and ceiling, then gives up", async () => {
    const { scenario } = await begin(
      oneTask({
        Retry: [
          {
            ErrorEquals: ["Boom"],
            IntervalSeconds: 2,
            BackoffRate: 3,
            MaxDelaySeconds: 10,
            MaxAttempts: 3,
          },
        ],
      }),
    );
    for (const [attempt, seconds] of [
      [1, 2],
      [2, 6],
      [3, 10],
    ] as const) {
      expect(await scenario.take(failed("0.1", attempt))).toEqual([]);
      expect(scenario.timerInMs).toBe(seconds * 1000);
      expect(await scenario.wake()).toEqual([run("0.1", attempt + 1)]);
    }
    await scenario.take(failed("0.1", 4));
    expect(scenario.state).toMatchObject({ status: "FAILED", error: "Boom", cause: "it broke" });
  });

  test("counts each retrier by itself", async () => {
    const { scenario } = await begin(
      oneTask({
        Retry: [
          { ErrorEquals: ["A"], IntervalSeconds: 1, MaxAttempts: 1 },
          { ErrorEquals: ["B"], IntervalSeconds: 1, MaxAttempts: 1 },
        ],
      }),
    );
    await scenario.take(failed("0.1", 1, "A"));
    await scenario.wake();
    await scenario.take(failed("0.1", 2, "B"));
    await scenario.wake();
    expect(scenario.state.status).toBe("RUNNING");
    await scenario.take(failed("0.1", 3, "A"));
    expect(scenario.state).toMatchObject({ status: "FAILED", error: "A" });
  });

  test("with full jitter waits somewhere below the interval, the same on every replay", async () => {
    const retrier = {
      ErrorEquals: ["Boom"],
      IntervalSeconds: 100,
      JitterStrategy: "FULL",
    } as const;
    const waits = [];
    for (let round = 0; round < 2; round += 1) {
      const { scenario } = await begin(oneTask({ Retry: [retrier] }));
      await scenario.take(failed("0.1", 1));
      expect(scenario.state.draws).toBe(1);
      waits.push(scenario.timerInMs ?? -1);
    }
    expect(waits[0]).toBe(waits[1]);
    expect(waits[0]).toBeGreaterThanOrEqual(0);
    expect(waits[0]).toBeLessThan(100_000);
  });

  test("sees its number in the context object", async () => {
    const { scenario } = await begin(
      oneTask({
        Parameters: { "count.$": "$$.State.RetryCount" },
        Retry: [{ ErrorEquals: ["States.TaskFailed"] }],
      }),
    );
    expect(scenario.state.activities["0.1"]?.parameters).toEqual({ count: 0 });
    await scenario.take(failed("0.1", 1));
    await scenario.wake();
    expect(scenario.state.activities["0.1"]?.parameters).toEqual({ count: 1 });
  });

  test.each([
    ["States.ALL", "States.Runtime", false],
    ["States.Runtime", "States.Runtime", false],
    ["States.TaskFailed", "States.Timeout", false],
    ["States.TaskFailed", "Anything", true],
    ["States.ALL", "States.Timeout", true],
    ["States.Timeout", "States.Timeout", true],
    ["Other", "Boom", false],
  ])("of %s repeats %s: %s", async (name, error, isRepeated) => {
    const { scenario } = await begin(oneTask({ Retry: [{ ErrorEquals: [name] }] }));
    await scenario.take(failed("0.1", 1, error));
    expect(scenario.state.status).toBe(isRepeated ? "RUNNING" : "FAILED");
  });
});

describe("a time-out", () => {
  test("fails the attempt and cancels it", async () => {
    const { scenario } = await begin(oneTask({ TimeoutSeconds: 30 }));
    expect(scenario.timerInMs).toBe(30_000);
    expect(await scenario.take({ kind: "TimePassed" }, 29_999)).toEqual([]);
    expect(await scenario.take({ kind: "TimePassed" }, 1)).toEqual([cancel("0.1", 1)]);
    expect(scenario.state).toMatchObject({ status: "FAILED", error: "States.Timeout" });
    expect("cause" in scenario.state).toBe(false);
  });

  test("of the heartbeat moves with every beat", async () => {
    const { scenario } = await begin(oneTask({ TimeoutSeconds: 100, HeartbeatSeconds: 10 }));
    for (let beat = 0; beat < 3; beat += 1)
      await scenario.take({ kind: "ActivityHeartbeat", activity: "0.1", attempt: 1 }, 8_000);
    expect(scenario.timerInMs).toBe(10_000);
    expect(await scenario.wake()).toEqual([cancel("0.1", 1)]);
    expect(scenario.state.status).toBe("FAILED");
  });

  test.each([
    [{ HeartbeatSeconds: 5 }, "SUCCEEDED"],
    [{ TimeoutSeconds: 5 }, "FAILED"],
    [{ TimeoutSeconds: 5, HeartbeatSeconds: 9 }, "FAILED"],
  ])("by %j is caught as a missed heartbeat: %s", async (fields, status) => {
    const { scenario } = await begin(
      oneTask({
        ...fields,
        Catch: [{ ErrorEquals: ["States.HeartbeatTimeout"], Next: "Mend" }],
      }),
    );
    await scenario.wake();
    expect(scenario.state.status).toBe(status);
    if (status === "SUCCEEDED")
      expect(scenario.state.output).toEqual({ Error: "States.Timeout", Cause: "" });
  });

  test("begins anew with every attempt", async () => {
    const { scenario } = await begin(
      oneTask({ TimeoutSeconds: 30, Retry: [{ ErrorEquals: ["States.Timeout"] }] }),
    );
    await scenario.wake();
    expect(scenario.timerInMs).toBe(1_000);
    expect(await scenario.wake()).toEqual([run("0.1", 2)]);
    expect(scenario.timerInMs).toBe(30_000);
  });
});

describe("a lost server", () => {
  const takenOver = (resolution: "restart" | "fail", attempt = 1) =>
    ({
      kind: "TakenOver",
      fromTurn: "t1",
      interrupted: [{ activity: "0.1", attempt, resolution }],
    }) as const;

  test("lets a restartable activity run again, as no retry, with a new time-out", async () => {
    const { scenario } = await begin(
      oneTask({ TimeoutSeconds: 30, Retry: [{ ErrorEquals: ["States.ALL"], MaxAttempts: 0 }] }),
    );
    expect(await scenario.take(takenOver("restart"), 20_000)).toEqual([run("0.1", 2)]);
    expect(scenario.timerInMs).toBe(30_000);
    expect(await scenario.take(succeeded("0.1", 1))).toEqual([]);
    expect(scenario.state.status).toBe("RUNNING");
    await scenario.take(succeeded("0.1", 2));
    expect(scenario.state.status).toBe("SUCCEEDED");
  });

  test("fails any other with an error that names the state", async () => {
    const { scenario } = await begin(oneTask());
    await scenario.take(takenOver("fail"));
    expect(scenario.state).toMatchObject({ status: "FAILED", error: "Holdfast.Interrupted" });
    expect(scenario.state.cause).toContain("'Copy'");
  });

  test.each([
    [["States.ALL"], false],
    [["States.TaskFailed"], false],
    [["Holdfast.Interrupted"], true],
    [["States.ALL", "Holdfast.Interrupted"], true],
  ])("is repeated by a retrier of %j: %s", async (ErrorEquals, isRepeated) => {
    const { scenario } = await begin(oneTask({ Retry: [{ ErrorEquals }] }));
    await scenario.take(takenOver("fail"));
    expect(scenario.state.status).toBe(isRepeated ? "RUNNING" : "FAILED");
  });

  test("is caught like any error", async () => {
    const { scenario } = await begin(
      oneTask({ Catch: [{ ErrorEquals: ["States.ALL"], Next: "Mend" }] }),
    );
    await scenario.take(takenOver("fail"));
    expect(scenario.state).toMatchObject({
      status: "SUCCEEDED",
      output: { Error: "Holdfast.Interrupted" },
    });
  });

  test("does not matter to an attempt that is over", async () => {
    const { scenario } = await begin(
      oneTask({ Retry: [{ ErrorEquals: ["Boom"], IntervalSeconds: 0 }] }),
    );
    await scenario.take(failed("0.1", 1));
    const before = JSON.stringify(scenario.state);
    expect(await scenario.take(takenOver("fail"))).toEqual([]);
    expect(JSON.stringify(scenario.state)).toBe(before);
  });

  test("does not matter to an activity whose result comes from elsewhere", async () => {
    const { scenario } = await begin(
      oneTask({ Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken" }),
    );
    await scenario.take({ kind: "ActivitySubmitted", activity: "0.1", attempt: 1, output: {} });
    expect(await scenario.take(takenOver("fail"))).toEqual([]);
    expect(scenario.state.status).toBe("RUNNING");
    await scenario.take(succeeded("0.1", 1, "done"));
    expect(scenario.state).toMatchObject({ status: "SUCCEEDED", output: "done" });
  });
});

describe("a catcher", () => {
  test("places the error in the input and goes where it points", async () => {
    const { scenario } = await begin(
      oneTask({ Catch: [{ ErrorEquals: ["Boom"], ResultPath: "$.error", Next: "Mend" }] }),
      { from: "a" },
    );
    await scenario.take(failed("0.1", 1));
    expect(scenario.state).toMatchObject({
      status: "SUCCEEDED",
      output: { from: "a", error: { Error: "Boom", Cause: "it broke" } },
    });
  });

  test("whose own output cannot be evaluated fails the execution", async () => {
    const { scenario } = await begin({
      ...oneTask({
        Catch: [{ ErrorEquals: ["States.ALL"], Output: "{% $nothing %}", Next: "Mend" }],
      }),
      QueryLanguage: "JSONata",
    });
    await scenario.take(failed("0.1", 1));
    expect(scenario.state).toMatchObject({
      status: "FAILED",
      error: "States.QueryEvaluationError",
    });
  });
});
