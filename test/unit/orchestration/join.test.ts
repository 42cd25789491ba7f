/** `Join`: a Parallel state that does not wait for all of its branches (ADR 7). */
import { describe, expect, test } from "vitest";
import { begin, cancel, failed, run, type Scenario, succeeded } from "../execution/scenario.ts";
import { branches, type Fields, machine, only, task } from "../language/machines.ts";

/** Three branches of one activity each: 1.1, 2.1 and 3.1. */
const three = async (join: unknown, fields: Fields = {}, inner: Fields = task()) => {
  const Orchestration = join === undefined ? {} : { Join: join };
  const state = branches([inner, inner, inner], { Orchestration, ...fields });
  return (await begin(only(state))).scenario;
};

const typesAfter = (scenario: Scenario, id: number) =>
  scenario.events.filter((event) => event.id > id).map(({ type }) => type);

describe("a Parallel state with a Join", () => {
  test("goes on with the first success where any will do, and stops the others", async () => {
    const scenario = await three("any");
    const before = scenario.events.length;
    expect(await scenario.take(succeeded("2.1", 1, "second"))).toEqual([
      cancel("1.1", 1),
      cancel("3.1", 1),
    ]);
    expect(scenario.state).toMatchObject({
      status: "SUCCEEDED",
      output: [null, "second", null],
      branches: {},
      activities: {},
    });
    expect(typesAfter(scenario, before)).toEqual([
      "TaskSucceeded",
      "TaskStateExited",
      "TaskStateAborted",
      "TaskStateAborted",
      "ParallelStateSucceeded",
      "ParallelStateExited",
      "ExecutionSucceeded",
    ]);
  });

  test("goes on with the n-th success, results in the order of the branches", async () => {
    const scenario = await three(2);
    expect(await scenario.take(succeeded("3.1", 1, "third"))).toEqual([]);
    expect(await scenario.take(succeeded("1.1", 1, "first"))).toEqual([cancel("2.1", 1)]);
    expect(scenario.state.output).toEqual(["first", null, "third"]);
  });

  test("takes a failure while enough are left, whatever comes later of it", async () => {
    const scenario = await three(2);
    expect(await scenario.take(failed("2.1", 1))).toEqual([]);
    await scenario.take(succeeded("1.1", 1, "first"));
    expect(scenario.state.status).toBe("RUNNING");
    await scenario.take(succeeded("3.1", 1, "third"));
    expect(scenario.state).toMatchObject({
      status: "SUCCEEDED",
      output: ["first", null, "third"],
    });
  });

  test("fails when too few are left, with the error that decided it", async () => {
    const scenario = await three(2);
    await scenario.take(failed("1.1", 1, "Early"));
    expect(await scenario.take(failed("3.1", 1, "Late"))).toEqual([cancel("2.1", 1)]);
    expect(scenario.state).toMatchObject({ status: "FAILED", error: "Late" });
  });

  test("of any fails with the last failure only", async () => {
    const scenario = await three("any");
    for (const activity of ["1.1", "2.1"]) await scenario.take(failed(activity, 1));
    expect(scenario.state.status).toBe("RUNNING");
    await scenario.take(failed("3.1", 1, "Last"));
    expect(scenario.state).toMatchObject({ status: "FAILED", error: "Last" });
  });

  test.each([undefined, "all", 3])("of %s is that of the language", async (join) => {
    const plain = await three(undefined, { Orchestration: undefined });
    const joined = await three(join);
    for (const scenario of [plain, joined]) {
      await scenario.take(succeeded("2.1", 1, "second"));
      await scenario.take(failed("1.1", 1));
    }
    expect(joined.events).toEqual(plain.events);
    expect(joined.state).toEqual(plain.state);
    expect(joined.state.error).toBe("Boom");
  });

  test("begins again with every branch when it is retried", async () => {
    const Retry = [{ ErrorEquals: ["Boom"], IntervalSeconds: 1, MaxAttempts: 1 }];
    const scenario = await three("any", { Retry });
    for (const activity of ["1.1", "2.1", "3.1"]) await scenario.take(failed(activity, 1));
    expect(await scenario.wake()).toEqual([run("4.1", 1), run("5.1", 1), run("6.1", 1)]);
    await scenario.take(failed("4.1", 1));
    await scenario.take(succeeded("5.1", 1, "again"));
    expect(scenario.state).toMatchObject({ status: "SUCCEEDED", output: [null, "again", null] });
  });

  test("leaves by its catcher when too few are left", async () => {
    const Catch = [{ ErrorEquals: ["Boom"], Next: "Caught", ResultPath: "$.why" }];
    const scenario = await three(3, { Catch });
    await scenario.take(failed("2.1", 1));
    expect(scenario.state).toMatchObject({
      status: "SUCCEEDED",
      output: { why: { Error: "Boom" } },
    });
  });

  test("stops what waits, within branches of branches too", async () => {
    const wait: Fields = { Type: "Wait", Seconds: 60 };
    const state = branches([branches([wait, wait]), task()], { Orchestration: { Join: "any" } });
    const { scenario } = await begin(only(state));
    await scenario.take(succeeded("2.1", 1, "done"));
    expect(scenario.state).toMatchObject({ status: "SUCCEEDED", output: [null, "done"] });
    expect(scenario.timerInMs).toBeUndefined();
    expect(scenario.types.filter((type) => type.endsWith("Aborted"))).toEqual([
      "WaitStateAborted",
      "WaitStateAborted",
      "ParallelStateAborted",
    ]);
  });

  test("begins nothing of the branches behind one that succeeds at once", async () => {
    const state = branches([{ Type: "Pass", Result: 1 }, task()], {
      Orchestration: { Join: "any" },
    });
    const { scenario, commands } = await begin(only(state));
    expect(commands).toEqual([]);
    expect(scenario.state).toMatchObject({ status: "SUCCEEDED", output: [1, null] });
    expect(scenario.types).not.toContain("TaskStateEntered");
  });

  test("takes no result of a branch that it has stopped", async () => {
    const forked = branches([task(), task()], { Orchestration: { Join: "any" } });
    const { scenario } = await begin(
      machine({
        A: { ...forked, End: undefined, Next: "B" },
        B: { Type: "Wait", Seconds: 60, End: true },
      }),
    );
    await scenario.take(succeeded("2.1", 1, "second"));
    const before = JSON.stringify(scenario.state);
    expect(scenario.state.status).toBe("RUNNING");
    await scenario.take(succeeded("1.1", 1, "late"));
    expect(JSON.stringify(scenario.state)).toBe(before);
  });
});
