import { describe, expect, test } from "vitest";
import type { State, StateMachine } from "#core/asl/definition.ts";
import type { Fact } from "#core/execution/facts.ts";
import { parseStored, printStored } from "#core/json.ts";
import { begin, failed, run, Scenario, succeeded } from "./scenario.ts";

const redriven: Fact = { kind: "ExecutionRedriven", by: "key:admin" };
const stopped: Fact = { kind: "StopRequested", by: "key:admin" };

const task = (fields: object = {}): State =>
  ({ Type: "Task", Resource: "holdfast:files:copy", End: true, ...fields }) as State;

const machine = (States: Record<string, State>, fields: object = {}): StateMachine => ({
  StartAt: Object.keys(States)[0] ?? "",
  States,
  ...fields,
});

const pass = (fields: object): State => ({ Type: "Pass", ...fields }) as State;

/** The same execution after its state was kept in a snapshot. */
const restored = (scenario: Scenario, definition: StateMachine): Scenario =>
  new Scenario(definition, parseStored(printStored(scenario.state)));

describe("a redriven execution", () => {
  const twoSteps = machine({
    First: task({ Next: "Second", Assign: { "seen.$": "$.a" } }),
    Second: task({ Parameters: { "was.$": "$.a", "seen.$": "$seen" } }),
  });

  test("goes on in the state that failed, with its input and variables", async () => {
    const { scenario } = await begin(twoSteps);
    await scenario.take(succeeded("0.1", 1, { a: 7 }));
    await scenario.take(failed("0.2", 1));
    expect(scenario.state).toMatchObject({ status: "FAILED", error: "Boom" });
    scenario.events.length = 0;
    expect(await scenario.take(redriven, 5_000)).toEqual([run("0.3", 1)]);
    expect(scenario.state).toMatchObject({ status: "RUNNING", redriveCount: 1 });
    expect(scenario.state).not.toHaveProperty("error");
    expect(scenario.state).not.toHaveProperty("stoppedAtMs");
    expect(scenario.state.activities["0.3"]?.parameters).toEqual({ was: 7, seen: 7 });
    await scenario.take(succeeded("0.3", 1, "done"));
    expect(scenario.state).toMatchObject({ status: "SUCCEEDED", output: "done" });
    expect(scenario.types).toEqual([
      "ExecutionRedriven",
      "TaskScheduled",
      "TaskStarted",
      "TaskSucceeded",
      "TaskStateExited",
      "ExecutionSucceeded",
    ]);
    const [first, second] = scenario.events;
    expect(first?.details).toEqual({ redriveCount: 1 });
    expect(second?.previousEventId).toBe(first?.id);
  });

  test("does not take the late result of the run before for its own", async () => {
    const { scenario } = await begin(machine({ Only: task() }));
    await scenario.take(stopped);
    await scenario.take(redriven);
    expect(await scenario.take(succeeded("0.1", 1))).toEqual([]);
    expect(scenario.state.status).toBe("RUNNING");
  });

  test("has all its retries again", async () => {
    const Retry = [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 1, MaxAttempts: 1 }];
    const { scenario } = await begin(machine({ Only: task({ Retry }) }));
    const failTwice = async (activity: string) => {
      await scenario.take(failed(activity, 1));
      await scenario.wake();
      await scenario.take(failed(activity, 2));
    };
    await failTwice("0.1");
    expect(scenario.state.status).toBe("FAILED");
    await scenario.take(redriven);
    await failTwice("0.2");
    expect(scenario.state).toMatchObject({ status: "FAILED", redriveCount: 1 });
    await scenario.take(redriven);
    expect(scenario.state).toMatchObject({ status: "RUNNING", redriveCount: 2 });
  });

  test("has all its time again", async () => {
    const { scenario } = await begin(machine({ Only: task() }, { TimeoutSeconds: 10 }));
    await scenario.wake();
    expect(scenario.state.status).toBe("TIMED_OUT");
    await scenario.take(redriven, 60_000);
    expect(scenario.timerInMs).toBe(10_000);
  });

  test("tells its states how often it was redriven", async () => {
    const { scenario } = await begin(
      machine({ Only: task({ Parameters: { "count.$": "$$.Execution.RedriveCount" } }) }),
    );
    expect(scenario.state.activities["0.1"]?.parameters).toEqual({ count: 0 });
    await scenario.take(failed("0.1", 1));
    await scenario.take(redriven);
    expect(scenario.state.activities["0.2"]?.parameters).toEqual({ count: 1 });
  });

  test("that stood in a Wait, a Fail or between two states goes on there", async () => {
    const wait = await begin(machine({ Rest: { Type: "Wait", Seconds: 30, End: true } }));
    await wait.scenario.take(stopped, 10_000);
    await wait.scenario.take(redriven, 1_000);
    expect(wait.scenario.timerInMs).toBe(30_000);
    const fail = await begin(machine({ Bad: { Type: "Fail", Error: "Bad" } }));
    await fail.scenario.take(redriven);
    expect(fail.scenario.state).toMatchObject({ status: "FAILED", error: "Bad", redriveCount: 1 });
    const broken = machine({ P: pass({ InputPath: "$.gone", End: true }) });
    const failing = await begin(broken);
    await failing.scenario.take(redriven);
    expect(failing.scenario.types.slice(-2)).toEqual(["ExecutionRedriven", "ExecutionFailed"]);
  });
});

