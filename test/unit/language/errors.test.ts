/** Errors that the language defines: when they come, what they say, and what takes them. */
import { describe, expect, test } from "vitest";
import type { Json } from "#core/json.ts";
import { begin, failed } from "../execution/scenario.ts";
import {
  branches,
  ended,
  type Fields,
  jsonata,
  machine,
  mapOver,
  only,
  outcome,
  task,
} from "./machines.ts";

const at = (state: string, id: number, message: string) =>
  `An error occurred while executing the state '${state}' (entered at the event id #${id}). ${message}`;

const caughtAll = [{ ErrorEquals: ["States.ALL"], Next: "Caught" }];

describe("States.NoChoiceMatched", () => {
  const choice = { Type: "Choice", Choices: [{ Variable: "$.a", IsNull: true, Next: "Caught" }] };

  test("comes where no rule matches and there is no default", async () => {
    expect(await outcome(only({ ...choice, End: undefined }), { a: 1 })).toEqual({
      status: "FAILED",
      error: "States.NoChoiceMatched",
      cause: at(
        "A",
        2,
        "Failed to transition out of the state. The state does not point to a next state.",
      ),
    });
  });

  test("comes in JSONata too", async () => {
    const Choices = [{ Condition: "{% $states.input.a = 2 %}", Next: "Caught" }];
    const ends = await outcome(only({ Type: "Choice", Choices, End: undefined }, jsonata), {
      a: 1,
    });
    expect(ends.error).toBe("States.NoChoiceMatched");
  });

  test("is caught around the Choice state", async () => {
    const inner = machine({ I: choice, Caught: { Type: "Pass", End: true } });
    const parallel = {
      Type: "Parallel",
      Branches: [inner],
      Catch: [{ ErrorEquals: ["States.NoChoiceMatched"], Next: "Caught", ResultPath: "$.e" }],
    };
    const ends = await outcome(only(parallel), { a: 1 });
    expect(ends).toMatchObject({
      status: "SUCCEEDED",
      output: { a: 1, e: { Error: "States.NoChoiceMatched" } },
    });
  });
});

describe("States.IntrinsicFailure", () => {
  const refused: readonly (readonly [string, Json])[] = [
    ["States.StringToJson('{')", {}],
    ["States.StringToJson($.a)", { a: 1 }],
    ["States.ArrayPartition($.a, 0)", { a: [1] }],
    ["States.ArrayPartition($.a, 1)", { a: "text" }],
    ["States.ArrayRange(1, 9, 0)", {}],
    ["States.ArrayRange(1, 5000, 1)", {}],
    ["States.ArrayGetItem($.a, 7)", { a: [1] }],
    ["States.ArrayLength($.a)", { a: {} }],
    ["States.ArrayUnique($.a)", { a: "b" }],
    ["States.Base64Decode('*')", {}],
    ["States.Base64Encode($.a)", { a: "x".repeat(10_001) }],
    ["States.Hash('a', 'MD6')", {}],
    ["States.JsonMerge($.a, $.a, true)", { a: {} }],
    ["States.JsonMerge($.a, $.b, false)", { a: {}, b: [] }],
    ["States.MathAdd('1', 1)", {}],
    ["States.StringSplit($.a, ',')", { a: null }],
    ["States.Format('{} {}', 'one')", {}],
    ["States.Format('{')", {}],
  ];

  test.each(refused)("%s", async (call, input) => {
    const ends = await outcome(only({ Type: "Pass", Parameters: { "a.$": call } }), input);
    expect(ends).toMatchObject({ status: "FAILED", error: "States.IntrinsicFailure" });
    expect(ends.cause).toContain(at("A", 2, `The function '${call}' had the following error: `));
  });

  test("is caught by its name and by the wildcards", async () => {
    const Parameters = { "a.$": "States.StringToJson('{')" };
    for (const name of ["States.IntrinsicFailure", "States.TaskFailed", "States.ALL"]) {
      const Catch = [{ ErrorEquals: [name], Next: "Caught" }];
      const ends = await outcome(only(task({ Parameters, Catch })));
      expect(ends).toMatchObject({
        status: "SUCCEEDED",
        output: { Error: "States.IntrinsicFailure" },
      });
    }
  });

  test("an argument's path without a match is a runtime error, which nothing catches", async () => {
    const Parameters = { "a.$": "States.StringToJson($.none)" };
    const ends = await outcome(only(task({ Parameters, Catch: caughtAll })));
    expect(ends).toMatchObject({ status: "FAILED", error: "States.Runtime" });
  });
});

