import type { Entropy } from "#ports/clock.ts";

/** Draws that are the same for the same seed (mulberry32): for simulations and tests, never for secrets. */
export const seededEntropy = (seed: number): Entropy => {
  let state = seed >>> 0;
  const word = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return {
    hex: (bytes) =>
      Array.from({ length: bytes }, () => (word() & 0xff).toString(16).padStart(2, "0")).join(""),
    fraction: () => word() / 2 ** 32,
  };
};
