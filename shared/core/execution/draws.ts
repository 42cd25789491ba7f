/**
 * Random draws as data: draw n of an execution is a function of its seed and n, so replay draws the
 * same numbers and nothing but a counter is kept. Each word of the seed and of the counter is
 * absorbed and mixed as in MurmurHash3 (32-bit arithmetic, the same on every machine).
 */

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

const absorb = (hash: number, word: number): number => {
  const scrambled = Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
  return (Math.imul(rotate(hash ^ scrambled, 13), 5) + 0xe6546b64) | 0;
};

const finish = (hash: number): number => {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return (twice ^ (twice >>> 16)) >>> 0;
};

const word = (seed: string, n: number, lane: number): number => {
  let hash = lane;
  for (let at = 0; at < 32; at += 8)
    hash = absorb(hash, Number.parseInt(seed.slice(at, at + 8), 16) | 0);
  return finish(absorb(absorb(hash, n | 0), Math.floor(n / 2 ** 32)));
};

/** Draw `n` (from 0) of the generator with a seed of 32 hexadecimal digits: 0 <= x < 1, 53 bits. */
export const drawAt = (seed: string, n: number): number =>
  ((word(seed, n, 0x243f6a88) >>> 5) * 2 ** 26 + (word(seed, n, 0x13198a2e) >>> 6)) / 2 ** 53;

/** The next draw of an execution. */
export const draw = (execution: { readonly seed: string; draws: number }): number =>
  drawAt(execution.seed, execution.draws++);
