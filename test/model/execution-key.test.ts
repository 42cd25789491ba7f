import { describe, expect, it } from "vitest";
import { check } from "./checker.ts";
import { reductions } from "./execution-key.ts";
import { executionModel } from "./execution-model.ts";
import { type Execution, rules, type Scope } from "./execution-state.ts";
import { compareStates } from "./quotient.ts";

const bounded: Scope = { servers: 2, faults: 1, restarts: true, renews: true, recordsMax: 2 };

/** The rules as they are, and without each. */
const variants = (scope: Scope): readonly Scope[] => [
  scope,
  ...rules.map((without) => ({ ...scope, without })),
];

const isBroken = (scope: Scope, off: readonly (typeof reductions)[number][] = []): boolean =>
  check(executionModel(scope, off)).violation !== undefined;

describe("states that count as one", () => {
  const scopes = [2, 3].flatMap((servers) =>
    [true, false].map((restarts) => ({ servers, faults: 2, restarts, renews: true })),
  );

  it.each(scopes)("are alike, and so is what they lead to, in %o", (scope) => {
    for (const variant of variants(scope)) {
      const { differ } = compareStates(executionModel(variant), {
        by: "state",
        statesMax: 3_000,
      });
      expect({ variant, differ }).toEqual({ variant, differ: [] });
    }
  });

  it.each(scopes)("are alike where it is long ago that they differed, in %o", (scope) => {
    const { differ, states } = compareStates(executionModel(scope), {
      by: "key",
      statesMax: 40_000,
    });
    expect(differ).toEqual([]);
    expect(states).toBeGreaterThanOrEqual(40_000);
  });

  it("would not be, if the key left out what matters", () => {
    const model = executionModel({ servers: 2, faults: 1, restarts: true, renews: false });
    const blind = { ...model, key: (state: Execution) => model.key({ ...state, items: 0 }) };
    const { differ } = compareStates(blind, { by: "key", statesMax: 40_000 });
    expect(differ).toHaveLength(2);
  });
});

describe("every reduction", () => {
  const deep = { ...bounded, recordsMax: 3 };

  it.each(reductions)('changes no verdict: "%s"', (off) => {
    const [whole, ...lacking] = variants(deep).map((scope) => isBroken(scope, [off]));
    expect(whole).toBe(false);
    expect(lacking).toEqual(rules.map(() => true));
  });

  it("changes no verdict: all of them, and steps that are taken as one", () => {
    const expected = variants(bounded).map((scope) => isBroken(scope));
    const fine = { ...bounded, isFine: true };
    expect(variants(fine).map((scope) => isBroken(scope, reductions))).toEqual(expected);
  });

  it("leaves fewer states", () => {
    const whole = check(executionModel({ ...bounded, isFine: true }, reductions)).states;
    for (const off of reductions)
      expect(check(executionModel(bounded, [off])).states).toBeLessThan(whole);
    expect(check(executionModel(bounded)).states).toBeLessThan(whole / 10);
  });
});
