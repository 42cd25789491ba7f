import { describe, expect, it } from "vitest";
import type { ExecutionState } from "#core/execution/state.ts";
import { leasedUntilMs } from "#engine/lease-of.ts";
import { embeddedSettings } from "#engine/settings.ts";
import { memoryPlatform } from "#platforms/memory/memory-platform.ts";
import { virtualClock } from "#platforms/memory/virtual-clock.ts";
import type { Stall } from "#ports/platform.ts";

const nowMs = 10_000;

const leased = (
  untilMs: number,
  options: { readonly stall?: Stall; readonly isGone?: boolean } = {},
) => {
  const { stall, isGone = false } = options;
  const context = {
    platform: { ...memoryPlatform({ clock: virtualClock(nowMs) }), lastStall: () => stall },
    settings: { ...embeddedSettings, leaseMs: 3_000 },
    peers: { names: () => [], loads: () => [], isFirstFor: () => true, isGone: () => isGone },
  };
  const state = { executionId: "x", lease: { turn: "t", untilMs } } as unknown as ExecutionState;
  return leasedUntilMs(context, { state }, nowMs);
};

describe("a lease", () => {
  it("is respected until it has run out", async () => {
    expect(await leased(nowMs + 1)).toBe(nowMs + 1);
    expect(await leased(nowMs - 1)).toBeLessThanOrEqual(nowMs);
  });

  it("means nothing once its server is gone", async () => {
    expect(await leased(nowMs + 1, { isGone: true })).toBe(0);
  });

  it("that ran out while nobody could write has the time of one renewal after that", async () => {
    const stall = { fromMs: 8_000, toMs: 9_800 };
    expect(await leased(9_000, { stall })).toBe(10_800);
    // It was known late that nobody could write.
    expect(await leased(7_500, { stall })).toBe(10_800);
    expect(await leased(6_999, { stall })).toBe(6_999);
  });
});
