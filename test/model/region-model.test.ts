import { describe, expect, it } from "vitest";
import { check } from "./checker.ts";
import { regionModel } from "./region-model.ts";
import { type RegionScope, regionRules } from "./region-state.ts";

const scopes: readonly RegionScope[] = [
  { regions: 2, epochsMax: 3, factsMax: 2 },
  { regions: 3, epochsMax: 4, factsMax: 2 },
];

describe("the rules of regions", () => {
  it.each(scopes)("hold over all interleavings of %o", (scope) => {
    expect(check(regionModel(scope))).toMatchObject({ violation: undefined, trace: [] });
  });

  it.each(regionRules)('are all needed: without "%s" something breaks', (without) => {
    const { violation, trace } = check(
      regionModel({ regions: 3, epochsMax: 3, factsMax: 1, without }),
    );
    expect(violation).toBeDefined();
    expect(trace.length).toBeGreaterThan(0);
  });
});
