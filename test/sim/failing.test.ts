import { describe, expect, it } from "vitest";
import type { StateMachine } from "#core/asl/definition.ts";
import { InvariantViolation } from "#core/errors.ts";
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
});
