/** What the simulation and a review have found. */
import { describe, expect, it } from "vitest";
import type { StateMachine } from "#core/asl/definition.ts";
import { OrchestratorError } from "#core/errors.ts";
import { Mailbox } from "#engine/mailbox.ts";
import type { Write } from "#ports/journal.ts";
import { world } from "./world.ts";

const long: StateMachine = {
  StartAt: "Long",
  States: { Long: { Type: "Task", Resource: "holdfast:test:long", End: true } },
};

const waiting: StateMachine = {
  StartAt: "Wait",
  States: { Wait: { Type: "Wait", Seconds: 36_000, End: true } },
};

const request = { process: "p", name: "x", input: {}, startedBy: "t" };

/** A world whose activities take `takesMs`. */
const slowWorld = (takesMs: number, more: Partial<Parameters<typeof world>[0]> = {}) => {
  const w = world({
    definition: long,
    script: async ({ parameters }) => {
      await w.sleep(takesMs);
      return { kind: "succeeded", output: parameters };
    },
    ...more,
  });
  const pass = async (ms: number) => {
    const untilMs = w.clock.nowMs() + ms;
    w.clock.after(ms, () => {});
    await w.run(() => w.clock.nowMs() >= untilMs, ms + 1);
  };
  let count = 0;
  const deliverAgain = () => {
    count += 1;
    const visibleAtMs = w.clock.nowMs();
    return w.platform.journal.write([
      { kind: "Enqueue", itemId: `again${count}`, executionId: "p:x", visibleAtMs },
    ]);
  };
  const takeovers = () => w.events.filter(({ kind }) => kind === "execution-taken-over").length;
  return { w, pass, deliverAgain, takeovers };
};

describe("leases", () => {
  // A PutHead clears the renewed lease. `refreshHead` writes PutHead and then RenewLeases: where only
  // the first arrives, or another server reads between the two, the turn that lives is taken over.
  it("a live turn keeps its lease when its head is written", async () => {
    const startMs = Date.parse("2026-01-01T00:00:00Z");
    let refusedUntilMs = 0;
    const { w, pass, deliverAgain, takeovers } = slowWorld(100_000, {
      beforeWrite: ({ kind }: Write) => {
        const nowMs = w.clock.nowMs();
        if (kind === "PutHead" && nowMs > startMs + 50_000 && refusedUntilMs === 0) {
          refusedUntilMs = nowMs + 900;
          w.clock.after(10, () => void deliverAgain());
        }
        if (kind === "RenewLeases" && nowMs < refusedUntilMs)
          throw new OrchestratorError("storage-unavailable", "simulated");
      },
    });
    const { receive } = w.platform.queue;
    Object.assign(w.platform.queue, { receive: () => Promise.resolve([]) });
    await w.server().engine.start(request);
    Object.assign(w.platform.queue, { receive });
    w.server();
    await pass(70_000);
    expect(refusedUntilMs).toBeGreaterThan(0);
    expect(takeovers()).toBe(0);
  });

  // RenewLeases puts the lease of a turn that was taken over in place of that of the turn that lives.
  // A server that wakes up renews before it has looked at the log, until its own activity ends.
  it("a turn that was taken over does not replace the lease of another", async () => {
    const { w, pass, deliverAgain, takeovers } = slowWorld(100_000);
    const first = w.server({ turnsMax: 1 });
    await first.engine.start(request);
    await pass(500);
    first.freeze();
    await pass(700);
    w.server({ turnsMax: 1 });
    await pass(10_400);
    expect(takeovers()).toBe(1);
    w.server();
    first.thaw();
    for (let count = 0; count < 50; count += 1) {
      await pass(97);
      await deliverAgain();
    }
    expect(takeovers()).toBe(1);
  });

  // `takeUp` compares the lease that it has read with the time after the read. A server that stands
  // still between the two (or reads slowly) takes over a turn that has renewed meanwhile.
  it("a lease that was read long ago is not taken for one that has run out", async () => {
    const { w, pass, deliverAgain, takeovers } = slowWorld(100_000);
    await w.server({ turnsMax: 1 }).engine.start(request);
    const { get } = w.platform.heads;
    let isStill = false;
    Object.assign(w.platform.heads, {
      get: async (executionId: string) => {
        const found = await get(executionId);
        if (isStill) return found;
        isStill = true;
        second.freeze();
        w.clock.after(6_000, second.thaw);
        return found;
      },
    });
    const second = w.server();
    await pass(10_000);
    await deliverAgain();
    await pass(12_000);
    expect(takeovers()).toBe(0);
  });

  // `sizeAfter` counts a RunActivity whose activity the same decision drops again (a sibling fails, a
  // claim times out): the record takes a lease and `stays`, although nothing of it runs here.
  it("a record that starts nothing takes no lease, and its turn settles", async () => {
    const definition: StateMachine = {
      StartAt: "Both",
      States: {
        Both: {
          Type: "Parallel",
          Branches: [long, { StartAt: "Fail", States: { Fail: { Type: "Fail", Error: "Boom" } } }],
          Catch: [{ ErrorEquals: ["States.ALL"], Next: "Wait" }],
          End: true,
        },
        Wait: { Type: "Wait", Seconds: 3_600, End: true },
      },
    };
    const { w } = slowWorld(1_000, { definition });
    await w.server().engine.start(request);
    await w.settle();
    const { records } = await w.platform.log.load("p:x");
    expect(records[0]?.leaseUntilMs).toBeUndefined();
    expect((await w.platform.heads.get("p:x"))?.head.waitingFor?.kind).toBe("timer");
  });
});

