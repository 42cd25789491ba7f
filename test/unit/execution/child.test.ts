import { describe, expect, test } from "vitest";
import type { ChildEnd } from "#core/execution/facts.ts";
import type { Program } from "#core/execution/program.ts";
import {
  activityNameOf,
  givesToken,
  isAwaitedChild,
  resourceKind,
} from "#core/execution/resource-kind.ts";
import type { Activity } from "#core/execution/state.ts";
import {
  childOf,
  childRequest,
  endedResult,
  nameInvalid,
  nameTaken,
  noSuchProcess,
  startedOutput,
} from "#core/execution/states/child.ts";
import type { Json } from "#core/json.ts";
import { programOf } from "./scenario.ts";

const awaited = "arn:aws:states:::states:startExecution.sync:2";
const program: Program = programOf({ StartAt: "A", States: { A: { Type: "Succeed" } } });
const starter = { executionId: "e1", process: "p", name: "n", version: 1, behaviour: 2 };

const activity = (parameters: Json, resource = awaited): Activity => ({
  id: "0.1",
  branch: "0",
  state: "A",
  resource,
  parameters,
  attempt: 1,
  phase: "running",
  startedAtMs: 1_000,
});

const request = (parameters: Json, resource?: string) =>
  childRequest(
    starter as unknown as Parameters<typeof childRequest>[0],
    activity(parameters, resource),
  );

const child: ChildEnd = {
  executionId: "c:1",
  process: "c",
  name: "1",
  status: "SUCCEEDED",
  startedAtMs: 1_700_000_000_000,
  stoppedAtMs: 1_700_000_001_500,
};

const sdk = "arn:aws:states:::aws-sdk:sfn:startExecution";
const arn = (name: string) => `arn:aws:states:eu-west-1:123456789012:stateMachine:${name}`;

describe("an activity that starts an execution", () => {
  test.each<[string, Json, object]>([
    ["by an ARN", { StateMachineArn: arn("c") }, { process: "c" }],
    ["by the ARN of a version", { StateMachineArn: arn("c:12") }, { process: "c", version: 12 }],
    ["by a name", { StateMachineArn: "c" }, { process: "c" }],
    ["under a name", { StateMachineArn: "c", Name: "mine" }, { process: "c", name: "mine" }],
    ["with data", { StateMachineArn: "c", Input: { a: [1] } }, { input: { a: [1] } }],
    ["with text, which is JSON", { StateMachineArn: "c", Input: '{"a":1.0}' }, { input: { a: 1 } }],
    ["without input", { StateMachineArn: "c" }, { input: {} }],
  ])("%s", (_, parameters, expected) => {
    const asked = request(parameters);
    expect(JSON.parse(JSON.stringify(asked))).toMatchObject({ isAwaited: true, ...expected });
    expect("version" in asked).toBe("version" in expected);
  });

  const missing = (asked: string) => ({
    failure: {
      error: "StepFunctions.StateMachineDoesNotExistException",
      cause: `State Machine Does Not Exist: '${asked}'`,
    },
  });

  test.each<[Json, string]>([
    [{ StateMachineArn: "not:an:arn" }, "not:an:arn"],
    [{ StateMachineArn: `x${arn("c")}` }, `x${arn("c")}`],
    [{ StateMachineArn: `${arn("c")}:x` }, `${arn("c")}:x`],
    [{ StateMachineArn: 7 }, "7"],
    [{}, "null"],
    ["text", "null"],
  ])("%j names no process there is", (parameters, asked) => {
    expect(request(parameters)).toEqual(missing(asked));
    expect(childOf(starter, activity(parameters))).toBeUndefined();
  });

  test("has a child of its own in every attempt, and the same one whenever it is asked", () => {
    const first = activity({ StateMachineArn: "c" });
    const id = childOf(starter, first);
    expect(id).toMatch(/^c:child-[0-9a-f]{32}$/);
    expect(childOf(starter, first)).toBe(id);
    expect(childOf({ executionId: "e2" }, first)).not.toBe(id);
    expect(childOf(starter, { ...first, attempt: 2 })).not.toBe(id);
    expect(childOf(starter, { ...first, id: "0.2" })).not.toBe(id);
    expect(childOf(starter, activity({ StateMachineArn: "c", Name: "" }))).toBe(id);
    expect(childOf(starter, activity({ StateMachineArn: "c", Name: 7 }))).toBe(id);
    expect(childOf(starter, activity({ StateMachineArn: "c", Name: "n" }))).toBe("c:n");
    expect(childOf(starter, activity({ StateMachineArn: "c" }, "holdfast:a:b"))).toBeUndefined();
  });

  test("fails in the service's words, which tell the two services apart", () => {
    expect(request({ StateMachineArn: "c", Input: "{" })).toEqual({
      failure: {
        error: "StepFunctions.InvalidExecutionInputException",
        cause: "Invalid State Machine Execution Input: the text is not JSON",
      },
    });
    expect(noSuchProcess(activity({ StateMachineArn: "c" }, sdk))).toEqual({
      error: "Sfn.StateMachineDoesNotExistException",
      cause: "State Machine Does Not Exist: 'c'",
    });
    expect(nameTaken(activity({}), "arn:x")).toEqual({
      error: "StepFunctions.ExecutionAlreadyExistsException",
      cause: "Execution Already Exists: 'arn:x'",
    });
    expect(nameInvalid(activity({ Name: "a b" }))).toEqual({
      error: "StepFunctions.InvalidNameException",
      cause: "Invalid Name: 'a b'",
    });
  });

  test("has the start of a child: as a number, or as text from the SDK", () => {
    expect(startedOutput(program, { resource: awaited }, child)).toMatchObject({
      ExecutionArn: expect.stringMatching(/^arn:aws:states:[^:]+:\d+:execution:c:1$/),
    });
    expect(startedOutput(program, { resource: awaited }, child)).toMatchObject({
      StartDate: 1_700_000_000_000,
    });
    expect(startedOutput(program, { resource: sdk }, child)).toMatchObject({
      StartDate: "2023-11-14T22:13:20.000Z",
    });
  });
});

