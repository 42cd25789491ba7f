import { expect, test } from "vitest";
import { drawAt } from "#core/execution/draws.ts";

const seed = "0123456789abcdef0123456789abcdef";

const draws = (of: string, count: number): number[] =>
  Array.from({ length: count }, (_, n) => drawAt(of, n));

test("draws are the same on every machine and for ever", () => {
  expect(draws(seed, 3)).toEqual([0.17716035417132503, 0.26192258389793965, 0.6623340293629149]);
});

test("draws are spread evenly over 0 to 1 and over each tenth", () => {
  const drawn = draws(seed, 100_000);
  const mean = drawn.reduce((sum, x) => sum + x, 0) / drawn.length;
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.005);
  const tenths = Array.from({ length: 10 }, () => 0);
  for (const x of drawn) tenths[Math.floor(x * 10)] = (tenths[Math.floor(x * 10)] ?? 0) + 1;
  for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(400);
});

test("a draw says nothing about the next", () => {
  const drawn = draws(seed, 100_000);
  const product = drawn
    .slice(1)
    .reduce((sum, x, at) => sum + (x - 0.5) * ((drawn[at] ?? 0) - 0.5), 0);
  expect(Math.abs((12 * product) / drawn.length)).toBeLessThan(0.015);
});

test("seeds that differ in one digit draw differently", () => {
  const other = `${seed.slice(0, 31)}e`;
  expect(new Set([...draws(seed, 1_000), ...draws(other, 1_000)]).size).toBe(2_000);
});