describe("a refused record", () => {
  // Its TakenOver is put back and offered again after the reload, although it says what was found in a
  // state that is gone; it can end up in the log under a lease that lives, and interrupts what nobody
  // has begun where the attempt is to be claimed.
  it("takes its takeover with it", () => {
    const mailbox = new Mailbox();
    mailbox.putBack([{ fact: { kind: "TakenOver", fromTurn: "t", interrupted: [] } }]);
    expect(mailbox.isEmpty).toBe(true);
  });
});

describe("the end of an execution", () => {
  // `#work` ends after a reload that finds the end, without settle or finish: the turn stays live for
  // ever, its work item is extended for ever, and a place of `turnsMax` is gone.
  it("that another server has brought lets the turn and its work item go", async () => {
    const { w, pass, deliverAgain } = slowWorld(30_000);
    const first = w.server();
    await first.engine.start(request);
    await pass(1_000);
    const second = w.server();
    await second.engine.stop("p:x", { by: "t" });
    second.kill();
    await deliverAgain();
    await pass(120_000);
    first.kill();
    await pass(10_000);
    expect(await w.platform.queue.receive({ max: 10, visibilityMs: 1 })).toEqual([]);
  });

  // Append and PutHead are two writes. Where the server dies between them the log has ended, but the
  // head says RUNNING until its old timer, here for ten hours, and a repeated stop is answered
  // `execution-ended`.
  it("by a stop is seen in the head within the time of a check", async () => {
    let mustDie = false;
    const { w, pass } = slowWorld(1_000, {
      definition: waiting,
      beforeWrite: ({ kind }: Write) => {
        if (kind !== "PutHead" || !mustDie) return;
        mustDie = false;
        second.kill();
        throw new Error("crash");
      },
    });
    const first = w.server();
    await first.engine.start(request);
    await w.settle();
    const second = w.server();
    mustDie = true;
    void second.engine.stop("p:x", { by: "t" });
    await w.settle();
    expect(await w.stateOf("p:x")).toMatchObject({ status: "ABORTED" });
    await pass(61_000);
    expect((await w.platform.heads.get("p:x"))?.head.status).toBe("ABORTED");
  });

  // Offers of one record are applied in their order: where the activity's success stands before the
  // stop, the execution succeeds, the stop changes nothing and is acknowledged all the same.
  it("that came before the stop is what the caller of the stop hears of", async () => {
    const letGo: (() => void)[] = [];
    const definition: StateMachine = {
      StartAt: "Both",
      States: { Both: { Type: "Parallel", Branches: [long, long], End: true } },
    };
    let stopped: Promise<unknown> = Promise.resolve();
    let isArmed = false;
    const w = world({
      definition,
      script: () =>
        new Promise((resolve) => {
          letGo.push(() => resolve({ kind: "succeeded", output: {} }));
        }),
      beforeWrite: ({ kind }) => {
        if (kind !== "AppendRecord" || !isArmed) return;
        isArmed = false;
        letGo[1]?.();
        // The second result is offered first, then the stop.
        stopped = Promise.resolve()
          .then(() => Promise.resolve())
          .then(() => Promise.resolve())
          .then(() => engine.stop("p:x", { by: "t" }));
        stopped.catch(() => {});
      },
    });
    const { engine } = w.server();
    await engine.start(request);
    isArmed = true;
    letGo[0]?.();
    await w.settle();
    const answer = await stopped.then(
      () => "stopped",
      (error: OrchestratorError) => error.code,
    );
    const status = (await w.stateOf("p:x"))?.status;
    expect([answer, status]).toEqual(["execution-ended", "SUCCEEDED"]);
  });
});