describe("the end of a child that is waited for", () => {
  const ended = (given: Partial<ChildEnd>, resource = awaited) =>
    endedResult(program, activity({ StateMachineArn: "c", Input: { a: 1 } }, resource), {
      ...child,
      ...given,
    });

  test("is described with its documents as JSON, keys in the order of the alphabet", () => {
    const result = ended({ output: { b: [2] } });
    expect(result).toMatchObject({
      kind: "succeeded",
      output: {
        Input: { a: 1 },
        InputDetails: { Included: true },
        Name: "1",
        Output: { b: [2] },
        OutputDetails: { Included: true },
        StartDate: 1_700_000_000_000,
        Status: "SUCCEEDED",
        StopDate: 1_700_000_001_500,
      },
    });
    const keys = Object.keys((result as { output: object }).output);
    expect(keys).toEqual(keys.toSorted());
    expect(keys).toContain("ExecutionArn");
    expect(keys).toContain("StateMachineArn");
    expect(keys).not.toContain("Cause");
    expect(keys).not.toContain("Error");
  });

  test("is described with its documents as text in the older form", () => {
    const older = awaited.replace(":2", "");
    expect(ended({ output: { b: 2 } }, older)).toMatchObject({
      output: { Input: '{"a":1}', Output: '{"b":2}' },
    });
  });

  test("that failed is a failure whose cause is the description", () => {
    const result = ended({ status: "FAILED", error: "E", cause: "why" });
    expect(result).toMatchObject({ kind: "failed", error: "States.TaskFailed" });
    const described = JSON.parse((result as { cause: string }).cause);
    expect(described).toMatchObject({ Cause: "why", Error: "E", Status: "FAILED" });
    expect(Object.keys(described).slice(0, 2)).toEqual(["Cause", "Error"]);
    expect(described).not.toHaveProperty("Output");
    expect(described).not.toHaveProperty("OutputDetails");
  });

  test("that timed out or was stopped is one, too", () => {
    expect(ended({ status: "TIMED_OUT" }).kind).toBe("failed");
    expect(ended({ status: "ABORTED" }).kind).toBe("failed");
  });
});

describe("a resource", () => {
  const start = "arn:aws:states:::states:startExecution";
  test.each([
    [start, "child", false],
    [`${start}.sync`, "child", true],
    [`${start}.sync:2`, "child", true],
    [`${start}.waitForTaskToken`, "child", false],
    [sdk, "child", false],
    [`x${start}`, "adapter", false],
    [`${start}.later`, "adapter", false],
    ["arn:aws:states:::sqs:sendMessage", "adapter", false],
    ["holdfast:http:request", "adapter", false],
    ["arn:aws:states:eu-west-1:123456789012:activity:a", "worker", false],
    ["arn:aws:states:::activity:a", "adapter", false],
    ["holdfast:activity:a-b", "worker", false],
    ["holdfast:activity:a:b", "adapter", false],
  ])("%s is work for: %s", (resource, kind, isAwaited) => {
    expect(resourceKind(resource)).toBe(kind);
    expect(isAwaitedChild(resource)).toBe(isAwaited);
  });

  test("of an activity names it, and its attempts have tokens", () => {
    expect(activityNameOf("arn:aws:states:eu-west-1:123456789012:activity:a")).toBe("a");
    expect(activityNameOf("holdfast:activity:a-b")).toBe("a-b");
    expect(activityNameOf("holdfast:http:request")).toBeUndefined();
    expect(givesToken("holdfast:activity:a-b")).toBe(true);
    expect(givesToken("arn:aws:states:::sqs:sendMessage.waitForTaskToken")).toBe(true);
    expect(givesToken("arn:aws:states:::sqs:sendMessage")).toBe(false);
  });
});