describe("of a Parallel state", () => {
  const definition = machine({
    All: {
      Type: "Parallel",
      Branches: [
        machine({ A: task() }),
        machine({ B: task({ Next: "C" }), C: task() }),
        machine({ D: task() }),
      ],
      End: true,
    } as State,
  });

  test("only the branches that had not ended well are redriven", async () => {
    const { scenario } = await begin(definition, { in: 1 });
    await scenario.take(succeeded("1.1", 1, "a"));
    await scenario.take(succeeded("2.1", 1, { from: "b" }));
    await scenario.take(failed("3.1", 1));
    expect(scenario.state.status).toBe("FAILED");
    expect(await scenario.take(redriven)).toEqual([run("2.3", 1), run("3.2", 1)]);
    await scenario.take(succeeded("2.3", 1, "c"));
    await scenario.take(succeeded("3.2", 1, "d"));
    expect(scenario.state).toMatchObject({ status: "SUCCEEDED", output: ["a", "c", "d"] });
  });

  test("a snapshot between the end and the redrive makes no difference", async () => {
    const { scenario } = await begin(definition);
    await scenario.take(succeeded("1.1", 1, "a"));
    await scenario.take(stopped);
    const again = restored(scenario, definition);
    for (const one of [scenario, again])
      expect(await one.take(redriven)).toEqual([run("2.2", 1), run("3.2", 1)]);
    expect(printStored(again.state)).toBe(printStored(scenario.state));
  });

  test("a failure that was caught is not redriven", async () => {
    const { scenario } = await begin(
      machine({
        All: {
          Type: "Parallel",
          Branches: [machine({ A: task() }), machine({ B: task() })],
          Catch: [{ ErrorEquals: ["States.ALL"], Next: "Mend" }],
          End: true,
        } as State,
        Mend: task(),
      }),
    );
    await scenario.take(failed("1.1", 1));
    await scenario.take(failed("0.2", 1));
    expect(Object.keys(scenario.state.left ?? {})).toEqual(["0"]);
    expect(await scenario.take(redriven)).toEqual([run("0.3", 1)]);
  });

  test("whose own output fails, the whole state is run again", async () => {
    const { scenario } = await begin(
      machine({
        All: {
          Type: "Parallel",
          Branches: [machine({ A: task() })],
          ResultPath: "$.x",
          OutputPath: "$.gone",
          End: true,
        } as State,
      }),
    );
    await scenario.take(succeeded("1.1", 1));
    expect(scenario.state.status).toBe("FAILED");
    expect(await scenario.take(redriven)).toEqual([run("2.1", 1)]);
  });
});

test("of a Map state only the items that had not ended well are redriven, those to come follow", async () => {
  const { scenario } = await begin(
    machine({
      Each: {
        Type: "Map",
        MaxConcurrency: 2,
        ItemProcessor: machine({ One: task() }),
        End: true,
      } as State,
    }),
    ["p", "q", "r", "s"],
  );
  await scenario.take(succeeded("1.1", 1, "P"));
  await scenario.take(failed("2.1", 1));
  expect(scenario.state.status).toBe("FAILED");
  expect(await scenario.take(redriven)).toEqual([run("2.2", 1), run("3.2", 1)]);
  expect(await scenario.take(succeeded("2.2", 1, "Q"))).toEqual([run("4.1", 1)]);
  await scenario.take(succeeded("3.2", 1, "R"));
  await scenario.take(succeeded("4.1", 1, "S"));
  expect(scenario.state).toMatchObject({ status: "SUCCEEDED", output: ["P", "Q", "R", "S"] });
});

describe("nothing changes", () => {
  test("where the execution runs or has succeeded", async () => {
    const { scenario } = await begin(machine({ Only: task() }));
    expect(await scenario.take(redriven)).toEqual([]);
    await scenario.take(succeeded("0.1", 1, "well"));
    expect(await scenario.take(redriven)).toEqual([]);
    expect(scenario.state).toMatchObject({ status: "SUCCEEDED", output: "well" });
    expect(scenario.state).not.toHaveProperty("redriveCount");
  });
});

// A branch beside one that has failed was marked as left behind although it went on.
test("a branch that goes on beside one that has failed gives its next state no checkpoint", async () => {
  const saved = {
    kind: "ActivityCheckpoint",
    activity: "1.1",
    attempt: 1,
    checkpoint: { at: 1 },
  } as const;
  const { scenario } = await begin(
    machine({
      Both: {
        Type: "Parallel",
        Branches: [machine({ A: task({ Next: "B" }), B: task() }), machine({ C: task() })],
        Orchestration: { Join: "any" },
        End: true,
      } as State,
    }),
  );
  await scenario.take(saved);
  await scenario.take(failed("2.1", 1));
  expect(await scenario.take(succeeded("1.1", 1))).toEqual([run("1.2", 1)]);
  expect(scenario.state.activities["1.2"]).not.toHaveProperty("checkpoint");
});
