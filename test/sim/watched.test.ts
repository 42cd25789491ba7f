/** What the observer of a simulation calls a violation, where the rule has an exception. */
import { describe, expect, it } from "vitest";
import type { Fact } from "#core/execution/facts.ts";
import type { ProcessSettings } from "#core/execution/program.ts";
import { Watched } from "./watched.ts";

const leaseMs = 3_000;
const unwritten: ProcessSettings = { persistence: "none", onLoss: "rerun" };
const request = { activity: "1.1", attempt: 1, resource: "holdfast:test:a" };

/**
 * What is violated when `s1` begins an activity of which no record tells, after `s2`, whose clock is ahead, has
 * taken the execution over.
 */
const violatedBy = async (given: {
  readonly settings?: ProcessSettings;
  readonly aheadMs: number;
  readonly begunAtMs?: number;
}) => {
  const violated: string[] = [];
  let nowMs = 1_000;
  const watched = new Watched(
    "p:x",
    {
      process: "p",
      version: 1,
      definition: {
        StartAt: "A",
        States: { A: { Type: "Task", Resource: "holdfast:test:a", End: true } },
      },
      settings: given.settings ?? unwritten,
    },
    {
      nowMs: () => nowMs,
      clocksAgree: () => false,
      aheadMs: (server) => (server === "s2" ? given.aheadMs : 0),
      leaseMs,
      violated: (kind) => {
        if (kind === "G1") violated.push(kind);
      },
      toldCount: () => 1,
    },
  );
  const append = (turn: string, seq: number, facts: readonly Fact[]) =>
    watched.appended({
      ...{ epoch: 0, commitId: `${turn}.${seq}`, server: turn, executionId: "p:x", seq, turn },
      ...{ doneThrough: seq - 1, facts, commands: [], atMs: nowMs },
      leaseUntilMs: nowMs + leaseMs,
    });
  const start = { process: "p", version: 1, name: "x", input: {}, startedBy: "t" };
  append("s1-1", 0, [{ kind: "ExecutionStarted", ...start, seed: "00", behaviour: 5 }]);
  nowMs = 1_500;
  append("s2-1", 1, [{ kind: "ProgressDropped", reason: "lost", follows: "startOver" }]);
  nowMs = given.begunAtMs ?? 2_000;
  watched.began("s1", request);
  await watched.settled();
  return violated;
};

describe("a server that begins what no record tells of", () => {
  it("is excused where records wait and a clock that no lease outlasts has taken its own", async () => {
    expect(await violatedBy({ aheadMs: leaseMs + 1 })).toEqual([]);
  });

  it.each([
    { when: "the clocks are as far apart as a lease lasts", aheadMs: leaseMs },
    { when: "its own clock is the one that is ahead", aheadMs: -2 * leaseMs },
    { when: "its lease has run out by its own clock", aheadMs: 2 * leaseMs, begunAtMs: 4_000 },
    { when: "every record is written", aheadMs: 2 * leaseMs, settings: {} },
  ])("is not where $when", async ({ when: _, ...given }) => {
    expect(await violatedBy(given)).toEqual(["G1"]);
  });
});