describe("a path in Parameters without a match", () => {
  /** The specification says States.ParameterPathFailure, the service says States.Runtime. */
  test("is a runtime error as on the service: nothing catches it", async () => {
    const Parameters = { "a.$": "$.none.deeper" };
    const ends = await outcome(only(task({ Parameters, Catch: caughtAll })), { b: 1 });
    expect(ends).toEqual({
      status: "FAILED",
      error: "States.Runtime",
      cause: at(
        "A",
        2,
        `The JSONPath '$.none.deeper' specified for the field 'a.$' could not be found in the input '{"b":1}'`,
      ),
    });
  });

  test("gives nothing where it may match many", async () => {
    const Parameters = { "a.$": "$.none[*].deeper" };
    expect(await outcome(only({ Type: "Pass", Parameters }), { b: 1 })).toMatchObject({
      output: { a: [] },
    });
  });

  test("States.ParameterPathFailure is caught where an activity fails with it", async () => {
    const Catch = [{ ErrorEquals: ["States.ParameterPathFailure"], Next: "Caught" }];
    const { scenario } = await begin(only(task({ Catch })));
    await scenario.take(failed("0.1", 1, "States.ParameterPathFailure"));
    expect(scenario.state.status).toBe("SUCCEEDED");
  });
});

describe("States.ResultPathMatchFailure", () => {
  const pass = (ResultPath: string) => only({ Type: "Pass", Result: 7, ResultPath });

  test.each<readonly [string, Json]>([
    ["$.a.b", { a: 1 }],
    ["$.a", [1]],
    ["$.a", "text"],
    ["$[3]", [1]],
    ["$.a[0]", { a: {} }],
  ])("comes where %s can not be put into %j", async (path, input) => {
    expect(await outcome(pass(path), input)).toEqual({
      status: "FAILED",
      error: "States.ResultPathMatchFailure",
      cause: at("A", 2, `Unable to apply ReferencePath ${path} to input ${JSON.stringify(input)}`),
    });
  });

  test.each<readonly [string, Json, Json]>([
    ["$.a.b", {}, { a: { b: 7 } }],
    ["$.a", { a: { old: 1 }, c: 2 }, { a: 7, c: 2 }],
    ["$[1]", [1, 2], [1, 7]],
  ])("does not come for %s in %j", async (path, input, output) => {
    expect(await outcome(pass(path), input)).toEqual({ status: "SUCCEEDED", output });
  });

  test("is caught", async () => {
    const Catch = [{ ErrorEquals: ["States.ResultPathMatchFailure"], Next: "Caught" }];
    const ends = await outcome(only(mapOver({ Type: "Pass" }, { ResultPath: "$.a", Catch })), []);
    expect(ends).toMatchObject({
      status: "SUCCEEDED",
      output: { Error: "States.ResultPathMatchFailure" },
    });
  });
});

