/** `While`: a Map state without items, which goes on as long as a condition holds (ADR 7). */
import { describe, expect, test } from "vitest";
import type { StateMachine } from "#core/asl/definition.ts";
import type { Json } from "#core/json.ts";
import { begin, cancel, failed, run, succeeded } from "../execution/scenario.ts";
import { type Fields, jsonata, machine, only, outcome, task } from "../language/machines.ts";

const below = (limit: number): Fields => ({ Variable: "$.n", NumericLessThan: limit });

const addOne: Fields = {
  Type: "Pass",
  Parameters: { "n.$": "States.MathAdd($.n, 1)" },
};

const loop = (condition: unknown, inner: Fields, fields: Fields = {}): Fields => ({
  Type: "Map",
  Orchestration: { While: condition },
  ItemProcessor: machine({ One: { End: true, ...inner } }),
  ...fields,
});

const counted = (limit: number, fields: Fields = {}): StateMachine =>
  only(loop(below(limit), addOne, fields));

describe("a loop", () => {
  test("goes on from what the iteration before left, and gives what the last one left", async () => {
    expect(await outcome(counted(4), { n: 1 })).toEqual({ status: "SUCCEEDED", output: { n: 4 } });
  });

  test("gives what it was given where the condition never holds", async () => {
    const { scenario } = await begin(counted(1), { n: 1 });
    expect(scenario.state).toMatchObject({ status: "SUCCEEDED", output: { n: 1 } });
    expect(scenario.types).toEqual([
      "ExecutionStarted",
      "MapStateEntered",
      "MapStateStarted",
      "MapStateSucceeded",
      "MapStateExited",
      "ExecutionSucceeded",
    ]);
  });

  test("shows its iterations in history, each with its index", async () => {
    const { scenario } = await begin(counted(2), { n: 0 });
    const events = scenario.events.map(({ type, previousEventId, details }) => [
      previousEventId,
      type,
      details["index"] ?? details["length"],
    ]);
    expect(events).toEqual([
      [0, "ExecutionStarted", undefined],
      [0, "MapStateEntered", undefined],
      [2, "MapStateStarted", undefined],
      [3, "MapIterationStarted", 0],
      [4, "PassStateEntered", undefined],
      [5, "PassStateExited", undefined],
      [6, "MapIterationSucceeded", 0],
      [6, "MapIterationStarted", 1],
      [8, "PassStateEntered", undefined],
      [9, "PassStateExited", undefined],
      [10, "MapIterationSucceeded", 1],
      [11, "MapStateSucceeded", undefined],
      [11, "MapStateExited", undefined],
      [13, "ExecutionSucceeded", undefined],
    ]);
  });

  test("has its way with the data before and after it", async () => {
    const fields = {
      InputPath: "$.from",
      ResultSelector: { "last.$": "$.n" },
      ResultPath: "$.counted",
    };
    expect(await outcome(counted(3, fields), { from: { n: 0 }, kept: true })).toEqual({
      status: "SUCCEEDED",
      output: { from: { n: 0 }, kept: true, counted: { last: 3 } },
    });
  });

  test("asks its condition of what ItemSelector makes, with index and value beside it", async () => {
    const selected = {
      ItemSelector: {
        "i.$": "$$.Map.Item.Index",
        "v.$": "$$.Map.Item.Value",
        "input.$": "$.limit",
      },
    };
    const condition = { Variable: "$.i", NumericLessThanPath: "$.input" };
    const same: Fields = {
      Type: "Pass",
      Parameters: { "was.$": "$", "at.$": "$$.Map.Item.Index" },
    };
    const { status, output } = await outcome(only(loop(condition, same, selected)), { limit: 2 });
    const first = { was: { i: 0, v: { limit: 2 }, input: 2 }, at: 0 };
    expect([status, output]).toEqual(["SUCCEEDED", { was: { i: 1, v: first, input: 2 }, at: 1 }]);
  });

  test("speaks JSONata", async () => {
    const condition = {
      Condition: "{% $states.input < $limit and $states.context.Map.Item.Index < 10 %}",
    };
    const state = loop(condition, { Type: "Pass", Output: "{% $states.input * 2 %}" });
    const after = { Output: { twice: "{% $states.result %}" } };
    const definition = machine(
      {
        A: { Type: "Pass", Assign: { limit: "{% $states.input.limit %}" }, Output: 1, Next: "B" },
        B: { ...state, ...after, End: true },
      },
      jsonata,
    );
    expect((await outcome(definition, { limit: 100 })).output).toEqual({ twice: 128 });
    expect((await outcome(definition, { limit: 1e9 })).output).toEqual({ twice: 1024 });
  });

  test("has variables of each iteration's own, and sees those around it", async () => {
    const inner = { Type: "Pass", Assign: { seen: 1 }, Parameters: { "n.$": "$outer" }, End: true };
    const definition = machine({
      A: { Type: "Pass", Assign: { outer: 7 }, Next: "B" },
      B: {
        ...loop({ Variable: "$.n", NumericLessThan: 7 }, inner),
        Next: "C",
      },
      C: {
        Type: "Choice",
        Choices: [{ Variable: "$seen", IsPresent: true, Next: "D" }],
        Default: "E",
      },
      D: { Type: "Fail" },
      E: { Type: "Succeed" },
    });
    expect(await outcome(definition, { n: 0 })).toEqual({ status: "SUCCEEDED", output: { n: 7 } });
  });
});

