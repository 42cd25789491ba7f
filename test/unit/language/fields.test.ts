/** Fields that hold numbers, text or credentials, in both languages and at both levels. */
import { describe, expect, test } from "vitest";
import { initialState } from "#core/execution/advance.ts";
import type { Json } from "#core/json.ts";
import { begin, failed, Scenario, startAtMs, startOf } from "../execution/scenario.ts";
import { ended, type Fields, jsonata, machine, mapOver, only, outcome, task } from "./machines.ts";

describe("TimeoutSeconds and HeartbeatSeconds", () => {
  const timer = async (fields: Fields, input: Json, top: Fields = {}) => {
    const { scenario } = await begin(only(task(fields), top), input);
    return scenario.timerInMs ?? scenario.state.error;
  };

  test.each<readonly [Fields, Fields, number | string]>([
    [{ TimeoutSeconds: 9 }, {}, 9_000],
    [{ TimeoutSecondsPath: "$.t" }, {}, 7_000],
    [{ HeartbeatSecondsPath: "$.h" }, {}, 3_000],
    [{ TimeoutSecondsPath: "$.t", HeartbeatSecondsPath: "$.h" }, {}, 3_000],
    [{ TimeoutSeconds: "{% $states.input.t + 1 %}" }, jsonata, 8_000],
    [{ TimeoutSeconds: 9, HeartbeatSeconds: "{% $states.input.h %}" }, jsonata, 3_000],
    [{ TimeoutSecondsPath: "$.none" }, {}, "States.Runtime"],
    [{ TimeoutSecondsPath: "$.text" }, {}, "States.Runtime"],
    [{ TimeoutSeconds: "{% 'x' %}" }, jsonata, "States.QueryEvaluationError"],
    [{ TimeoutSeconds: "{% 1.5 %}" }, jsonata, "States.QueryEvaluationError"],
    [{ TimeoutSecondsPath: "$.endless" }, {}, "States.Runtime"],
    [{ HeartbeatSecondsPath: "$.endless" }, {}, "States.Runtime"],
    [{ TimeoutSeconds: "{% $states.input.endless %}" }, jsonata, "States.QueryEvaluationError"],
    [{ HeartbeatSeconds: "{% 100000000 %}" }, jsonata, "States.QueryEvaluationError"],
    [{ TimeoutSeconds: "{% 99999999 %}" }, jsonata, 99_999_999_000],
    [{ HeartbeatSeconds: "{% $states.input.none %}" }, jsonata, "States.QueryEvaluationError"],
  ])("%j", async (fields, top, expected) => {
    expect(await timer(fields, { t: 7, h: 3, text: "soon", endless: 1e306 }, top)).toBe(expected);
  });

  test("may be as long as one likes in what was begun before they had a limit", async () => {
    const fact = { ...startOf({ t: 100_000_000 }), behaviour: 5 };
    const definition = only(task({ TimeoutSecondsPath: "$.t" }));
    const scenario = new Scenario(definition, initialState("e1", fact, startAtMs));
    await scenario.take(fact);
    expect(scenario.timerInMs).toBe(100_000_000_000);
  });

  test("are those of each attempt anew", async () => {
    const Retry = [{ ErrorEquals: ["States.Timeout"], IntervalSeconds: 10 }];
    const { scenario } = await begin(only(task({ TimeoutSeconds: 4, Retry })));
    await scenario.wake();
    expect(scenario.timerInMs).toBe(10_000);
    await scenario.wake();
    expect(scenario.timerInMs).toBe(4_000);
  });
});

describe("MaxConcurrency and the failures that a Map state tolerates", () => {
  const atOnce = async (fields: Fields, top: Fields = {}) => {
    const { scenario, commands } = await begin(only(mapOver(task(), fields), top), [1, 2, 3, 4, 5]);
    return scenario.state.status === "RUNNING" ? commands.length : scenario.state.error;
  };

  test.each<readonly [Fields, Fields, number | string]>([
    [{ MaxConcurrency: 2 }, {}, 2],
    [{ MaxConcurrencyPath: "$[2]" }, {}, 3],
    [{ MaxConcurrencyPath: "$[9]" }, {}, "States.Runtime"],
    [{ MaxConcurrency: "{% $count($states.input) - 1 %}" }, jsonata, 4],
    [{ MaxConcurrency: "{% 0 %}" }, jsonata, 5],
    [{ MaxConcurrency: "{% 'two' %}" }, jsonata, "States.QueryEvaluationError"],
    [{ ToleratedFailureCountPath: "$[9]" }, {}, "States.Runtime"],
    [{ ToleratedFailurePercentage: "{% 101 %}" }, jsonata, "States.Runtime"],
    [{ ToleratedFailureCount: "{% -1 %}" }, jsonata, "States.Runtime"],
    [{ ToleratedFailureCount: "{% 0.5 %}" }, jsonata, "States.QueryEvaluationError"],
  ])("%j", async (fields, top, expected) => {
    expect(await atOnce(fields, top)).toBe(expected);
  });

  const failing = {
    Type: "Fail",
    End: undefined,
    Error: "Mine",
  };
  const mixed = (fields: Fields, top: Fields) =>
    outcome(only(mapOver(failing, fields), top), [1, 2, 3, 4]);

  test.each<readonly [Fields, Fields, string]>([
    [{ ToleratedFailureCountPath: "$[3]" }, {}, "SUCCEEDED"],
    [{ ToleratedFailureCountPath: "$[2]" }, {}, "FAILED"],
    [{ ToleratedFailurePercentage: "{% 100 %}" }, jsonata, "SUCCEEDED"],
    [{ ToleratedFailurePercentage: 99.9 }, {}, "FAILED"],
    [{ ToleratedFailureCount: "{% $count($states.input) %}" }, jsonata, "SUCCEEDED"],
    [{ ToleratedFailureCount: 4, ToleratedFailurePercentage: 50 }, {}, "FAILED"],
    [{ ToleratedFailureCount: 0 }, {}, "FAILED"],
  ])("of four failures with %j", async (fields, top, status) => {
    expect((await mixed(fields, top)).status).toBe(status);
  });
});

