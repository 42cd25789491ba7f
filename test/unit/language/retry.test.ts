/** Retry: how long it waits, how often, and for what. */
import { describe, expect, test } from "vitest";
import type { Retrier } from "#core/asl/definition.ts";
import { advance, initialState, nextTimerAtMs } from "#core/execution/advance.ts";
import { drive } from "#core/expressions/drive.ts";
import { begin, failed, programOf, startAtMs, startOf } from "../execution/scenario.ts";
import { branches, ended, mapOver, only, outcome, task } from "./machines.ts";

const boom = (fields: Partial<Retrier>) => [{ ErrorEquals: ["Boom"], ...fields }];

/** Pauses before the retries of an activity that always fails. */
const pauses = async (fields: Partial<Retrier>, max = 20): Promise<readonly number[]> => {
  const { scenario } = await begin(only(task({ Retry: boom(fields) })));
  const waited: number[] = [];
  for (let attempt = 1; attempt <= max; attempt += 1) {
    await scenario.take(failed("0.1", attempt));
    if (scenario.state.status !== "RUNNING") break;
    waited.push(scenario.timerInMs ?? 0);
    if (scenario.timerInMs !== undefined) await scenario.wake();
  }
  return waited;
};

describe("the pauses of a retrier", () => {
  test("double from one second, three times, where it says nothing", async () => {
    expect(await pauses({})).toEqual([1_000, 2_000, 4_000]);
  });

  test.each([
    [{ IntervalSeconds: 3, MaxAttempts: 4, BackoffRate: 2, MaxDelaySeconds: 10 }, [3, 6, 10, 10]],
    [{ IntervalSeconds: 2, MaxAttempts: 3, BackoffRate: 1 }, [2, 2, 2]],
    [{ IntervalSeconds: 2, MaxAttempts: 3, BackoffRate: 1.5 }, [2, 3, 4.5]],
    [{ MaxAttempts: 1 }, [1]],
    [{ MaxAttempts: 0 }, []],
    [{ IntervalSeconds: 7, MaxDelaySeconds: 5, MaxAttempts: 2 }, [5, 5]],
    [{ JitterStrategy: "NONE" as const }, [1, 2, 4]],
  ])("of %j", async (fields, seconds) => {
    expect(await pauses(fields)).toEqual(seconds.map((second) => second * 1_000));
  });

  test("stay finite however long they grow", async () => {
    const waited = await pauses({ BackoffRate: 1e300, MaxAttempts: 4 });
    expect(waited).toEqual([1_000, ...Array(3).fill(99_999_999_000)]);
  });
});

describe("full jitter", () => {
  /** The pause before the first retry of an execution with this seed. */
  const pauseOf = async (seed: string): Promise<number> => {
    const definition = only(
      task({ Retry: boom({ IntervalSeconds: 100, JitterStrategy: "FULL" }) }),
    );
    const fact = { ...startOf({}), seed };
    const state = initialState("e1", fact, startAtMs);
    for (const next of [fact, failed("0.1", 1)])
      await drive(advance(programOf(definition), state, { fact: next, atMs: startAtMs }));
    return (nextTimerAtMs(state) ?? Number.NaN) - startAtMs;
  };

  const seeds = Array.from({ length: 2_000 }, (_, n) =>
    (n * 2_654_435_761 + 12_345).toString(16).padStart(32, "0").slice(-32),
  );

  test("is spread evenly from nothing to the whole interval", async () => {
    const bins: number[] = Array(20).fill(0);
    for (const seed of seeds) {
      const pause = await pauseOf(seed);
      expect(pause).toBeGreaterThanOrEqual(0);
      expect(pause).toBeLessThan(100_000);
      bins[Math.floor(pause / 5_000)] = (bins[Math.floor(pause / 5_000)] ?? 0) + 1;
    }
    const expected = seeds.length / bins.length;
    const chiSquared = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 19 degrees of freedom: 43.8 is exceeded once in a thousand; too even would be wrong, too.
    expect(chiSquared).toBeLessThan(43.8);
    expect(chiSquared).toBeGreaterThan(5.4);
  });

  test("is not the same for every retry of an execution", async () => {
    const waited = await pauses({
      IntervalSeconds: 1_000,
      BackoffRate: 1,
      MaxAttempts: 5,
      JitterStrategy: "FULL",
    });
    expect(new Set(waited).size).toBe(5);
    expect(Math.max(...waited)).toBeLessThan(1_000_000);
  });

  test("stays below the longest delay", async () => {
    const waited = await pauses({
      IntervalSeconds: 50,
      BackoffRate: 10,
      MaxDelaySeconds: 60,
      MaxAttempts: 8,
      JitterStrategy: "FULL",
    });
    expect(waited).toHaveLength(8);
    expect(Math.max(...waited)).toBeLessThan(60_000);
  });
});