describe("a loop of activities", () => {
  const polling = (fields: Fields = {}) =>
    only(loop({ Variable: "$.done", BooleanEquals: false }, task(), fields));
  const notYet: Json = { done: false };

  test("begins one iteration after the other", async () => {
    const { scenario, commands } = await begin(polling(), notYet);
    expect(commands).toEqual([run("1.1", 1)]);
    expect(await scenario.take(succeeded("1.1", 1, notYet))).toEqual([run("2.1", 1)]);
    await scenario.take(succeeded("2.1", 1, { done: true }));
    expect(scenario.state).toMatchObject({ status: "SUCCEEDED", output: { done: true } });
  });

  test("fails with the iteration that fails", async () => {
    const { scenario } = await begin(polling(), notYet);
    await scenario.take(failed("1.1", 1, "Gone"));
    expect(scenario.state).toMatchObject({ status: "FAILED", error: "Gone" });
    expect(scenario.types.slice(-5)).toEqual([
      "TaskFailed",
      "MapIterationFailed",
      "TaskStateAborted",
      "MapStateFailed",
      "ExecutionFailed",
    ]);
  });

  test("begins again with its input when it is retried, and leaves by its catcher", async () => {
    const Retry = [{ ErrorEquals: ["Gone"], IntervalSeconds: 1, MaxAttempts: 1 }];
    const Catch = [{ ErrorEquals: ["States.ALL"], Next: "Caught", ResultPath: "$.why" }];
    const { scenario } = await begin(polling({ Retry, Catch }), { done: false, round: 0 });
    await scenario.take(succeeded("1.1", 1, { done: false, round: 1 }));
    await scenario.take(failed("2.1", 1, "Gone"));
    expect(await scenario.wake()).toEqual([run("3.1", 1)]);
    expect(scenario.state.activities["3.1"]?.parameters).toEqual({ done: false, round: 0 });
    await scenario.take(failed("3.1", 1, "Gone"));
    expect(scenario.state.output).toEqual({
      done: false,
      round: 0,
      why: { Error: "Gone", Cause: "it broke" },
    });
  });

  test("fails where its condition can not be asked, and can be caught there", async () => {
    const Catch = [{ ErrorEquals: ["States.QueryEvaluationError"], Next: "Caught" }];
    const condition = { Condition: "{% $states.input.done.is.text + 1 %}" };
    const definition = only(loop(condition, { Type: "Pass" }, { Catch }), jsonata);
    const { scenario } = await begin(definition, { done: { is: { text: "x" } } });
    expect(scenario.state.status).toBe("SUCCEEDED");
    expect(scenario.state.output).toMatchObject({ Error: "States.QueryEvaluationError" });
    const evaluation = scenario.events.find(({ type }) => type === "EvaluationFailed");
    expect(evaluation?.details["location"]).toBe("Orchestration/While/Condition");
  });

  test("fails without a catcher where a path of its condition is not there", async () => {
    expect((await outcome(polling(), {})).error).toBe("States.Runtime");
  });

  test("stops with its execution", async () => {
    const { scenario } = await begin(polling(), notYet);
    const commands = await scenario.take({ kind: "StopRequested", by: "key:admin" });
    expect(commands).toEqual([cancel("1.1", 1)]);
    expect(scenario.types.slice(-4)).toEqual([
      "MapIterationAborted",
      "TaskStateAborted",
      "MapStateAborted",
      "ExecutionAborted",
    ]);
  });

  test("is measured iteration by iteration", async () => {
    const inner: Fields = { Type: "Pass", Parameters: { "n.$": "$", "m.$": "$" } };
    const definition = only(loop({ Variable: "$", IsPresent: true }, inner));
    const { scenario } = await begin(definition, { text: "x".repeat(1_000) });
    expect(scenario.state).toMatchObject({ status: "FAILED", error: "States.DataLimitExceeded" });
  });
});

describe("a loop of 100,000 iterations", () => {
  test("needs no more state than a loop of one", async () => {
    const { scenario } = await begin(counted(100_000), { n: 0 });
    const sizes: number[] = [];
    while (scenario.state.status === "RUNNING") {
      scenario.events.length = 0;
      sizes.push(JSON.stringify(scenario.state).length);
      await scenario.wake();
    }
    expect(scenario.state.output).toEqual({ n: 100_000 });
    expect(sizes.length).toBeGreaterThan(40);
    // Numbers grow by a few digits, and nothing else.
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(100);
  });
});