describe("a Fail state", () => {
  const fails = (fields: Fields, top: Fields = {}) =>
    outcome(only({ Type: "Fail", End: undefined, ...fields }, top), { e: "Mine", c: "why", n: 1 });

  test.each<readonly [Fields, Fields, { error?: string; cause?: string }]>([
    [{}, {}, {}],
    [{ Error: "E" }, {}, { error: "E" }],
    [{ Cause: "C" }, {}, { cause: "C" }],
    [{ ErrorPath: "$.e", CausePath: "$.c" }, {}, { error: "Mine", cause: "why" }],
    [{ ErrorPath: "$$.State.Name" }, {}, { error: "A" }],
    [
      { ErrorPath: "States.Format('{}!', $.e)", CausePath: "States.JsonToString($)" },
      {},
      { error: "Mine!", cause: '{"e":"Mine","c":"why","n":1}' },
    ],
    [
      { Error: "{% $states.input.e %}", Cause: "{% 'n' & $states.input.n %}" },
      jsonata,
      {
        error: "Mine",
        cause: "n1",
      },
    ],
    [{ Error: "no {% expression %}" }, jsonata, { error: "no {% expression %}" }],
  ])("with %j", async (fields, top, failure) => {
    expect(await fails(fields, top)).toEqual({ status: "FAILED", ...failure });
  });

  test.each<readonly [Fields, Fields, string]>([
    [{ ErrorPath: "$.n" }, {}, "States.Runtime"],
    [{ CausePath: "$.none" }, {}, "States.Runtime"],
    [{ CausePath: "States.MathAdd(1, 2)" }, {}, "States.Runtime"],
    [{ CausePath: "States.StringToJson('{')" }, {}, "States.IntrinsicFailure"],
    [{ Error: "{% $states.input.n %}" }, jsonata, "States.QueryEvaluationError"],
  ])("with %j fails in another way", async (fields, top, error) => {
    expect((await fails(fields, top)).error).toBe(error);
  });
});

describe("Credentials", () => {
  const credentialsOf = async (fields: Fields, top: Fields = {}) => {
    const { scenario } = await begin(only(task(fields), top), { role: "arn:role" });
    return { scenario, credentials: scenario.state.activities["0.1"]?.credentials };
  };

  test("are evaluated like the parameters", async () => {
    const expected = { RoleArn: "arn:role" };
    const inPath = { Credentials: { "RoleArn.$": "$.role" } };
    expect((await credentialsOf(inPath)).credentials).toEqual(expected);
    const inJsonata = { Credentials: { RoleArn: "{% $states.input.role %}" } };
    expect((await credentialsOf(inJsonata, jsonata)).credentials).toEqual(expected);
  });

  test("see the effective input", async () => {
    const fields = { InputPath: "$.role", Credentials: { "RoleArn.$": "$" } };
    expect((await credentialsOf(fields)).credentials).toEqual({ RoleArn: "arn:role" });
  });

  test("are in no event of the history, and in no parameters", async () => {
    const { scenario } = await credentialsOf({
      Parameters: {},
      Credentials: { RoleArn: "secret-role" },
    });
    await scenario.take(failed("0.1", 1));
    expect(JSON.stringify(scenario.events)).not.toContain("secret-role");
    expect(scenario.types).toContain("TaskScheduled");
  });

  test("that can not be evaluated fail the state before anything runs", async () => {
    const { scenario } = await credentialsOf({ Credentials: { "RoleArn.$": "$.none" } });
    expect(ended(scenario)).toMatchObject({ status: "FAILED", error: "States.Runtime" });
    expect(scenario.types).not.toContain("TaskScheduled");
  });

  test("are none where there are none", async () => {
    expect((await credentialsOf({})).scenario.state.activities["0.1"]).not.toHaveProperty(
      "credentials",
    );
  });
});

describe("the query language", () => {
  test("of a state goes before that of the machine", async () => {
    const ends = await outcome(
      machine({
        A: { Type: "Pass", QueryLanguage: "JSONata", Output: "{% 1 + 1 %}", Next: "B" },
        B: { Type: "Pass", Parameters: { "a.$": "$", b: "{% 1 %}" }, End: true },
      }),
    );
    expect(ends.output).toEqual({ a: 2, b: "{% 1 %}" });
  });

  test("of the machine holds within its branches", async () => {
    const ends = await outcome(only(mapOver({ Type: "Pass", Output: "{% 1 %}" }), jsonata), [0]);
    expect(ends.output).toEqual([1]);
  });

  test("of a state with children is not that of the children", async () => {
    const inner = { Type: "Pass", Parameters: { "a.$": "$" } };
    const state = mapOver(inner, { QueryLanguage: "JSONata", Items: "{% [5] %}" });
    expect((await outcome(only(state))).output).toEqual([{ a: 5 }]);
  });

  test("text that is not exactly an expression is text", async () => {
    for (const Output of [" {% 1 %}", "{% 1 %} ", "{%1", "{% 1", "{%}"])
      expect((await outcome(only({ Type: "Pass", Output }, jsonata))).output).toBe(Output);
  });
});
