import { describe, expect, it } from "vitest";
import type { StateMachine } from "#core/asl/definition.ts";
import { InvariantViolation, OrchestratorError } from "#core/errors.ts";
import type { LogRecord } from "#core/execution/record.ts";
import { world } from "./world.ts";

const wait: StateMachine = {
  StartAt: "W",
  States: {
    W: { Type: "Wait", Seconds: 5, Next: "T" },
    T: { Type: "Task", Resource: "holdfast:test:t", End: true },
  },
};

describe("an execution that no turn can be taken for", () => {
  it("does not keep others from their timers, and is tried less and less often", async () => {
    const w = world({ definition: wait });
    const { load } = w.platform.log;
    let loads = 0;
    let isDamaged = true;
    Object.assign(w.platform.log, {
      load: async (executionId: string) => {
        if (!isDamaged || !executionId.endsWith("broken")) return load(executionId);
        loads += 1;
        throw new InvariantViolation("damaged");
      },
    });
    const { engine } = w.server();
    // The oldest of those that are due is the one that cannot be read.
    await engine.start({ process: "p", name: "broken", input: 1, startedBy: "t" });
    w.clock.advanceTo(w.clock.nowMs() + 10);
    await engine.start({ process: "p", name: "sound", input: 1, startedBy: "t" });
    const startedAtMs = w.clock.nowMs();
    await w.run(() => w.hasEnded("p:sound"));
    expect(w.clock.nowMs() - startedAtMs).toBe(5_000);
    await w.run(() => w.clock.nowMs() > startedAtMs + 600_000, 700_000);
    expect(loads).toBeGreaterThan(5);
    expect(loads).toBeLessThan(30);
    expect(w.events.every(({ kind }) => kind === "turn-failed")).toBe(true);
    isDamaged = false;
    await w.run(() => w.hasEnded("p:broken"));
    expect((await w.stateOf("p:broken"))?.status).toBe("SUCCEEDED");
  });

  it("because a newer release began it is left untouched (G11)", async () => {
    const w = world({ definition: wait });
    const nowMs = w.clock.nowMs();
    const record: LogRecord = {
      executionId: "p:new",
      epoch: 0,
      seq: 0,
      commitId: "newer.0",
      server: "newer",
      turn: "newer",
      atMs: nowMs,
      facts: [
        {
          kind: "ExecutionStarted",
          process: "p",
          version: 1,
          name: "new",
          input: {},
          startedBy: "t",
          seed: "0".repeat(32),
          behaviour: 1_000_000,
        },
      ],
      commands: [],
      doneThrough: -1,
    };
    await w.platform.journal.write([
      { kind: "AppendRecord", record },
      { kind: "Enqueue", itemId: "i", executionId: "p:new", visibleAtMs: nowMs },
    ]);
    w.server();
    await w.run(() => w.clock.nowMs() > nowMs + 60_000, 120_000);
    expect((await w.platform.log.load("p:new")).records).toEqual([record]);
    expect(w.events[0]?.cause).toMatchObject({ code: "behaviour-unknown" });
    w.clock.advanceTo(w.clock.nowMs() + 120_000);
    expect((await w.platform.queue.receive({ max: 1, visibilityMs: 1 }))[0]?.itemId).toBe("i");
  });
});

describe("a stop while the storage takes nothing", () => {
  it("is answered by an error in time, and recorded when the storage takes it", async () => {
    let isFull = false;
    const w = world({
      definition: {
        StartAt: "T",
        States: { T: { Type: "Task", Resource: "holdfast:test:t", End: true } },
      },
      script: () => new Promise(() => {}),
      beforeWrite: () => {
        if (isFull) throw new OrchestratorError("storage-full", "no space is left");
      },
    });
    const { engine } = w.server();
    await engine.start({ process: "p", name: "x", input: 1, startedBy: "t" });
    isFull = true;
    let answer: unknown;
    const startedAtMs = w.clock.nowMs();
    engine.stop("p:x", { by: "t" }).catch((error: unknown) => {
      answer = error;
    });
    await w.run(() => answer !== undefined);
    expect(answer).toMatchObject({ code: "storage-unavailable" });
    expect(w.clock.nowMs() - startedAtMs).toBeLessThan(15_000);
    isFull = false;
    await w.run(() => w.hasEnded("p:x"));
    expect((await w.stateOf("p:x"))?.status).toBe("ABORTED");
  });
});
