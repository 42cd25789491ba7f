import { describe, expect, it } from "vitest";
import { memoryPlatform } from "#platforms/memory/memory-platform.ts";
import { seededEntropy } from "#platforms/memory/seeded-entropy.ts";
import { virtualClock } from "#platforms/memory/virtual-clock.ts";
import { everyContract } from "./every.contract.ts";
import { append, enqueue, seqsOf, startMs } from "./fixture.ts";

everyContract("memory", (clock) => ({
  platform: memoryPlatform({ clock }),
  close: async () => undefined,
}));

describe("faults of the memory platform", () => {
  it("leave the writes before the one that failed", async () => {
    const platform = memoryPlatform({
      clock: virtualClock(startMs),
      beforeWrite: (write) => {
        if (write.kind === "Enqueue") throw new RangeError("crash");
      },
    });
    const batch = [append("x", 0), enqueue("item"), append("x", 1)];
    await expect(platform.journal.write(batch)).rejects.toThrow("crash");
    expect(seqsOf((await platform.log.load("x")).records)).toEqual([0]);
  });
});

describe("the virtual clock", () => {
  it("fires tasks at their instants, in the order of time and then of setting", () => {
    const clock = virtualClock(1_000);
    const fired: string[] = [];
    const note = (name: string) => () => fired.push(`${name}@${clock.nowMs()}`);
    clock.after(30, note("c"));
    clock.after(10, note("a"));
    clock.after(10, note("b"));
    clock.after(20, () => clock.after(5, note("nested")));
    const cancel = clock.after(15, note("cancelled"));
    cancel();
    clock.advanceTo(1_029);
    expect(fired).toEqual(["a@1010", "b@1010", "nested@1025"]);
    expect(clock.nowMs()).toBe(1_029);
    expect(clock.nextAtMs()).toBe(1_030);
    expect(clock.runNext()).toBe(true);
    expect(fired.at(-1)).toBe("c@1030");
    expect(clock.runNext()).toBe(false);
  });

  it("never runs backwards", () => {
    const clock = virtualClock(1_000);
    clock.advanceTo(500);
    clock.after(-5, () => undefined);
    clock.runNext();
    expect(clock.nowMs()).toBe(1_000);
  });
});

describe("seeded entropy", () => {
  it("gives the same draws for the same seed and others for another", () => {
    const draws = (seed: number) => {
      const entropy = seededEntropy(seed);
      return [entropy.hex(16), entropy.fraction(), entropy.hex(4)];
    };
    expect(draws(7)).toEqual(draws(7));
    expect(draws(7)).not.toEqual(draws(8));
    expect(draws(7)[0]).toMatch(/^[0-9a-f]{32}$/);
  });
});
