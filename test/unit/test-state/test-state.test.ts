import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { drive } from "#core/expressions/drive.ts";
import type { Json, JsonObject } from "#core/json.ts";
import type { TestedState, TestStateRequest } from "#core/test-state/answer.ts";
import { testState } from "#core/test-state/test-state.ts";

const environment = { nowMs: Date.UTC(2026, 0, 2), seed: "0123456789abcdef0123456789abcdef" };

const ask = async (request: TestStateRequest) => drive(testState(request, environment));

const tested = async (request: TestStateRequest): Promise<TestedState> => {
  const answer = await ask(request);
  if (answer.kind !== "tested") throw new Error(JSON.stringify(answer));
  return answer;
};

const task = (fields: JsonObject = {}): Json => ({
  Type: "Task",
  Resource: "holdfast:http:request",
  End: true,
  ...fields,
});

describe("what a state makes of its input", () => {
  test("a Wait takes no time and shows its input only", async () => {
    const definition = { Type: "Wait", Seconds: 86_400, Next: "Later" };
    expect(await tested({ definition, input: '{"a":1}', inspectionLevel: "DEBUG" })).toEqual({
      kind: "tested",
      status: "SUCCEEDED",
      output: { a: 1 },
      nextState: "Later",
      inspectionData: { input: { a: 1 }, afterInputPath: { a: 1 } },
    });
  });

  test("variables show what there is after the state", async () => {
    const answer = await tested({
      definition: {
        Type: "Pass",
        QueryLanguage: "JSONata",
        Assign: { b: "{% $a + 1 %}" },
        End: true,
      },
      variables: '{"a":1}',
      inspectionLevel: "TRACE",
    });
    expect(answer.inspectionData?.["variables"]).toEqual({ a: 1, b: 2 });
  });

  test("INFO shows no stages", async () => {
    const answer = await tested({ definition: { Type: "Succeed" }, input: "1" });
    expect(answer).toEqual({ kind: "tested", status: "SUCCEEDED", output: 1 });
  });

  test("a loop asks its condition, and one that goes on has the mock for its result", async () => {
    const definition = {
      Type: "Map",
      Orchestration: { While: { Variable: "$.n", NumericLessThan: 3 } },
      ItemProcessor: { StartAt: "One", States: { One: { Type: "Pass", End: true } } },
      ResultPath: "$.after",
      End: true,
    };
    const mock = { result: '{"n":3}' };
    expect((await tested({ definition, input: '{"n":0}', mock })).output).toEqual({
      n: 0,
      after: { n: 3 },
    });
    expect((await tested({ definition, input: '{"n":5}', mock })).output).toEqual({
      n: 5,
      after: { n: 5 },
    });
  });

  test("every item of a Map state is selected", async () => {
    const answer = await tested({
      definition: {
        Type: "Map",
        ItemsPath: "$.list",
        ItemSelector: { "n.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value" },
        ItemProcessor: { StartAt: "P", States: { P: { Type: "Pass", End: true } } },
        End: true,
      },
      input: '{"list":["x","y"]}',
      inspectionLevel: "DEBUG",
      mock: { result: "[1,2]" },
    });
    expect(answer.output).toEqual([1, 2]);
    expect(answer.inspectionData?.["afterItemSelector"]).toEqual([
      { n: 0, v: "x" },
      { n: 1, v: "y" },
    ]);
  });

  test("a state within a branch is found and sees its language", async () => {
    const inner = { Type: "Pass", Output: "{% $states.input & '!' %}", End: true };
    const branch = { StartAt: "In", States: { In: inner } };
    const definition = {
      QueryLanguage: "JSONata",
      StartAt: "Out",
      States: { Out: { Type: "Parallel", Branches: [branch], End: true } },
    };
    expect((await tested({ definition, stateName: "In", input: '"hi"' })).output).toBe("hi!");
  });
});

