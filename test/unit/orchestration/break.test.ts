/** `Break`: an iteration that ends the loop around it (ADR 7). */
import { describe, expect, test } from "vitest";
import type { Json } from "#core/json.ts";
import { begin, cancel, failed, run, type Scenario, succeeded } from "../execution/scenario.ts";
import { branches, type Fields, machine, only, outcome, task } from "../language/machines.ts";

/** Asks each item; the first that is found ends the loop. */
const search = (fields: Fields = {}, found: Fields = {}): Fields => ({
  Type: "Map",
  ItemProcessor: machine({
    Ask: task({ End: undefined, Next: "Look" }),
    Look: {
      Type: "Choice",
      Choices: [{ Variable: "$.found", BooleanEquals: true, Next: "Found" }],
      Default: "Next one",
    },
    Found: { Type: "Succeed", Orchestration: { Break: true }, ...found },
    "Next one": { Type: "Succeed" },
  }),
  ...fields,
});

const answer = (name: string, found = false): Json => ({ name, found });

const typesAfter = (scenario: Scenario, count: number) =>
  scenario.events.slice(count).map(({ type }) => type);

describe("a Map state whose iteration breaks", () => {
  test("begins no more items, and gives the results of those that ended", async () => {
    const { scenario } = await begin(only(search({ MaxConcurrency: 1 })), [1, 2, 3]);
    await scenario.take(succeeded("1.1", 1, answer("a")));
    const before = scenario.events.length;
    expect(await scenario.take(succeeded("2.1", 1, answer("b", true)))).toEqual([]);
    expect(scenario.state).toMatchObject({
      status: "SUCCEEDED",
      output: [answer("a"), answer("b", true)],
      branches: {},
    });
    expect(typesAfter(scenario, before).slice(-4)).toEqual([
      "MapIterationSucceeded",
      "MapStateSucceeded",
      "MapStateExited",
      "ExecutionSucceeded",
    ]);
  });

  test("stops the items that still run, and leaves their places out", async () => {
    const { scenario } = await begin(only(search()), [1, 2, 3, 4]);
    await scenario.take(succeeded("3.1", 1, answer("c")));
    const before = scenario.events.length;
    expect(await scenario.take(succeeded("2.1", 1, answer("b", true)))).toEqual([
      cancel("1.1", 1),
      cancel("4.1", 1),
    ]);
    expect(scenario.state.output).toEqual([answer("b", true), answer("c")]);
    expect(typesAfter(scenario, before).slice(-8)).toEqual([
      "MapIterationSucceeded",
      "MapIterationAborted",
      "TaskStateAborted",
      "MapIterationAborted",
      "TaskStateAborted",
      "MapStateSucceeded",
      "MapStateExited",
      "ExecutionSucceeded",
    ]);
  });

  test.each([false, true])("gives all results where the last one breaks: %s", async (last) => {
    const { scenario } = await begin(only(search()), [1, 2]);
    await scenario.take(succeeded("2.1", 1, answer("b")));
    await scenario.take(succeeded("1.1", 1, answer("a", last)));
    expect(scenario.state.output).toEqual([answer("a", last), answer("b")]);
  });

  test("leaves out what failed and was tolerated", async () => {
    const { scenario } = await begin(only(search({ ToleratedFailureCount: 2 })), [1, 2, 3]);
    await scenario.take(failed("1.1", 1));
    await scenario.take(succeeded("3.1", 1, answer("c", true)));
    expect(scenario.state.output).toEqual([answer("c", true)]);
  });

  test("does not, where a Succeed state does not say so", async () => {
    const quiet = search({ MaxConcurrency: 1 }, { Orchestration: { Break: false } });
    const { scenario } = await begin(only(quiet), [1, 2]);
    expect(await scenario.take(succeeded("1.1", 1, answer("a", true)))).toEqual([run("2.1", 1)]);
  });

  test("begins anew when it is retried", async () => {
    const Retry = [{ ErrorEquals: ["Boom"], IntervalSeconds: 1 }];
    const { scenario } = await begin(only(search({ MaxConcurrency: 1, Retry })), [1, 2]);
    await scenario.take(succeeded("1.1", 1, answer("a")));
    await scenario.take(failed("2.1", 1));
    expect(await scenario.wake()).toEqual([run("3.1", 1)]);
    await scenario.take(succeeded("3.1", 1, answer("a", true)));
    expect(scenario.state.output).toEqual([answer("a", true)]);
  });

  test("ends the loop that it stands in and not the one around it", async () => {
    const definition = only({
      Type: "Map",
      MaxConcurrency: 1,
      ItemProcessor: machine({ Inner: { ...search({ MaxConcurrency: 1 }), End: true } }),
    });
    const { scenario } = await begin(definition, [[1, 2], [3]]);
    expect(await scenario.take(succeeded("2.1", 1, answer("a", true)))).toEqual([run("4.1", 1)]);
    await scenario.take(succeeded("4.1", 1, answer("b")));
    expect(scenario.state.output).toEqual([[answer("a", true)], [answer("b")]]);
  });
});

test("a loop without end ends where an iteration breaks, with what that one leaves", async () => {
  const definition = only({
    Type: "Map",
    Orchestration: { While: { Variable: "$.n", IsPresent: true } },
    ItemProcessor: machine({
      Add: { Type: "Pass", Parameters: { "n.$": "States.MathAdd($.n, 1)" }, Next: "Enough" },
      Enough: {
        Type: "Choice",
        Choices: [{ Variable: "$.n", NumericEquals: 3, Next: "Out" }],
        Default: "On",
      },
      On: { Type: "Pass", End: true },
      Out: { Type: "Succeed", Orchestration: { Break: true } },
    }),
  });
  expect(await outcome(definition, { n: 0 })).toEqual({ status: "SUCCEEDED", output: { n: 3 } });
});

test("a branch within an iteration ends only itself", async () => {
  const definition = only({
    Type: "Map",
    MaxConcurrency: 1,
    ItemProcessor: machine({ Fork: branches([{ Type: "Pass" }, { Type: "Pass" }]) }),
  });
  expect((await outcome(definition, [1, 2])).output).toEqual([
    [1, 1],
    [2, 2],
  ]);
});
