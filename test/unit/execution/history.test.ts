import { describe, expect, test } from "vitest";
import type { State, StateMachine } from "#core/asl/definition.ts";
import { InvariantViolation } from "#core/errors.ts";
import { advance, initialState } from "#core/execution/advance.ts";
import { fold } from "#core/execution/fold.ts";
import { drive } from "#core/expressions/drive.ts";
import { begin, programOf, startAtMs, startOf, succeeded } from "./scenario.ts";

const task = (Resource: string): StateMachine => ({
  StartAt: "Do",
  States: { Do: { Type: "Task", Resource, End: true } },
});

describe("the history of an activity", () => {
  test.each([
    {
      resource: "holdfast:http:request",
      scheduled: "TaskScheduled",
      details: { resourceType: "holdfast:http", resource: "request", parameters: {} },
    },
    {
      resource: "arn:aws:states:::aws-sdk:s3:getObject",
      scheduled: "TaskScheduled",
      details: { resourceType: "aws-sdk:s3", resource: "getObject", parameters: {} },
    },
    {
      resource: "arn:aws:states:::states:startExecution.sync:2",
      scheduled: "TaskScheduled",
      details: { resourceType: "states", resource: "startExecution.sync:2", parameters: {} },
    },
    {
      resource: "arn:aws:lambda:eu-west-1:1:function:f",
      scheduled: "LambdaFunctionScheduled",
      details: { resource: "arn:aws:lambda:eu-west-1:1:function:f", input: {} },
    },
  ])("of $resource names its resource as the service does", async (expected) => {
    const { scenario } = await begin(task(expected.resource));
    expect(scenario.events[2]).toEqual({
      id: 3,
      previousEventId: 2,
      type: expected.scheduled,
      timestampMs: startAtMs,
      details: expected.details,
    });
    expect(scenario.types[3]).toBe(expected.scheduled.replace("Scheduled", "Started"));
  });

  test("that a worker claims starts when it is claimed", async () => {
    const { scenario } = await begin(task("arn:aws:states:eu-west-1:1:activity:copy"));
    expect(scenario.types.at(-1)).toBe("ActivityScheduled");
    await scenario.take({
      kind: "ActivityClaimed",
      activity: "0.1",
      attempt: 1,
      worker: "w1",
    });
    expect(scenario.events.at(-1)).toMatchObject({
      type: "ActivityStarted",
      details: { workerName: "w1" },
    });
    await scenario.take(succeeded("0.1", 1));
    expect(scenario.types.slice(-3)).toEqual([
      "ActivitySucceeded",
      "TaskStateExited",
      "ExecutionSucceeded",
    ]);
  });

  test("has nothing to say about a claim of what nobody claims", async () => {
    const { scenario } = await begin(task("holdfast:http:request"));
    const count = scenario.events.length;
    await scenario.take({ kind: "ActivityClaimed", activity: "0.1", attempt: 1 });
    expect(scenario.events).toHaveLength(count);
  });

  test("notes an answered call once", async () => {
    const { scenario } = await begin(task("arn:aws:states:::sqs:sendMessage.waitForTaskToken"));
    const submitted = {
      kind: "ActivitySubmitted",
      activity: "0.1",
      attempt: 1,
      output: { MessageId: "m" },
    } as const;
    await scenario.take(submitted);
    await scenario.take(submitted);
    expect(scenario.types.filter((type) => type === "TaskSubmitted")).toHaveLength(1);
  });
});

test("the context object has well-formed names where nobody gives an identity", async () => {
  const { scenario } = await begin({
    StartAt: "Look",
    States: { Look: { Type: "Pass", InputPath: "$$", End: true } },
  });
  expect(scenario.state.output).toMatchObject({
    Execution: {
      Id: "arn:aws:states:local:000000000000:execution:backup:nightly",
      Name: "nightly",
      StartTime: "1970-01-01T00:16:40.000Z",
    },
    StateMachine: {
      Id: "arn:aws:states:local:000000000000:stateMachine:backup",
      Name: "backup",
    },
    State: { Name: "Look" },
  });
});

test("an evaluation that fails says where, before the execution fails", async () => {
  const { scenario } = await begin({
    QueryLanguage: "JSONata",
    StartAt: "Sum",
    States: { Sum: { Type: "Pass", Output: { total: "{% $nothing %}" }, End: true } as State },
  });
  expect(scenario.types.slice(-2)).toEqual(["EvaluationFailed", "ExecutionFailed"]);
  expect(scenario.events.at(-2)?.details).toMatchObject({
    location: "Output/total",
    state: "Sum",
    error: "States.QueryEvaluationError",
  });
});

describe("a log", () => {
  test("that is empty folds to nothing", async () => {
    const log = { executionId: "e1", records: [] };
    expect(await fold(programOf(task("holdfast:http:request")), log)).toBeUndefined();
  });

  test("that begins without its start is damaged", () => {
    const record = {
      executionId: "e1",
      epoch: 0,
      seq: 0,
      commitId: "c",
      server: "s",
      turn: "t",
      atMs: 1,
      facts: [{ kind: "TimePassed" } as const],
      commands: [],
      doneThrough: -1,
    };
    const log = { executionId: "e1", records: [record] };
    expect(() => fold(programOf(task("holdfast:http:request")), log)).toThrow(InvariantViolation);
  });

  test("whose start comes twice starts once", async () => {
    const { scenario } = await begin(task("holdfast:http:request"));
    const before = JSON.stringify(scenario.state);
    expect(await scenario.take(startOf({}))).toEqual([]);
    expect(JSON.stringify(scenario.state)).toBe(before);
  });

  test("takes no fact before the start", () => {
    const program = programOf(task("holdfast:http:request"));
    const state = initialState("e1", startOf({}), startAtMs);
    const early = advance(program, state, { fact: { kind: "TimePassed" }, atMs: startAtMs });
    expect(() => drive(early)).toThrow(InvariantViolation);
  });
});