describe("a start", () => {
  // The record is durable but its acknowledgement is lost: `begin` rejects and drops the turn, so a
  // healthy server calls its own first activity interrupted, and an activity that may not be repeated
  // fails although nobody has begun it.
  it("whose acknowledgement is lost does not interrupt what was not begun", async () => {
    let isLost = false;
    const { w } = slowWorld(1_000, { mayRestart: () => false });
    const { write } = w.platform.journal;
    Object.assign(w.platform.journal, {
      write: async (writes: readonly Write[]) => {
        const outcome = await write(writes);
        if (isLost || writes[0]?.kind !== "AppendRecord") return outcome;
        isLost = true;
        throw new OrchestratorError("storage-unavailable", "simulated");
      },
    });
    const { engine } = w.server();
    void engine.start(request);
    await w.run(() => w.hasEnded("p:x"));
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED" });
  });
});

describe("a server that closes", () => {
  // `leaves` looks at one record only: what an earlier record of the draining turn left to others is
  // forgotten by the next one, which settles with a head for tomorrow and lets the work item go. The
  // same happens to claims that came too late for their lease.
  it("hands over what it did not begin, whatever it records after that", async () => {
    const definition: StateMachine = {
      StartAt: "Both",
      States: {
        Both: {
          Type: "Parallel",
          Branches: [
            long,
            {
              StartAt: "Wait",
              States: {
                Wait: { Type: "Wait", Seconds: 2, Next: "Later" },
                Later: { Type: "Task", Resource: "holdfast:test:later", End: true },
              },
            },
          ],
          End: true,
        },
      },
    };
    const { w, pass } = slowWorld(5_000, { definition });
    const first = w.server();
    await first.engine.start(request);
    await pass(1_000);
    w.server();
    void first.engine.close({ graceMs: 20_000 });
    await pass(80_000);
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED" });
  });
});

describe("a stop", () => {
  // `tellLog` takes the turn over in the same record: the takeover may end the execution before the stop
  // is applied, and the stop is acknowledged all the same.
  it("of an execution that its takeover has ended is not acknowledged", async () => {
    const { w, pass } = slowWorld(100_000, { mayRestart: () => false });
    const first = w.server();
    await first.engine.start(request);
    await pass(100);
    first.kill();
    Object.assign(w.platform.queue, { receive: () => Promise.resolve([]) });
    const second = w.server();
    await pass(10_000);
    const told = await second.engine.stop("p:x", { by: "t" }).then(
      () => "ABORTED",
      () => "FAILED",
    );
    expect((await w.stateOf("p:x"))?.status).toBe(told);
  });
});

describe("a repeated start", () => {
  // It looks for a head, finds none and puts one of RUNNING at position 0, although the first start,
  // whose record has ended the execution, has put the closed head meanwhile: whoever looks sees the
  // execution run again.
  it("does not reopen what the first start has ended", async () => {
    const definition: StateMachine = { StartAt: "P", States: { P: { Type: "Pass", End: true } } };
    const heads: string[] = [];
    const w = world({
      definition,
      beforeWrite: (write) => {
        if (write.kind === "PutHead") heads.push(write.head.status);
      },
    });
    let hasLooked = () => {};
    const looked = new Promise<void>((resolve) => {
      hasLooked = resolve;
    });
    const { write } = w.platform.journal;
    const { get } = w.platform.heads;
    Object.assign(w.platform.journal, {
      write: async (writes: readonly Write[]) => {
        if (writes[0]?.kind !== "AppendRecord") return await write(writes);
        const outcome = await write(writes.slice(0, 1));
        if (outcome.kind !== "written") return outcome;
        await looked;
        return await write(writes.slice(1));
      },
    });
    Object.assign(w.platform.heads, {
      get: async (executionId: string) => {
        const found = await get(executionId);
        hasLooked();
        await w.settle();
        return found;
      },
    });
    await Promise.all([w.server(), w.server()].map(({ engine }) => engine.start(request)));
    await w.settle();
    expect(heads).not.toContain("RUNNING");
  });
});
