/** What a redrive makes of loops, joins, waits and business failures (ADR 7). */
import { expect, test } from "vitest";
import type { Fact } from "#core/execution/facts.ts";
import { begin, failed, run, succeeded } from "../execution/scenario.ts";
import { branches, type Fields, machine, only, task } from "../language/machines.ts";

const redriven: Fact = { kind: "ExecutionRedriven", by: "key:ann" };

test("a loop goes on with the iteration that failed", async () => {
  const { scenario } = await begin(
    only({
      Type: "Map",
      Orchestration: { While: { Variable: "$.n", NumericLessThan: 3 } },
      ItemProcessor: machine({ Add: task() }),
    }),
    { n: 0 },
  );
  await scenario.take(succeeded("1.1", 1, { n: 1 }));
  await scenario.take(failed("2.1", 1));
  expect(scenario.state.status).toBe("FAILED");
  expect(await scenario.take(redriven)).toEqual([run("2.2", 1)]);
  expect(scenario.state.activities["2.2"]?.parameters).toEqual({ n: 1 });
  expect(await scenario.take(succeeded("2.2", 1, { n: 2 }))).toEqual([run("3.1", 1)]);
  await scenario.take(succeeded("3.1", 1, { n: 3 }));
  expect(scenario.state).toMatchObject({ status: "SUCCEEDED", output: { n: 3 } });
});

test("a loop whose condition could not be asked begins again", async () => {
  const { scenario } = await begin(
    only({
      Type: "Map",
      Orchestration: { While: { Variable: "$.n", NumericLessThan: 3 } },
      ItemProcessor: machine({ Add: task() }),
    }),
    { n: 0 },
  );
  await scenario.take(succeeded("1.1", 1, { other: 1 }));
  expect(scenario.state).toMatchObject({ status: "FAILED", error: "States.Runtime" });
  expect(await scenario.take(redriven)).toEqual([run("2.1", 1)]);
  expect(scenario.state.activities["2.1"]?.parameters).toEqual({ n: 0 });
});

test("a join goes on with the branches that had not ended, and counts those that had", async () => {
  const inner = task();
  const { scenario } = await begin(
    only(branches([inner, inner, inner, inner], { Orchestration: { Join: 2 } })),
  );
  await scenario.take(failed("1.1", 1));
  await scenario.take(succeeded("2.1", 1, "second"));
  await scenario.take(failed("3.1", 1));
  await scenario.take(failed("4.1", 1));
  expect(scenario.state.status).toBe("FAILED");
  expect(await scenario.take(redriven)).toEqual([run("4.2", 1)]);
  await scenario.take(succeeded("4.2", 1, "fourth"));
  expect(scenario.state).toMatchObject({
    status: "SUCCEEDED",
    output: [null, "second", null, "fourth"],
  });
});

test("a wait that had no time left waits again, and finds what came meanwhile", async () => {
  const wait: Fields = {
    Type: "Task",
    Resource: "holdfast:signals:wait",
    Parameters: { Names: ["a", "b"] },
    TimeoutSeconds: 60,
  };
  const { scenario } = await begin(only(wait));
  const signal = (name: string): Fact => ({
    kind: "SignalReceived",
    id: name,
    name,
    payload: null,
    by: "t",
  });
  await scenario.take(signal("a"));
  await scenario.wake();
  expect(scenario.state).toMatchObject({ status: "FAILED", error: "States.Timeout" });
  await scenario.take(redriven);
  expect(scenario.timerInMs).toBe(60_000);
  await scenario.take(signal("b"));
  expect(scenario.state).toMatchObject({ status: "SUCCEEDED", output: { a: null, b: null } });
});

test("a business failure comes again: the answer is still no", async () => {
  const refused: Fields = {
    Type: "Fail",
    Error: "Refused",
    End: undefined,
    Orchestration: { Completed: true },
  };
  const { scenario } = await begin(only(branches([refused, task()])));
  await scenario.take(redriven);
  expect(scenario.types.filter((type) => type === "ExecutionFailed")).toHaveLength(2);
  expect(scenario.state).toMatchObject({ status: "FAILED", outcome: "failed (completed)" });
});
