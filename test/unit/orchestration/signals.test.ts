/** Waiting for signals: `holdfast:signals:wait` (ADR 7). */
import { describe, expect, test } from "vitest";
import type { Fact } from "#core/execution/facts.ts";
import type { Json } from "#core/json.ts";
import { signalIdsKeptMax } from "#core/limits.ts";
import { begin, run, type Scenario } from "../execution/scenario.ts";
import { branches, type Fields, jsonata, machine, only, task } from "../language/machines.ts";

const signal = (name: string, payload: Json = null, id: string = name): Fact => ({
  kind: "SignalReceived",
  id,
  name,
  payload,
  by: "key:ann",
});

const wait = (parameters: Json, fields: Fields = {}): Fields => ({
  Type: "Task",
  Resource: "holdfast:signals:wait",
  Parameters: parameters,
  End: true,
  ...fields,
});

const waiting = async (join: Json | undefined, fields: Fields = {}): Promise<Scenario> => {
  const Join = join === undefined ? {} : { Join: join };
  const { scenario, commands } = await begin(
    only(wait({ Names: ["a", "b", "c"], ...Join }, fields)),
  );
  expect(commands).toEqual([]);
  return scenario;
};

const send = async (scenario: Scenario, ...names: string[]) => {
  for (const name of names) await scenario.take(signal(name, `payload of ${name}`));
};

describe("a wait for signals", () => {
  test.each([undefined, "all"])("for %s of them ends with the last", async (join) => {
    const scenario = await waiting(join);
    await send(scenario, "c", "x", "a");
    expect(scenario.state.status).toBe("RUNNING");
    await send(scenario, "b");
    expect(scenario.state).toMatchObject({
      status: "SUCCEEDED",
      output: { a: "payload of a", b: "payload of b", c: "payload of c" },
    });
    expect(scenario.types).toEqual([
      "ExecutionStarted",
      "TaskStateEntered",
      "TaskScheduled",
      "TaskStarted",
      "TaskSucceeded",
      "TaskStateExited",
      "ExecutionSucceeded",
    ]);
  });

  test.each([
    { join: "any", sent: ["b"], output: { b: "payload of b" } },
    { join: 2, sent: ["c", "a"], output: { c: "payload of c", a: "payload of a" } },
  ])("for $join of them ends with $sent", async ({ join, sent, output }) => {
    const scenario = await waiting(join);
    await send(scenario, ...sent);
    expect(scenario.state).toMatchObject({ status: "SUCCEEDED", output });
  });

  test("fails when its time is over, and can be caught and tried again", async () => {
    const Retry = [{ ErrorEquals: ["States.Timeout"], MaxAttempts: 1, IntervalSeconds: 1 }];
    const Catch = [{ ErrorEquals: ["States.Timeout"], Next: "Caught", ResultPath: "$.late" }];
    const scenario = await waiting("all", { TimeoutSeconds: 60, Retry, Catch });
    await send(scenario, "a", "b");
    for (let time = 0; time < 3; time += 1) await scenario.wake();
    expect(scenario.state).toMatchObject({
      status: "SUCCEEDED",
      output: { late: { Error: "States.Timeout" } },
    });
    expect(scenario.types.filter((type) => type === "TaskTimedOut")).toHaveLength(2);
  });

  test("finds what came during an attempt before in the next one", async () => {
    const Retry = [{ ErrorEquals: ["States.Timeout"], MaxAttempts: 1, IntervalSeconds: 1 }];
    const scenario = await waiting("all", { TimeoutSeconds: 60, Retry });
    await send(scenario, "a");
    await scenario.wake();
    await send(scenario, "b");
    await scenario.wake();
    await send(scenario, "c");
    expect(scenario.state.status).toBe("SUCCEEDED");
  });

  test("for none ends well when its time is over", async () => {
    const scenario = await waiting("none", { TimeoutSeconds: 60 });
    await send(scenario, "x");
    expect(scenario.timerInMs).toBe(60_000);
    await scenario.wake();
    expect(scenario.state).toMatchObject({ status: "SUCCEEDED", output: {} });
  });

  test("for none fails with the first that comes", async () => {
    const scenario = await waiting("none", { TimeoutSeconds: 60 });
    await send(scenario, "b");
    expect(scenario.state).toMatchObject({
      status: "FAILED",
      error: "Signals.Received",
      cause: '{"b":"payload of b"}',
    });
  });

  test("takes names from data, in JSONata too", async () => {
    const state = wait(null, {
      Parameters: undefined,
      Arguments: {
        Names: "{% $states.input.hosts %}",
        Join: "{% $count($states.input.hosts) - 1 %}",
      },
      Output: "{% $keys($states.result) %}",
    });
    const { scenario } = await begin(only(state, jsonata), { hosts: ["h1", "h2", "h3"] });
    await send(scenario, "h3", "h1");
    expect(scenario.state).toMatchObject({ status: "SUCCEEDED", output: ["h3", "h1"] });
  });

  test.each<Json>([
    {},
    [],
    { Names: [] },
    { Names: "a" },
    { Names: [1] },
    { Names: ["a"], Join: 2 },
    { Names: ["a", "a"], Join: 2 },
    { Names: ["a"], Join: 0 },
    { Names: ["a"], Join: 0.5 },
    { Names: ["a"], Join: "some" },
    { Names: ["a"], Join: null },
  ])("that asks for what can not come fails: %j", async (parameters) => {
    const { scenario } = await begin(only(wait(parameters)));
    expect(scenario.state).toMatchObject({ status: "FAILED", error: "Signals.ParametersInvalid" });
  });

  test("stops with its execution, and leaves nothing to cancel", async () => {
    const scenario = await waiting("all");
    expect(await scenario.take({ kind: "StopRequested", by: "key:ann" })).toEqual([]);
    expect(scenario.types.slice(-2)).toEqual(["TaskStateAborted", "ExecutionAborted"]);
  });
});

