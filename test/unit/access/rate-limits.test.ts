import { expect, test } from "vitest";
import { tokenBuckets } from "#access/rate-limits.ts";

const setUp = () => {
  let nowMs = 1_000_000;
  const { take } = tokenBuckets(() => nowMs);
  /** How many calls are let through of so many at once. */
  const through = (caller: string, calls: number, rate: number) =>
    Array.from({ length: calls }, () => take(caller, rate)).filter((wait) => wait === 0).length;
  return {
    take,
    through,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
};

test("a caller may save up two seconds of calls, and no more", () => {
  const { through, pass } = setUp();
  expect(through("a", 100, 10)).toBe(20);
  pass(500);
  expect(through("a", 100, 10)).toBe(5);
  pass(3_600_000);
  expect(through("a", 100, 10)).toBe(20);
});

test("callers do not use up each other's calls", () => {
  const { through } = setUp();
  expect([through("a", 5, 1), through("b", 5, 1)]).toEqual([2, 2]);
});

test("who is refused is told when to come again, and is let in then", () => {
  const { take, through, pass } = setUp();
  through("a", 10, 1);
  const wait = take("a", 1);
  expect(wait).toBe(1);
  pass(wait * 1000);
  expect(take("a", 1)).toBe(0);
});

test("a clock that is set back gives and takes nothing", () => {
  const { through, pass } = setUp();
  through("a", 100, 10);
  pass(-60_000);
  expect(through("a", 1, 10)).toBe(0);
  pass(1_000);
  expect(through("a", 100, 10)).toBe(10);
});
