import { describe, expect, test } from "vitest";
import type { State, StateMachine } from "#core/asl/definition.ts";
import { initialState } from "#core/execution/advance.ts";
import type { ExecutionCondensed, Fact } from "#core/execution/facts.ts";
import { condensedOf, isToBeCondensed, persistenceOf } from "#core/execution/persistence.ts";
import type { ProcessSettings } from "#core/execution/program.ts";
import { begin, failed, run, Scenario, startAtMs, startOf, succeeded } from "./scenario.ts";

const task = (fields: object = {}): State =>
  ({ Type: "Task", Resource: "holdfast:files:copy", End: true, ...fields }) as State;

const two: StateMachine = {
  StartAt: "First",
  TimeoutSeconds: 60,
  States: {
    First: task({ Next: "Second", End: undefined, Assign: { seen: 1 } }),
    Second: task(),
  },
};

/** Id of the root branch after a first loss. */
const fresh = 1_000_000_000;

const dropped = (reason: "lost" | "stale", follows: "end" | "startOver"): Fact => ({
  kind: "ProgressDropped",
  reason,
  follows,
});

describe("an execution whose progress is dropped", () => {
  test("begins once more, as another run, with all its time", async () => {
    const { scenario } = await begin(two);
    await scenario.take(succeeded("0.1", 1, { a: 7 }), 1_000);
    scenario.events.length = 0;
    expect(await scenario.take(dropped("lost", "startOver"), 9_000)).toEqual([
      { kind: "CancelActivity", activity: "0.2", attempt: 1 },
      run(`${fresh}.1`, 1),
    ]);
    expect(scenario.types.slice(0, 3)).toEqual([
      "TaskStateAborted",
      "ExecutionStartedOver",
      "TaskStateEntered",
    ]);
    expect(scenario.timerInMs).toBe(60_000);
    expect(Object.values(scenario.state.branches)).toMatchObject([
      { state: "First", variables: {} },
    ]);
    expect(await scenario.take(succeeded("0.2", 1, "late"))).toEqual([]);
    await scenario.take(succeeded(`${fresh}.1`, 1, {}));
    await scenario.take(succeeded(`${fresh}.2`, 1, "done"));
    expect(scenario.state).toMatchObject({
      status: "SUCCEEDED",
      output: "done",
      transitionCount: 4,
    });
  });

  // What was lost may have opened branches that are in no record: their ids, and the idempotency keys that
  // follow from them, are not to be those of something else.
  test("gives no branch an id that a lost one may have had", async () => {
    const { scenario } = await begin(two);
    await scenario.take(dropped("lost", "startOver"));
    expect(await scenario.take(dropped("lost", "startOver"))).toEqual([
      { kind: "CancelActivity", activity: `${fresh}.1`, attempt: 1 },
      run(`${2 * fresh}.1`, 1),
    ]);
    expect(await scenario.take(dropped("stale", "startOver"))).toEqual([
      { kind: "CancelActivity", activity: `${2 * fresh}.1`, attempt: 1 },
      run(`${2 * fresh + 1}.1`, 1),
    ]);
  });

  test("has the ids of before where it was begun under an earlier behaviour", async () => {
    const start = { ...startOf({}), behaviour: 4 };
    const scenario = new Scenario(two, initialState("e1", start, startAtMs));
    await scenario.take(start);
    expect(await scenario.take(dropped("lost", "startOver"))).toEqual([
      { kind: "CancelActivity", activity: "0.1", attempt: 1 },
      run("1.1", 1),
    ]);
  });

  test("stops what runs in branches of branches", async () => {
    const inner = (name: string): StateMachine => ({ StartAt: name, States: { [name]: task() } });
    const { scenario } = await begin({
      StartAt: "Both",
      States: { Both: { Type: "Parallel", Branches: [inner("A"), inner("B")], End: true } },
    });
    const commands = await scenario.take(dropped("stale", "startOver"));
    expect(commands.map(({ kind }) => kind)).toEqual([
      "CancelActivity",
      "CancelActivity",
      "RunActivity",
      "RunActivity",
    ]);
    expect(Object.keys(scenario.state.activities)).toHaveLength(2);
  });

  test.each([
    ["lost", "Holdfast.Lost"],
    ["stale", "Holdfast.Stale"],
  ] as const)("because it is %s ends with an error that no Catch sees", async (reason, error) => {
    const Catch = [{ ErrorEquals: ["States.ALL", error], Next: "Second" }];
    const { scenario } = await begin({
      ...two,
      States: { ...two.States, First: task({ Catch }) },
    });
    await scenario.take(dropped(reason, "end"));
    expect(scenario.state).toMatchObject({ status: "FAILED", error, activities: {} });
    expect(scenario.events.at(-1)).toMatchObject({ type: "ExecutionFailed", details: { error } });
    expect(await scenario.take(dropped(reason, "startOver"))).toEqual([]);
  });
});

