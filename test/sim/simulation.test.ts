import { describe, expect, it } from "vitest";
import { checkSeed } from "./check-seed.ts";
import kept from "./kept-seeds.json" with { type: "json" };
import { redrivingFrom } from "./simulation.ts";

const fixed = Array.from({ length: 100 }, (_, seed) => seed);
const redriving = Array.from({ length: 60 }, (_, seed) => redrivingFrom + seed);

/** What a seed violates, and how to see it happen. */
const violationOf = async (seed: number): Promise<string | undefined> => {
  const { violation } = await checkSeed({ seed });
  if (violation === undefined) return undefined;
  const { kind, message } = violation;
  return `${kind}: ${message}; npm run sim -- --from ${seed} --seeds 1 --verbose`;
};

describe("servers that crash, freeze and lose their storage", () => {
  it.each([...fixed, ...redriving, ...kept.seeds])(
    "break no guarantee under seed %i",
    async (seed) => {
      expect(await violationOf(seed)).toBeUndefined();
    },
  );
});
