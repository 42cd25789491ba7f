import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";

describe("the system clock", () => {
  it("fires a task not before its time, and not when it was cancelled", async () => {
    const fired: string[] = [];
    const begunAtMs = performance.now();
    const done = new Promise<number>((resolve) => {
      systemClock.after(30, () => resolve(performance.now()));
    });
    const cancel = systemClock.after(5, () => fired.push("cancelled"));
    cancel();
    // A timer of Node may fire up to a millisecond early.
    expect((await done) - begunAtMs).toBeGreaterThan(28);
    expect(fired).toEqual([]);
  });

  it("fires a task whose time has passed at once", async () => {
    const fired = vi.fn();
    systemClock.after(-1_000, fired);
    await delay(20);
    expect(fired).toHaveBeenCalledOnce();
  });

  it("waits longer than a timer of Node can", () => {
    vi.useFakeTimers();
    const fired = vi.fn();
    const days = 24 * 60 * 60 * 1_000;
    systemClock.after(60 * days, fired);
    vi.advanceTimersByTime(60 * days - 1);
    expect(fired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledOnce();
    const cancel = systemClock.after(60 * days, fired);
    vi.advanceTimersByTime(30 * days);
    cancel();
    vi.advanceTimersByTime(60 * days);
    expect(fired).toHaveBeenCalledOnce();
    vi.useRealTimers();
  });
});

describe("system entropy", () => {
  it("gives as many bytes as asked, never the same again", () => {
    const drawn = new Set<string>();
    for (let count = 0; count < 5_000; count += 1) {
      const digits = systemEntropy.hex(16);
      expect(digits).toMatch(/^[0-9a-f]{32}$/);
      drawn.add(digits);
    }
    expect(drawn.size).toBe(5_000);
    expect(systemEntropy.hex(10_000)).toHaveLength(20_000);
    expect(systemEntropy.hex(0)).toBe("");
  });

  it("uses every digit about equally often", () => {
    const counts = new Map<string, number>();
    for (const digit of Array.from({ length: 1_000 }, () => systemEntropy.hex(8)).join(""))
      counts.set(digit, (counts.get(digit) ?? 0) + 1);
    expect(counts.size).toBe(16);
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(250);
  });

  it("draws fractions from 0 to below 1", () => {
    for (let count = 0; count < 1_000; count += 1) {
      const fraction = systemEntropy.fraction();
      expect(fraction >= 0 && fraction < 1).toBe(true);
    }
  });
});
