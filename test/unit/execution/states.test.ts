import { describe, expect, test } from "vitest";
import type { MapState, State, StateMachine } from "#core/asl/definition.ts";
import type { Json } from "#core/json.ts";
import { inlineConcurrencyMax, transitionsPerAdvanceMax } from "#core/limits.ts";
import { begin, cancel, failed, run, succeeded } from "./scenario.ts";

const task = (fields: object = {}): State =>
  ({ Type: "Task", Resource: "holdfast:files:copy", End: true, ...fields }) as State;

const machine = (States: Record<string, State>, fields: object = {}): StateMachine => ({
  StartAt: Object.keys(States)[0] ?? "",
  States,
  ...fields,
});

const mapOf = (fields: Partial<MapState>, inner: State = task()): StateMachine =>
  machine({
    All: {
      Type: "Map",
      ItemProcessor: { StartAt: "One", States: { One: inner, Fix: { Type: "Pass", End: true } } },
      End: true,
      ...fields,
    } as State,
    Mend: { Type: "Pass", End: true },
  });

describe("a Map state", () => {
  test("starts no more items at once than it may, and keeps results in their places", async () => {
    const { scenario, commands } = await begin(mapOf({ MaxConcurrency: 2 }), [1, 2, 3]);
    expect(commands).toEqual([run("1.1", 1), run("2.1", 1)]);
    expect(await scenario.take(succeeded("2.1", 1, "second"))).toEqual([run("3.1", 1)]);
    await scenario.take(succeeded("3.1", 1, "third"));
    await scenario.take(succeeded("1.1", 1, "first"));
    expect(scenario.state).toMatchObject({
      status: "SUCCEEDED",
      output: ["first", "second", "third"],
    });
  });

  test("without a limit of its own has the service's", async () => {
    const items = Array.from({ length: 3 * inlineConcurrencyMax }, (_, index) => index);
    const { scenario, commands } = await begin(mapOf({}), items);
    expect(commands).toHaveLength(inlineConcurrencyMax);
    expect(Object.keys(scenario.state.branches)).toHaveLength(inlineConcurrencyMax + 1);
  });

  test("of nothing gives nothing", async () => {
    const { scenario } = await begin(mapOf({}), []);
    expect(scenario.state).toMatchObject({ status: "SUCCEEDED", output: [] });
  });

  test("stops the other items when one fails", async () => {
    const { scenario } = await begin(mapOf({}), [1, 2, 3]);
    expect(await scenario.take(failed("2.1", 1))).toEqual([cancel("1.1", 1), cancel("3.1", 1)]);
    expect(scenario.state).toMatchObject({
      status: "FAILED",
      error: "Boom",
      branches: {},
      activities: {},
    });
    expect(scenario.types.slice(-6)).toEqual([
      "MapIterationAborted",
      "TaskStateAborted",
      "MapIterationAborted",
      "TaskStateAborted",
      "MapStateFailed",
      "ExecutionFailed",
    ]);
  });

  test("begins again with all items when it is retried", async () => {
    const retry = [{ ErrorEquals: ["Boom"], IntervalSeconds: 5, MaxAttempts: 1 }];
    const { scenario } = await begin(mapOf({ Retry: retry }), [1, 2]);
    expect(await scenario.take(failed("1.1", 1))).toEqual([cancel("2.1", 1)]);
    expect(scenario.timerInMs).toBe(5_000);
    expect(await scenario.wake()).toEqual([run("3.1", 1), run("4.1", 1)]);
    await scenario.take(succeeded("3.1", 1, "a"));
    await scenario.take(succeeded("4.1", 1, "b"));
    expect(scenario.state).toMatchObject({ status: "SUCCEEDED", output: ["a", "b"] });
  });

  test.each([
    { fields: { ToleratedFailureCount: 1 }, failureCount: 1, status: "SUCCEEDED" },
    { fields: { ToleratedFailureCount: 1 }, failureCount: 2, status: "FAILED" },
    { fields: { ToleratedFailurePercentage: 50 }, failureCount: 2, status: "SUCCEEDED" },
    { fields: { ToleratedFailurePercentage: 50 }, failureCount: 3, status: "FAILED" },
  ])("of four with $fields and $failureCount failures has $status", async (expected) => {
    const { scenario } = await begin(mapOf(expected.fields), [1, 2, 3, 4]);
    for (let item = 1; item <= 4; item += 1)
      await scenario.take(
        item <= expected.failureCount ? failed(`${item}.1`, 1) : succeeded(`${item}.1`, 1, item),
      );
    expect(scenario.state.status).toBe(expected.status);
    if (expected.status === "SUCCEEDED")
      expect(scenario.state.output).toEqual([1, 2, 3, 4].slice(expected.failureCount));
    else expect(scenario.state.error).toBe("States.ExceedToleratedFailureThreshold");
  });

  test("that cannot select an item takes down the items it has begun", async () => {
    const { scenario, commands } = await begin(
      mapOf({ ItemSelector: { "name.$": "$$.Map.Item.Value.name" } }),
      [{ name: "a" }, { nameless: true }],
    );
    expect(commands).toEqual([]);
    expect(scenario.state).toMatchObject({ status: "FAILED", branches: {}, activities: {} });
  });

  test.each(["ItemReader", "ItemBatcher", "ResultWriter"])(
    "with %s fails rather than run the wrong items",
    async (field) => {
      const { scenario, commands } = await begin(mapOf({ [field]: {} }), [1]);
      expect(commands).toEqual([]);
      expect(scenario.state).toMatchObject({ status: "FAILED", error: "States.Runtime" });
      expect(scenario.state.cause).toContain(field);
    },
  );

  test("has no place for what its items assign", async () => {
    const { scenario } = await begin(
      machine({
        First: { Type: "Pass", Assign: { outer: "out" }, Next: "All" },
        All: {
          Type: "Map",
          ItemProcessor: {
            StartAt: "Set",
            States: {
              Set: { Type: "Pass", Assign: { "inner.$": "$" }, Next: "Get" },
              Get: {
                Type: "Pass",
                Parameters: { "inner.$": "$inner", "outer.$": "$outer" },
                End: true,
              },
            },
          },
          Next: "Last",
        },
        Last: { Type: "Pass", End: true, Parameters: { "inner.$": "$inner" } },
      }),
      [1, 2],
    );
    expect(scenario.state).toMatchObject({ status: "FAILED", error: "States.Runtime" });
    const exits = scenario.events.filter(({ type }) => type === "MapStateExited");
    expect(exits[0]?.details["output"]).toEqual([
      { inner: 1, outer: "out" },
      { inner: 2, outer: "out" },
    ]);
  });
});

