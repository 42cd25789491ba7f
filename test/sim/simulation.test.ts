import { describe, expect, it } from "vitest";
import { checkSeed } from "./check-seed.ts";
import kept from "./kept-seeds.json" with { type: "json" };
import { deepFrom, onCallFrom, redrivingFrom, wideFrom } from "./simulation.ts";

const countFrom = (first: number, length: number): number[] =>
  Array.from({ length }, (_, place) => first + place);

/** Three hundred: every push runs the same ones. */
const fixed = [
  ...countFrom(0, 60),
  ...countFrom(redrivingFrom, 40),
  ...countFrom(wideFrom, 100),
  ...countFrom(deepFrom, 100),
];

/** Those in which functions do the work. */
const onCall = countFrom(onCallFrom, 20);

/** What a seed violates, and how to see it happen. */
const violationOf = async (seed: number): Promise<string | undefined> => {
  const { violation } = await checkSeed({ seed });
  if (violation === undefined) return undefined;
  const { kind, message } = violation;
  return `${kind}: ${message}; npm run sim -- --from ${seed} --seeds 1 --verbose`;
};

describe("servers that crash, freeze and lose their storage", () => {
  it.each([...fixed, ...kept.seeds])("break no guarantee under seed %i", async (seed) => {
    expect(await violationOf(seed)).toBeUndefined();
  });
});

describe("functions that are called, frozen, killed and timed out", () => {
  it.each(onCall)("break no guarantee under seed %i", async (seed) => {
    expect(await violationOf(seed)).toBeUndefined();
  });
});
