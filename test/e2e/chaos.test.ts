/** A short reign of chaos; `npm run chaos` is the long one. */
import { expect, it } from "vitest";
import { chaos } from "../chaos/chaos.ts";

const seed = Number(process.env["CHAOS_SEED"] ?? 20_261_123);

it(`servers that are killed and frozen lose nothing (CHAOS_SEED=${seed})`, async () => {
  const report = await chaos({
    seed,
    serverCount: 3,
    executionCount: 100,
    seconds: 15,
    killEveryMs: 1_000,
    freezeMs: 5_000,
    killsBetweenFreezes: 5,
    say: console.log,
  });
  console.log(JSON.stringify(report));
  expect(report.violations).toEqual([]);
  expect(report.executions).toBe(100);
  expect(report.kills).toBeGreaterThan(3);
  expect(report.freezes).toBeGreaterThan(0);
  expect(report.attendedTakeovers.p99).toBeLessThan(5_000);
});