describe("a Parallel state", () => {
  const both = (fields: object = {}) =>
    machine({
      Both: {
        Type: "Parallel",
        Branches: [machine({ Left: task() }), machine({ Right: task() })],
        End: true,
        ...fields,
      } as State,
      Mend: { Type: "Pass", End: true },
    });

  test("ends with the results of its branches in their order", async () => {
    const { scenario, commands } = await begin(both(), { host: "a" });
    expect(commands).toEqual([run("1.1", 1), run("2.1", 1)]);
    await scenario.take(succeeded("2.1", 1, "right"));
    await scenario.take(succeeded("1.1", 1, "left"));
    expect(scenario.state).toMatchObject({ status: "SUCCEEDED", output: ["left", "right"] });
  });

  test("is caught as one when a branch fails", async () => {
    const { scenario } = await begin(
      both({ Catch: [{ ErrorEquals: ["States.ALL"], Next: "Mend" }] }),
    );
    expect(await scenario.take(failed("1.1", 1))).toEqual([cancel("2.1", 1)]);
    expect(scenario.state).toMatchObject({
      status: "SUCCEEDED",
      output: { Error: "Boom", Cause: "it broke" },
    });
    expect(await scenario.take(succeeded("2.1", 1))).toEqual([]);
  });

  test("does not cancel an activity that only waits to be retried", async () => {
    const { scenario } = await begin(
      machine({
        Both: {
          Type: "Parallel",
          Branches: [
            machine({ Left: task({ Retry: [{ ErrorEquals: ["States.ALL"] }] }) }),
            machine({ Right: task() }),
          ],
          End: true,
        } as State,
      }),
    );
    await scenario.take(failed("1.1", 1));
    expect(await scenario.take(failed("2.1", 1))).toEqual([]);
    expect(scenario.timerInMs).toBeUndefined();
  });
});

describe("a Pass state", () => {
  test("hands on its Result, null too, and without one what it was given", async () => {
    for (const [fields, output] of [
      [{ Result: null }, null],
      [{ Result: 0 }, 0],
      [{}, { given: 1 }],
    ] as const) {
      const { scenario } = await begin(machine({ P: { Type: "Pass", End: true, ...fields } }), {
        given: 1,
      });
      expect(scenario.state).toMatchObject({ status: "SUCCEEDED", output });
    }
  });
});

describe("a Wait state", () => {
  const t = "1970-01-01T01:16:45+01:00";
  test.each<{ readonly fields: object; readonly input: Json; readonly waitsMs: number }>([
    { fields: { Seconds: 7 }, input: {}, waitsMs: 7_000 },
    { fields: { SecondsPath: "$.s" }, input: { s: 3 }, waitsMs: 3_000 },
    { fields: { Timestamp: "1970-01-01T00:16:50Z" }, input: {}, waitsMs: 10_000 },
    { fields: { TimestampPath: "$.t" }, input: { t }, waitsMs: 5_000 },
  ])("by $fields holds its branch up until then", async ({ fields, input, waitsMs }) => {
    const { scenario } = await begin(
      machine({ Rest: { Type: "Wait", End: true, ...fields } as State }),
      input,
    );
    expect(scenario.timerInMs).toBe(waitsMs);
    await scenario.take({ kind: "TimePassed" }, waitsMs - 1);
    expect(scenario.state.status).toBe("RUNNING");
    await scenario.take({ kind: "TimePassed" }, 1);
    expect(scenario.state).toMatchObject({ status: "SUCCEEDED", output: input });
  });

  test.each([
    "2026-02-30T00:00:00Z",
    "2026-01-01T00:00:00",
    "2026-01-01 00:00:00Z",
    "2026-13-01T00:00:00Z",
    "soon",
  ])("takes %s for no instant", async (t) => {
    const { scenario } = await begin(
      machine({ Rest: { Type: "Wait", TimestampPath: "$.t", End: true } }),
      { t },
    );
    expect(scenario.state).toMatchObject({ status: "FAILED", error: "States.Runtime" });
  });

  test("for an instant that is over does not wait", async () => {
    const { scenario } = await begin(
      machine({ Rest: { Type: "Wait", Timestamp: "1970-01-01T00:00:00Z", End: true } }),
    );
    expect(scenario.state.status).toBe("SUCCEEDED");
  });
});

