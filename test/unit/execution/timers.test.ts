import { describe, expect, test } from "vitest";
import { initialState } from "#core/execution/advance.ts";
import { firstAtMs, firstDue, schedule, scheduleTimeout } from "#core/execution/branches/timers.ts";
import type { Branch, ExecutionState } from "#core/execution/state.ts";
import { fc } from "../../fast-check.ts";
import { startAtMs, startOf } from "./scenario.ts";

const waiting = (id: string, atMs: number): Branch =>
  ({ id, waiting: { kind: "wait", atMs } }) as unknown as Branch;

const begun = (): ExecutionState => initialState("e1", startOf({}), startAtMs);

const add = (state: ExecutionState, id: string, atMs: number): void => {
  const branch = waiting(id, atMs);
  (state.branches as Record<string, Branch>)[id] = branch;
  schedule(state, branch);
};

const remove = (state: ExecutionState, id: string): void => {
  delete (state.branches as Record<string, Branch>)[id];
};

/** The branches in the order in which they come due; each is done when it has come. */
const inTurn = (state: ExecutionState): readonly string[] => {
  const order: string[] = [];
  for (let due = firstDue(state, 1e12); due?.branch !== undefined; due = firstDue(state, 1e12)) {
    order.push(due.branch.id);
    remove(state, due.branch.id);
  }
  return order;
};

const instants = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 200 });

const byTimeThenAge = (times: readonly number[]): readonly string[] =>
  times
    .map((atMs, index) => ({ atMs, index }))
    .sort((a, b) => a.atMs - b.atMs || a.index - b.index)
    .map(({ index }) => String(index));

describe("what is due", () => {
  test("comes in the order of time, and at one instant the branch that was made first", () => {
    fc.assert(
      fc.property(instants, (times) => {
        const state = begun();
        for (const [index, atMs] of times.entries()) add(state, String(index), atMs);
        expect(firstAtMs(state)).toBe(times.length === 0 ? undefined : Math.min(...times));
        expect(inTurn(state)).toEqual(byTimeThenAge(times));
      }),
    );
  });

  test("comes in the same order after a snapshot", () => {
    fc.assert(
      fc.property(instants, (times) => {
        const state = begun();
        for (const [index, atMs] of times.entries()) add(state, String(index), atMs);
        expect(inTurn(structuredClone(state))).toEqual(byTimeThenAge(times));
      }),
    );
  });

  test("is what holds now, not what was waited for before", () => {
    fc.assert(
      fc.property(instants, instants, (before, after) => {
        const state = begun();
        for (const [index, atMs] of before.entries()) add(state, String(index), atMs);
        const removed = [...before.keys()].filter((index) => index % 3 === 0);
        for (const index of removed) remove(state, String(index));
        for (const [index, atMs] of after.entries()) add(state, String(index), atMs);
        const left = [...before, ...after.slice(before.length)]
          .map((atMs, index) => ({ atMs: after[index] ?? atMs, index }))
          .filter(({ index }) => index < after.length || index % 3 !== 0);
        const expected = left.sort((a, b) => a.atMs - b.atMs || a.index - b.index);
        expect(inTurn(state)).toEqual(expected.map(({ index }) => String(index)));
      }),
    );
  });

  test("is nothing before its time", () => {
    const state = begun();
    add(state, "1", 50);
    expect(firstDue(state, 49)).toBeUndefined();
    expect(firstDue(state, 50)?.branch?.id).toBe("1");
  });

  test("is the time-out of the whole execution last of all at one instant", () => {
    const state = begun();
    add(state, "3", 50);
    state.timeoutAtMs = 50;
    scheduleTimeout(state);
    for (const one of [state, structuredClone(state)]) {
      expect(firstDue(one, 50)?.branch?.id).toBe("3");
      remove(one, "3");
      expect(firstDue(one, 50)).toEqual({ branch: undefined });
      one.status = "SUCCEEDED";
      expect(firstDue(one, 50)).toBeUndefined();
      expect(firstAtMs(structuredClone(one))).toBeUndefined();
    }
  });

  test("of an activity is its retry, or the earlier of its two limits", () => {
    const due = (activity: object): number | undefined => {
      const state = begun();
      const branch = { id: "1", waiting: { kind: "activity", activity: "1.1" } };
      (state.branches as Record<string, unknown>)["1"] = branch;
      (state.activities as Record<string, unknown>)["1.1"] = activity;
      schedule(state, branch as unknown as Branch);
      return firstAtMs(state);
    };
    expect(due({ phase: "waitingToRetry", retryAtMs: 9, timeoutAtMs: 3 })).toBe(9);
    expect(due({ phase: "running", timeoutAtMs: 7, heartbeatAtMs: 5 })).toBe(5);
    expect(due({ phase: "running", timeoutAtMs: 4, heartbeatAtMs: 5 })).toBe(4);
    expect(due({ phase: "running", timeoutAtMs: 4 })).toBe(4);
    expect(due({ phase: "running", heartbeatAtMs: 5 })).toBe(5);
    expect(due({ phase: "running" })).toBeUndefined();
  });

  test("of a branch that can go on is nothing", () => {
    const state = begun();
    const branch = { id: "1", waiting: { kind: "ready" } } as unknown as Branch;
    (state.branches as Record<string, Branch>)["1"] = branch;
    schedule(state, branch);
    expect(firstAtMs(state)).toBeUndefined();
  });
});
