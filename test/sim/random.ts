import { seededEntropy } from "#platforms/memory/seeded-entropy.ts";

/** Draws of a simulation: all that is random in it comes from one of these. */
export interface Random {
  /** 0 <= x < 1. */
  readonly fraction: () => number;
  /** Whole number from `low` to `high`, both included. */
  readonly int: (low: number, high: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(values: readonly T[]) => T;
  /** A generator of its own, so that what draws from it does not shift what others draw. */
  readonly fork: () => Random;
}

export const random = (seed: number): Random => {
  const { fraction } = seededEntropy(seed);
  const int = (low: number, high: number) => low + Math.floor(fraction() * (high - low + 1));
  return {
    fraction,
    int,
    chance: (probability) => fraction() < probability,
    pick: <T>(values: readonly T[]): T => values[int(0, values.length - 1)] as T,
    fork: () => random(int(0, 2 ** 32 - 1)),
  };
};

/** A number that a text alone decides (FNV-1a). */
export const hashOf = (text: string, from = 0x811c9dc5): number => {
  let hash = from;
  for (let at = 0; at < text.length; at += 1)
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
};
