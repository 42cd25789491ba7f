import { describe, expect, test } from "vitest";
import { type Alias, aliasStore, versionByWeight } from "#catalog/aliases.ts";
import { processVersions } from "#catalog/process-versions.ts";
import { memoryPlatform } from "#platforms/memory/memory-platform.ts";
import { virtualClock } from "#platforms/memory/virtual-clock.ts";
import { fc } from "../../fast-check.ts";

/** Of processes of one version that are there. */
const store = async (...processes: readonly string[]) => {
  const { documents } = memoryPlatform({ clock: virtualClock(0) });
  for (const name of processes) await processVersions(documents).raiseNewest(name, 1);
  return aliasStore({ documents });
};

const alias = (process: string, name: string): Alias => ({
  process,
  name,
  routes: [{ version: 1, weight: 100 }],
  createdAtMs: 1,
  updatedAtMs: 1,
});

describe("a version by weight", () => {
  const routes = (weight: number) => [
    { version: 1, weight },
    { version: 2, weight: 100 - weight },
  ];

  test.each([
    [30, 0, 1],
    [30, 0.2999, 1],
    [30, 0.3, 2],
    [30, 0.9999, 2],
    [0, 0, 2],
    [100, 0.9999, 1],
  ])("of weight %i at the draw %d is %i", (weight, draw, version) => {
    expect(versionByWeight(routes(weight), draw)).toBe(version);
  });

  test("of no weight is never taken", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (draw) => {
        expect(versionByWeight(routes(100), draw)).toBe(1);
        expect(versionByWeight(routes(0), draw)).toBe(2);
      }),
    );
  });
});

describe("aliases", () => {
  test("are of one process: those of another whose name begins alike are apart", async () => {
    const aliases = await store("a", "ab");
    await aliases.change("a", "live", () => alias("a", "live"));
    await aliases.change("ab", "live", () => alias("ab", "live"));
    const { aliases: found } = await aliases.list("a", { limit: 10 });
    expect(found.map(({ process }) => process)).toEqual(["a"]);
    await aliases.forget("a", 1);
    expect(await aliases.get("a", "live")).toBeUndefined();
    expect(await aliases.get("ab", "live")).toMatchObject({ process: "ab" });
  });

  test("of several who change one at once each sees what the one before has made", async () => {
    const aliases = await store("a");
    await Promise.all(
      Array.from({ length: 10 }, () =>
        aliases.change("a", "live", (found = alias("a", "live")) => ({
          ...found,
          updatedAtMs: found.updatedAtMs + 1,
        })),
      ),
    );
    expect(await aliases.get("a", "live")).toMatchObject({ updatedAtMs: 11 });
  });

  test("stay as they are where the change is refused", async () => {
    const aliases = await store("a");
    const first = alias("a", "live");
    await aliases.change("a", "live", () => first);
    const refuse = () => {
      throw new RangeError("not so");
    };
    await expect(aliases.change("a", "live", refuse)).rejects.toThrow("not so");
    await expect(aliases.remove("a", "live", refuse)).rejects.toThrow("not so");
    expect(await aliases.get("a", "live")).toEqual(first);
    expect(await aliases.remove("a", "live")).toEqual(first);
    expect(await aliases.remove("a", "live", refuse)).toBeUndefined();
  });
});