describe("a branch that fails", () => {
  test("fails its Parallel state with its own error", async () => {
    const fail = { Type: "Fail", Error: "Mine", Cause: "why", End: undefined };
    expect(await outcome(only(branches([{ Type: "Pass" }, fail])))).toEqual({
      status: "FAILED",
      error: "Mine",
      cause: "why",
    });
  });

  test("is caught by States.TaskFailed and States.ALL", async () => {
    const fail = { Type: "Fail", Error: "Mine", End: undefined };
    for (const name of ["States.TaskFailed", "States.ALL", "Mine"])
      expect(
        await outcome(only(branches([fail], { Catch: [{ ErrorEquals: [name], Next: "Caught" }] }))),
      ).toMatchObject({ status: "SUCCEEDED", output: { Error: "Mine", Cause: "" } });
  });

  test("with a runtime error takes everything with it", async () => {
    const runtime = { Type: "Pass", InputPath: "$.none" };
    const ends = await outcome(only(branches([runtime], { Catch: caughtAll })));
    expect(ends).toMatchObject({ status: "FAILED", error: "States.Runtime" });
  });
});

describe("a heartbeat that is missed", () => {
  const beating = (Catch: Fields[], fields: Fields = {}) =>
    only(task({ HeartbeatSeconds: 5, TimeoutSeconds: 60, Catch, ...fields }));
  const waits = async (Catch: Fields[], fields: Fields = {}) => {
    const { scenario } = await begin(beating(Catch, fields));
    await scenario.wake();
    return ended(scenario);
  };

  test.each(["States.HeartbeatTimeout", "States.Timeout", "States.ALL"])(
    "is caught by %s and shows as States.Timeout",
    async (name) => {
      expect(await waits([{ ErrorEquals: [name], Next: "Caught" }])).toEqual({
        status: "SUCCEEDED",
        output: { Error: "States.Timeout", Cause: "" },
      });
    },
  );

  test("is not caught by States.TaskFailed", async () => {
    expect(await waits([{ ErrorEquals: ["States.TaskFailed"], Next: "Caught" }])).toEqual({
      status: "FAILED",
      error: "States.Timeout",
    });
  });

  test("is not what a time-out is", async () => {
    const Catch = [{ ErrorEquals: ["States.HeartbeatTimeout"], Next: "Caught" }];
    const fields = { HeartbeatSeconds: undefined, TimeoutSeconds: 4 };
    expect(await waits(Catch, fields)).toMatchObject({ status: "FAILED" });
  });

  test("is put off by each beat", async () => {
    const { scenario } = await begin(beating([]));
    await scenario.take({ kind: "ActivityHeartbeat", activity: "0.1", attempt: 1 }, 4_000);
    expect(scenario.timerInMs).toBe(5_000);
    await scenario.take({ kind: "ActivityHeartbeat", activity: "0.1", attempt: 2 }, 4_000);
    expect(scenario.timerInMs).toBe(1_000);
  });
});

describe("a branch of a Parallel state that fails", () => {
  const forked = (Catch: object[]) =>
    only({ Type: "Parallel", Branches: [machine({ B: task() })], Catch });

  test("is a failure of the state by its own name, and by States.BranchFailed", async () => {
    for (const name of ["Boom", "States.BranchFailed"]) {
      const { scenario } = await begin(forked([{ ErrorEquals: [name], Next: "Caught" }]));
      await scenario.take(failed("1.1", 1));
      expect(scenario.state).toMatchObject({ status: "SUCCEEDED", output: { Error: "Boom" } });
    }
  });

  test("is known to whoever waits further up by its own name only", async () => {
    const { scenario } = await begin(forked([{ ErrorEquals: ["Other"], Next: "Caught" }]));
    await scenario.take(failed("1.1", 1));
    expect(scenario.state).toMatchObject({ status: "FAILED", error: "Boom" });
  });
});

test("a catcher that leads back to its state does not make the cause grow from round to round", async () => {
  const Catch = [{ ErrorEquals: ["States.ALL"], Next: "A" }];
  const definition = only(
    { ...mapOver({ Type: "Pass" }), Next: "A", End: undefined, Catch },
    jsonata,
  );
  const { scenario } = await begin(definition, { text: "x".repeat(1_000) });
  for (let round = 0; round < 5; round += 1) await scenario.wake();
  expect(scenario.state.transitionCount).toBeGreaterThan(200);
  expect(JSON.stringify(scenario.state).length).toBeLessThan(200_000);
});