describe("an execution", () => {
  test("that is stopped cancels what is in flight and keeps the reason", async () => {
    const { scenario } = await begin(mapOf({}), [1, 2]);
    const commands = await scenario.take(
      { kind: "StopRequested", error: "Wrong", cause: "wrong host", by: "key:admin" },
      500,
    );
    expect(commands).toEqual([cancel("1.1", 1), cancel("2.1", 1)]);
    expect(scenario.state).toMatchObject({
      status: "ABORTED",
      error: "Wrong",
      cause: "wrong host",
      stoppedAtMs: 1_000_500,
      branches: {},
      activities: {},
    });
    expect(scenario.types.at(-1)).toBe("ExecutionAborted");
    expect(scenario.timerInMs).toBeUndefined();
  });

  test("that takes too long is timed out, without error or cause", async () => {
    const { scenario } = await begin(machine({ Copy: task() }, { TimeoutSeconds: 60 }));
    expect(scenario.timerInMs).toBe(60_000);
    expect(await scenario.wake()).toEqual([cancel("0.1", 1)]);
    expect(scenario.state.status).toBe("TIMED_OUT");
    expect(scenario.types.slice(-2)).toEqual(["TaskStateAborted", "ExecutionTimedOut"]);
    expect("error" in scenario.state || "cause" in scenario.state).toBe(false);
  });

  test("that wakes late does what is due in its order", async () => {
    const { scenario } = await begin(
      machine({
        Both: {
          Type: "Parallel",
          Branches: [
            machine({
              Long: { Type: "Wait", Seconds: 20, Next: "A" },
              A: { Type: "Pass", End: true },
            }),
            machine({
              Short: { Type: "Wait", Seconds: 10, Next: "B" },
              B: { Type: "Pass", End: true },
            }),
          ],
          End: true,
        },
      }),
    );
    await scenario.take({ kind: "TimePassed" }, 60_000);
    const passed = scenario.events.filter(({ type }) => type === "PassStateEntered");
    expect(passed.map(({ details }) => details["name"])).toEqual(["B", "A"]);
    expect(scenario.state.status).toBe("SUCCEEDED");
  });

  test("that only goes in circles yields, and is timed out in the end", async () => {
    const { scenario } = await begin(
      machine(
        { A: { Type: "Pass", Next: "B" }, B: { Type: "Pass", Next: "A" } },
        { TimeoutSeconds: 60 },
      ),
    );
    expect(scenario.state.transitionCount).toBe(transitionsPerAdvanceMax);
    expect(scenario.timerInMs).toBe(0);
    await scenario.wake();
    expect(scenario.state.transitionCount).toBe(2 * transitionsPerAdvanceMax);
    for (let round = 0; round < 4; round += 1) await scenario.take({ kind: "TimePassed" }, 30_000);
    expect(scenario.state.status).toBe("TIMED_OUT");
  });

  test("that retries failing branches without a pause yields too", async () => {
    const { scenario } = await begin(
      machine({
        Both: {
          Type: "Parallel",
          Branches: [machine({ No: { Type: "Fail", Error: "No" } })],
          Retry: [{ ErrorEquals: ["No"], IntervalSeconds: 0, MaxAttempts: 99_999_999 }],
          End: true,
        } as State,
      }),
    );
    expect(scenario.state.status).toBe("RUNNING");
    expect(scenario.timerInMs).toBe(0);
  });

  test("fails where no choice matches", async () => {
    const { scenario } = await begin(
      machine({
        Pick: {
          Type: "Choice",
          Choices: [{ Variable: "$.n", NumericEquals: 1, Next: "Done" }],
        },
        Done: { Type: "Succeed" },
      }),
      { n: 2 },
    );
    expect(scenario.state).toMatchObject({ status: "FAILED", error: "States.NoChoiceMatched" });
  });

  test("gives a token to a task that waits for one, another to each attempt", async () => {
    const { scenario } = await begin(
      machine({
        Ask: task({
          Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
          Parameters: { "token.$": "$$.Task.Token" },
          Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 0 }],
        }),
      }),
    );
    const first = scenario.state.activities["0.1"];
    expect(first?.parameters).toEqual({ token: first?.token });
    await scenario.take(failed("0.1", 1));
    const second = scenario.state.activities["0.1"];
    expect(second?.parameters).toEqual({ token: second?.token });
    expect(second?.token).not.toBe(first?.token);
  });
});