describe("a signal", () => {
  const later = machine({
    First: { ...task(), End: undefined, Next: "Second" },
    Second: wait({ Names: ["go"] }),
  });

  test("that comes before anybody waits is kept", async () => {
    const { scenario } = await begin(later);
    await scenario.take(signal("go", 7));
    expect(scenario.state.status).toBe("RUNNING");
    await scenario.take({ kind: "ActivitySucceeded", activity: "0.1", attempt: 1, output: {} });
    expect(scenario.state).toMatchObject({ status: "SUCCEEDED", output: { go: 7 } });
  });

  const twice = machine({
    First: { ...wait({ Names: ["go"] }), End: undefined, ResultPath: "$.first", Next: "Second" },
    Second: wait({ Names: ["go"] }, { ResultPath: "$.second" }),
  });

  test("is taken by one wait only, the older first", async () => {
    const { scenario } = await begin(twice);
    await scenario.take(signal("go", 1, "one"));
    expect(scenario.state.status).toBe("RUNNING");
    await scenario.take(signal("go", 2, "two"));
    expect(scenario.state.output).toEqual({ first: { go: 1 }, second: { go: 2 } });
  });

  test("that comes again under its id changes nothing, taken or not", async () => {
    const { scenario } = await begin(twice);
    await scenario.take(signal("go", 1, "one"));
    const before = JSON.stringify(scenario.state);
    await scenario.take(signal("go", 1, "one"));
    expect(JSON.stringify(scenario.state)).toBe(before);

    const { scenario: early } = await begin(later);
    await early.take(signal("go", 1, "one"));
    await early.take(signal("go", 1, "one"));
    expect(early.state.signals?.kept).toHaveLength(1);
  });

  test("goes to the first of several waits that it lets end", async () => {
    const forked = branches([
      wait({ Names: ["a", "b"] }),
      wait({ Names: ["b", "c"], Join: "any" }),
      wait({ Names: ["b"] }),
    ]);
    const { scenario } = await begin(only(forked));
    await send(scenario, "b");
    expect(Object.keys(scenario.state.activities)).toEqual(["1.1", "3.1"]);
    await scenario.take(signal("b", "second", "b2"));
    expect(Object.keys(scenario.state.activities)).toEqual(["1.1"]);
    await scenario.take(signal("b", "third", "b3"));
    await send(scenario, "a");
    expect(scenario.state.output).toEqual([
      { b: "third", a: "payload of a" },
      { b: "payload of b" },
      { b: "second" },
    ]);
  });

  test("lets what follows begin in the same record", async () => {
    const { scenario } = await begin(
      machine({ Wait: { ...wait({ Names: ["go"] }), End: undefined, Next: "Work" }, Work: task() }),
    );
    expect(await scenario.take(signal("go"))).toEqual([run("0.2", 1)]);
  });

  test("leaves an id behind, but not for ever", async () => {
    const definition = only({
      Type: "Map",
      Orchestration: { While: { Variable: "$", IsPresent: true } },
      ItemProcessor: machine({ Next: wait({ Names: ["tick"] }) }),
    });
    const { scenario } = await begin(definition);
    for (let n = 0; n < signalIdsKeptMax + 10; n += 1)
      await scenario.take(signal("tick", n, `id-${n}`));
    expect(scenario.state.signals).toMatchObject({ kept: [] });
    expect(scenario.state.signals?.takenIds).toHaveLength(signalIdsKeptMax);
    expect(scenario.state.signals?.takenIds.at(-1)).toBe(`id-${signalIdsKeptMax + 9}`);
  });
});
