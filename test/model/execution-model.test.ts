import { describe, expect, it } from "vitest";
import { check } from "./checker.ts";
import { executionModel } from "./execution-model.ts";
import { rules, type Scope } from "./execution-state.ts";

const small: Scope = { servers: 2, faults: 2, restarts: true, renews: false };

/** Logs have no end, but where three servers stand two faults. */
const scopes: readonly Scope[] = [
  { ...small, servers: 1, renews: true },
  small,
  { ...small, restarts: false },
  { ...small, renews: true },
  { ...small, servers: 3, faults: 1, recordsMax: 3, renews: true },
  { ...small, servers: 3, recordsMax: 2 },
];

describe("the rules of log, lease and head", () => {
  it.each(scopes)("hold over all interleavings of %o", (scope) => {
    expect(check(executionModel(scope))).toMatchObject({ violation: undefined, trace: [] });
  });

  it.each(rules)('are all needed: without "%s" something breaks', (without) => {
    const { violation, trace } = check(
      executionModel({ ...small, faults: 1, renews: true, without }),
    );
    expect(violation).toBeDefined();
    expect(trace.length).toBeGreaterThan(0);
  });
});