describe("retriers beside each other", () => {
  const Retry = [
    { ErrorEquals: ["A"], MaxAttempts: 1, IntervalSeconds: 10 },
    { ErrorEquals: ["B", "C"], MaxAttempts: 2, IntervalSeconds: 20, BackoffRate: 1 },
  ];

  test("count for themselves", async () => {
    const { scenario } = await begin(only(task({ Retry })));
    const seen: (number | undefined)[] = [];
    for (const [index, error] of ["A", "B", "C", "A"].entries()) {
      await scenario.take(failed("0.1", index + 1, error));
      seen.push(scenario.timerInMs);
      if (scenario.state.status === "RUNNING") await scenario.wake();
    }
    expect(seen).toEqual([10_000, 20_000, 20_000, undefined]);
    expect(scenario.state).toMatchObject({ status: "FAILED", error: "A" });
  });

  test("begin to count again when the state is entered again", async () => {
    const loop = {
      ...only(task({ Retry: boom({ MaxAttempts: 1 }), End: undefined, Next: "Again" })),
    };
    const definition = {
      ...loop,
      States: { ...loop.States, Again: { Type: "Pass", Next: "A" } as const },
    };
    const { scenario } = await begin(definition);
    await scenario.take(failed("0.1", 1));
    await scenario.wake();
    await scenario.take({ kind: "ActivitySucceeded", activity: "0.1", attempt: 2, output: 1 });
    await scenario.take(failed("0.3", 1));
    expect(scenario.state.status).toBe("RUNNING");
  });
});

describe("states with children are retried", () => {
  const failing = { Type: "Fail", Error: "Boom", End: undefined };

  test.each([
    ["Parallel", branches([failing, { Type: "Wait", Seconds: 99 }], { Retry: boom({}) }), {}],
    ["Map", mapOver(failing, { Retry: boom({}) }), [1, 2]],
  ])("a %s state as a whole", async (type, state, input) => {
    const { scenario } = await begin(only(state), input);
    const waited: (number | undefined)[] = [];
    while (scenario.state.status === "RUNNING") {
      waited.push(scenario.timerInMs);
      expect(Object.keys(scenario.state.branches)).toHaveLength(1);
      await scenario.wake();
    }
    expect(waited).toEqual([1_000, 2_000, 4_000]);
    expect(ended(scenario)).toEqual({ status: "FAILED", error: "Boom" });
    const count = (kind: string) => scenario.types.filter((one) => one === kind).length;
    expect(count(`${type}StateStarted`)).toBe(4);
    expect(count(`${type}StateEntered`)).toBe(1);
    expect(count(`${type}StateFailed`)).toBe(1);
  });

  test("and each retry is a transition that counts", async () => {
    const { scenario } = await begin(only(branches([failing], { Retry: boom({}) })));
    for (let count = 0; count < 3; count += 1) await scenario.wake();
    expect(scenario.state.transitionCount).toBe(1 + 4 + 3);
  });

  test("but not for what a Fail state alone has", async () => {
    expect(await outcome(only(failing))).toEqual({ status: "FAILED", error: "Boom" });
  });
});