describe("a state that is restated", () => {
  test("goes on from there, with its timers, and takes what was told meanwhile", async () => {
    const waiting: StateMachine = {
      StartAt: "First",
      States: {
        First: task({ Next: "Rest", End: undefined }),
        Rest: { Type: "Wait", Seconds: 5, End: true },
      },
    };
    const { scenario: ahead } = await begin(waiting);
    await ahead.take(succeeded("0.1", 1, { a: 7 }), 1_000);
    const { scenario: behind } = await begin(waiting);
    const signal: Fact = { kind: "SignalReceived", id: "s", name: "hello", payload: 1, by: "t" };
    await behind.take(signal, 2_000);
    const state = JSON.parse(JSON.stringify(ahead.state));
    await behind.take({ kind: "ProgressRestated", state }, 500);
    expect(behind.state).toMatchObject({ activities: {}, nowMs: ahead.state.nowMs + 1_500 });
    expect(behind.state).not.toHaveProperty("signals");
    expect(behind.timerInMs).toBe(3_500);
    await behind.take(signal);
    expect(behind.state.signals?.kept).toMatchObject([{ id: "s" }]);
    await behind.wake();
    expect(behind.state).toMatchObject({ status: "SUCCEEDED", output: { a: 7 } });
    expect(state).toEqual(JSON.parse(JSON.stringify(ahead.state)));
  });
});

describe("a condensed log", () => {
  const ended = async (end: (scenario: Scenario) => Promise<unknown>) => {
    const { scenario } = await begin(two);
    await scenario.take(succeeded("0.1", 1, { a: 7 }));
    await end(scenario);
    return scenario;
  };

  /** What is left of an execution of which start and end are kept. */
  const reread = async (condensed: ExecutionCondensed) => {
    const { scenario } = await begin(two);
    scenario.events.length = 0;
    expect(await scenario.take(condensed)).toEqual([]);
    return scenario;
  };

  test.each<[string, (scenario: Scenario) => Promise<unknown>, string]>([
    ["SUCCEEDED", (it) => it.take(succeeded("0.2", 1, "done")), "ExecutionSucceeded"],
    ["FAILED", (it) => it.take(failed("0.2", 1)), "ExecutionFailed"],
    ["TIMED_OUT", (it) => it.wake(), "ExecutionTimedOut"],
    [
      "ABORTED",
      (it) => it.take({ kind: "StopRequested", by: "key:admin", cause: "enough" }),
      "ExecutionAborted",
    ],
  ])("says how the execution ended: %s", async (status, end, type) => {
    const whole = await ended(end);
    expect(whole.state.status).toBe(status);
    const fact = condensedOf(whole.state);
    const { state, events } = await reread(fact);
    const { output, error, cause, stoppedAtMs, transitionCount, eventCount } = whole.state;
    expect(state).toMatchObject({ status, stoppedAtMs, transitionCount, eventCount });
    expect([state.output, state.error, state.cause]).toEqual([output, error, cause]);
    expect(state).toMatchObject({ isCondensed: true, branches: {}, activities: {} });
    expect(state).not.toHaveProperty("left");
    expect(events.map(({ type }) => type)).toEqual(["ExecutionDetailsNotKept", type]);
    expect(events.at(-1)?.id).toBe(whole.events.at(-1)?.id);
    expect(events.at(-1)?.details).toEqual(whole.events.at(-1)?.details);
    expect(condensedOf(state)).toEqual(fact);
  });

  test("behind all its records tells nothing anew and lets go of what a redrive would need", async () => {
    const scenario = await ended((it) => it.take(failed("0.2", 1)));
    expect(scenario.state.left).toBeDefined();
    const before = scenario.events.length;
    await scenario.take(condensedOf(scenario.state));
    expect(scenario.events).toHaveLength(before);
    expect(scenario.state.isCondensed).toBe(true);
    await scenario.take({ kind: "ExecutionRedriven", by: "key:admin" });
    expect(scenario.state.status).toBe("FAILED");
  });

  test.each<[ProcessSettings | undefined, boolean, boolean]>([
    [undefined, false, false],
    [{ freshness: 1 }, false, false],
    [{ persistence: "full" }, false, false],
    [{ persistence: "onFailure" }, true, false],
    [{ persistence: "none" }, true, true],
  ])("is wanted with %j", async (settings, onSuccess, onFailure) => {
    const program = { ...(await ended(async () => {})).program, ...(settings && { settings }) };
    const running = await ended(async () => {});
    const good = await ended((it) => it.take(succeeded("0.2", 1, 1)));
    const bad = await ended((it) => it.take(failed("0.2", 1)));
    expect(isToBeCondensed(program, running.state)).toBe(false);
    expect(isToBeCondensed(program, good.state)).toBe(onSuccess);
    expect(isToBeCondensed(program, bad.state)).toBe(onFailure);
    await good.take(condensedOf(good.state));
    expect(isToBeCondensed(program, good.state)).toBe(false);
  });

  test("is never wanted of a map run: its children are counted in it", () => {
    const part = { kind: "mapRun", machine: [], state: "Each" } as const;
    expect(persistenceOf({ settings: { persistence: "none" } }, { part })).toBe("full");
    expect(persistenceOf({ settings: { persistence: "none" } }, {})).toBe("none");
  });
});