describe("errors that activities report", () => {
  test.each([
    ["States.Permissions", "States.TaskFailed", true],
    ["States.Permissions", "States.ALL", true],
    ["States.Permissions", "States.Permissions", true],
    ["States.Permissions", "States.permissions", false],
    ["States.Timeout", "States.TaskFailed", false],
    ["States.Timeout", "States.Timeout", true],
    ["Mine", "States.Permissions", false],
    ["States.Runtime", "States.ALL", false],
    ["States.Runtime", "States.Runtime", false],
    ["States.TaskFailed", "States.TaskFailed", true],
    ["States.DataLimitExceeded", "States.ALL", true],
  ])("%s with a catcher for %s: caught %s", async (error, name, isCaught) => {
    const { scenario } = await begin(
      only(task({ Catch: [{ ErrorEquals: [name], Next: "Caught" }] })),
    );
    await scenario.take(failed("0.1", 1, error));
    expect(scenario.state.status).toBe(isCaught ? "SUCCEEDED" : "FAILED");
  });

  test("go to the first catcher that names them", async () => {
    const catchers = [["Other"], ["Boom", "Bang"], ["Boom"], ["States.ALL"]];
    const states = Object.fromEntries(
      catchers.map((_, index) => [`C${index}`, { Type: "Pass", Result: index, End: true }]),
    );
    const Catch = catchers.map((ErrorEquals, index) => ({ ErrorEquals, Next: `C${index}` }));
    const caughtAt = async (error: string) => {
      const { scenario } = await begin(machine({ A: task({ Catch }), ...states }));
      await scenario.take(failed("0.1", 1, error));
      return scenario.state.output;
    };
    expect(await caughtAt("Bang")).toBe(1);
    expect(await caughtAt("Boom")).toBe(1);
    expect(await caughtAt("Other")).toBe(0);
    expect(await caughtAt("What")).toBe(3);
  });

  test("that are caught are retried first", async () => {
    const Retry = [{ ErrorEquals: ["Boom"], MaxAttempts: 1 }];
    const { scenario } = await begin(only(task({ Retry, Catch: caughtAll })));
    await scenario.take(failed("0.1", 1));
    expect(scenario.state.status).toBe("RUNNING");
    await scenario.wake();
    await scenario.take(failed("0.1", 2));
    expect(ended(scenario)).toMatchObject({ status: "SUCCEEDED", output: { Cause: "it broke" } });
  });
});

describe("a Map state that tolerates failures", () => {
  const failing = { Type: "Fail", Error: "Mine", End: undefined };

  test("fails with States.ExceedToleratedFailureThreshold beyond them, which is caught", async () => {
    const Catch = [{ ErrorEquals: ["States.ExceedToleratedFailureThreshold"], Next: "Caught" }];
    const ends = await outcome(only(mapOver(failing, { ToleratedFailureCount: 1, Catch })), [1, 2]);
    expect(ends).toEqual({
      status: "SUCCEEDED",
      output: {
        Error: "States.ExceedToleratedFailureThreshold",
        Cause: "The specified tolerated failure threshold was exceeded",
      },
    });
  });
});

describe("the time of the whole execution", () => {
  test("ends it with neither error nor cause, whatever it would catch", async () => {
    const { scenario } = await begin(only(task({ Catch: caughtAll }), { TimeoutSeconds: 30 }));
    expect(scenario.timerInMs).toBe(30_000);
    expect(await scenario.wake()).toMatchObject([{ kind: "CancelActivity" }]);
    expect(ended(scenario)).toEqual({ status: "TIMED_OUT" });
    expect(scenario.types.at(-1)).toBe("ExecutionTimedOut");
  });

  test("does not matter to what has ended", async () => {
    const { scenario } = await begin(only({ Type: "Pass" }, { TimeoutSeconds: 30 }));
    await scenario.take({ kind: "TimePassed" }, 60_000);
    expect(scenario.state.status).toBe("SUCCEEDED");
  });
});
