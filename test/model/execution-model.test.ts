import { describe, expect, it } from "vitest";
import { check } from "./checker.ts";
import { executionModel } from "./execution-model.ts";
import { rules, type Scope } from "./execution-state.ts";

const small: Scope = { servers: 2, faults: 0, restarts: true, renews: false, recordsMax: 4 };

const scopes: readonly Scope[] = [
  { ...small, servers: 1, faults: 2, renews: true },
  { ...small, servers: 1, faults: 2, restarts: false },
  small,
];

describe("the rules of log, lease and head", () => {
  it.each(scopes)("hold over all interleavings of %o", (scope) => {
    expect(check(executionModel(scope))).toMatchObject({ violation: undefined, trace: [] });
  });

  it.each(rules)('are all needed: without "%s" something breaks', (without) => {
    const { violation, trace } = check(
      executionModel({ ...small, faults: 1, renews: true, recordsMax: 3, without }),
    );
    expect(violation).toBeDefined();
    expect(trace.length).toBeGreaterThan(0);
  });
});