describe("what a failure leads to", () => {
  const failing = { mock: { errorOutput: { error: "Boom", cause: "why" } } };
  const Retry = [
    { ErrorEquals: ["Other"] },
    { ErrorEquals: ["Boom"], IntervalSeconds: 3, BackoffRate: 2, MaxAttempts: 2 },
  ];
  const Catch = [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "Rescue" }];

  test.each([
    [0, 3],
    [1, 6],
  ])("after %i retries the next comes %i s later", async (retrierRetryCount, seconds) => {
    const answer = await tested({
      definition: task({ Retry, Catch }),
      inspectionLevel: "DEBUG",
      stateConfiguration: { retrierRetryCount },
      ...failing,
    });
    expect(answer).toMatchObject({ status: "RETRIABLE", error: "Boom", cause: "why" });
    expect(answer.inspectionData?.["errorDetails"]).toEqual({
      retryIndex: 1,
      retryBackoffIntervalSeconds: seconds,
    });
  });

  test("when retries are used up the catcher takes it", async () => {
    const answer = await tested({
      definition: task({ Retry, Catch }),
      input: '{"a":1}',
      inspectionLevel: "DEBUG",
      stateConfiguration: { retrierRetryCount: 2 },
      ...failing,
    });
    expect(answer).toMatchObject({
      status: "CAUGHT_ERROR",
      nextState: "Rescue",
      output: { a: 1, error: { Error: "Boom", Cause: "why" } },
      inspectionData: { errorDetails: { catchIndex: 0 } },
    });
  });

  test("an expression that fails says where, without an event that was never entered", async () => {
    const answer = await tested({ definition: { Type: "Pass", InputPath: "$.none", End: true } });
    expect(answer.status).toBe("FAILED");
    expect(answer.error).toBe("States.Runtime");
    expect(answer.cause).not.toContain("event id");
  });

  test("a catcher that fails itself fails the state", async () => {
    const bad = [{ ErrorEquals: ["States.ALL"], Output: "{% $nothing %}", Next: "Rescue" }];
    const definition = task({ QueryLanguage: "JSONata", Catch: bad });
    const answer = await tested({ definition, ...failing });
    expect(answer).toMatchObject({ status: "FAILED", error: "States.QueryEvaluationError" });
  });
});

describe("what a mock must be", () => {
  const refusal = async (request: TestStateRequest) => {
    const answer = await ask(request);
    return answer.kind === "refused" ? answer.message : answer;
  };
  const call = (call: string) => task({ Resource: `arn:aws:states:::${call}` });
  const mocked = (resource: string, result: Json, mode: "STRICT" | "PRESENT" = "STRICT") =>
    refusal({
      definition: call(resource),
      mock: { result: JSON.stringify(result), fieldValidationMode: mode },
    });

  test.each<[string, Json, string]>([
    ["dynamodb:getItem", { Item: [] }, "Field 'Item' must be an object"],
    ["dynamodb:getItem", { Item: { a: { S: 1 } } }, "Field 'S' must be a string"],
    ["dynamodb:getItem", { Item: { a: { BOOL: "no" } } }, "Field 'BOOL' must be a boolean"],
    ["sqs:sendMessage", { MessageId: null }, "Field 'MessageId' must be a string"],
    ["lambda:invoke", { StatusCode: 1.5 }, "Field 'StatusCode' must be a number"],
    ["aws-sdk:sfn:startExecution", {}, "Required field 'ExecutionArn' is missing"],
  ])("%s does not answer %j", async (resource, result, message) => {
    const prefix = "Mock result schema validation error: ";
    expect(await mocked(resource, result)).toBe(prefix + message);
  });

  test("what is not known of an API is let through", async () => {
    expect(await mocked("dynamodb:getItem", { Whatever: 1 })).toMatchObject({ kind: "tested" });
    expect(await mocked("aws-sdk:nosuch:call", { a: 1 })).toMatchObject({ kind: "tested" });
    expect(await mocked("lambda:invoke", { Payload: { any: [1] } })).toMatchObject({
      kind: "tested",
    });
  });

  test.each<[TestStateRequest, string]>([
    [{ definition: task(), mock: {} }, "only one of the following fields"],
    [{ definition: { Type: "Succeed" }, input: "{" }, "Invalid State Machine Execution Input"],
    [{ definition: { Type: "Succeed" }, context: "[]" }, "Invalid Context object"],
    [{ definition: { StartAt: "A", States: {} } }, "StateName must be specified"],
    [{ definition: call("sqs:sendMessage.waitForTaskToken") }, "without a mock"],
  ])("a bad request is refused: %#", async (request, message) => {
    expect(await refusal(request)).toContain(message);
  });

  test("a Task state without a mock says what it would call", async () => {
    const definition = task({ Parameters: { "url.$": "$.u" } });
    expect(await ask({ definition, input: '{"u":"x"}' })).toEqual({
      kind: "calls",
      resource: "holdfast:http:request",
      parameters: { url: "x" },
    });
  });
});

test("the disputed recordings hold with the answer that the service had", async () => {
  const file = new URL("../../conformance/recorded/cases/test_state.json", import.meta.url);
  const recorded = JSON.parse(readFileSync(file, "utf8")) as {
    id: string;
    definition: Json;
    request: Omit<TestStateRequest, "definition">;
    expect: JsonObject;
  }[];
  const disputed = recorded.filter(({ id }) => id.includes("test_base_lambda_task_state"));
  expect(disputed.length).toBe(2);
  for (const { definition, request, expect: expected } of disputed)
    expect(
      await tested({ ...request, definition, mock: { result: '"HelloWorld!"' } }),
    ).toMatchObject(expected);
});
