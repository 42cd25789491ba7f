import { describe, expect, it } from "vitest";
import type { State, StateMachine } from "#core/asl/definition.ts";
import type { Write } from "#ports/journal.ts";
import { type Script, world } from "./world.ts";

const task = (resource: string, next?: string, more: object = {}) =>
  ({
    Type: "Task",
    Resource: `holdfast:test:${resource}`,
    ...(next === undefined ? { End: true } : { Next: next }),
    ...more,
  }) as const;

const sequence: StateMachine = {
  StartAt: "A",
  States: { A: task("a", "B"), B: task("b", "C"), C: task("c") },
};

/** The same, of activities that fail when their server is lost. */
const failing: StateMachine = {
  ...sequence,
  States: Object.fromEntries(
    Object.entries(sequence.States).map(([name, state]) => [
      name,
      { ...state, Orchestration: { OnInterrupted: "fail" } } as State,
    ]),
  ),
};

const everything: StateMachine = {
  StartAt: "First",
  States: {
    First: task("first", "Wait"),
    Wait: { Type: "Wait", Seconds: 5, Next: "Both" },
    Both: {
      Type: "Parallel",
      Branches: [
        { StartAt: "L", States: { L: task("l") } },
        {
          StartAt: "R",
          States: {
            R: task("flaky", undefined, {
              Retry: [{ ErrorEquals: ["Flaky"], IntervalSeconds: 2, MaxAttempts: 5 }],
            }),
          },
        },
      ],
      Next: "Each",
    },
    Each: {
      Type: "Map",
      MaxConcurrency: 2,
      ItemProcessor: { StartAt: "Item", States: { Item: task("item") } },
      Next: "Last",
    },
    Last: task("last"),
  },
};

const flaky: Script = ({ resource, attempt, parameters }) =>
  resource.endsWith("flaky") && attempt === 1
    ? { kind: "failed", error: "Flaky", cause: "the first attempt fails" }
    : { kind: "succeeded", output: parameters };

describe("a turn", () => {
  it("runs a sequence and commits the end of an activity with the start of the next", async () => {
    const w = world({ definition: sequence });
    const { engine } = w.server();
    const { executionId } = await engine.start({
      process: "p",
      name: "x",
      input: { n: 1 },
      startedBy: "t",
    });
    await w.run(() => w.hasEnded(executionId));
    const state = await w.stateOf(executionId);
    expect(state).toMatchObject({ status: "SUCCEEDED", output: { n: 1 } });
    const { records } = await w.platform.log.load(executionId);
    expect(records.map(({ facts }) => facts.map(({ kind }) => kind))).toEqual([
      ["ExecutionStarted"],
      ["ActivitySucceeded"],
      ["ActivitySucceeded"],
      ["ActivitySucceeded"],
    ]);
    expect(await w.platform.queue.receive({ max: 10, visibilityMs: 1 })).toEqual([]);
  });

  it("starts no activity before the record that tells so is durable (I20)", async () => {
    const writes: Write[] = [];
    const w = world({
      definition: sequence,
      beforeWrite: (write) => {
        writes.push(write);
      },
      script: ({ parameters }) => {
        order.push(`run after ${writes.filter(({ kind }) => kind === "AppendRecord").length}`);
        return { kind: "succeeded", output: parameters };
      },
    });
    const order: string[] = [];
    const { engine } = w.server();
    const { executionId } = await engine.start({
      process: "p",
      name: "x",
      input: {},
      startedBy: "t",
    });
    await w.run(() => w.hasEnded(executionId));
    expect(order).toEqual(["run after 1", "run after 2", "run after 3"]);
  });

  it("waits on the durable head and goes on to the millisecond", async () => {
    const w = world({ definition: everything, script: flaky });
    const { engine } = w.server();
    const startedAtMs = w.clock.nowMs();
    const { executionId } = await engine.start({
      process: "p",
      name: "x",
      input: [1, 2, 3],
      startedBy: "t",
    });
    await w.settle();
    expect((await w.platform.heads.get(executionId))?.head).toMatchObject({
      status: "RUNNING",
      nextCheckAtMs: startedAtMs + 5_000,
      waitingFor: { kind: "timer" },
    });
    expect(await w.platform.queue.receive({ max: 10, visibilityMs: 1 })).toEqual([]);
    await w.run(() => w.hasEnded(executionId));
    const state = await w.stateOf(executionId);
    expect(state?.status).toBe("SUCCEEDED");
    expect((state?.stoppedAtMs ?? 0) - startedAtMs).toBe(7_000);
  });

  it("misses no result, whenever in the course of a commit it comes", async () => {
    for (let hops = 0; hops < 80; hops += 1) {
      const w = world({
        definition: sequence,
        script: async ({ parameters }) => {
          for (let hop = 0; hop < hops; hop += 1) await undefined;
          return { kind: "succeeded", output: parameters };
        },
      });
      const startedAtMs = w.clock.nowMs();
      const { engine } = w.server();
      await engine.start({ process: "p", name: "x", input: {}, startedBy: "t" });
      await w.run(() => w.hasEnded("p:x"));
      expect([hops, w.clock.nowMs() - startedAtMs]).toEqual([hops, 0]);
    }
  });

  it("is stopped with a reason, and what it ran is aborted", async () => {
    let signal: AbortSignal | undefined;
    const w = world({
      definition: sequence,
      script: (request) => {
        signal = request.signal;
        return new Promise(() => {});
      },
    });
    const { engine } = w.server();
    const { executionId } = await engine.start({
      process: "p",
      name: "x",
      input: {},
      startedBy: "t",
    });
    await engine.stop(executionId, { error: "Why", cause: "because", by: "me" });
    expect(await w.stateOf(executionId)).toMatchObject({
      status: "ABORTED",
      error: "Why",
      cause: "because",
    });
    expect(signal?.aborted).toBe(true);
    await expect(engine.stop(executionId, { by: "me" })).rejects.toMatchObject({
      code: "execution-ended",
    });
    await expect(engine.stop("p:none", { by: "me" })).rejects.toMatchObject({
      code: "execution-not-found",
    });
  });
});

describe("a start", () => {
  it("under the same name and input is the same execution, also many at once", async () => {
    const w = world({ definition: sequence });
    const servers = [w.server(), w.server()];
    const starts = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        servers[index % 2]?.engine.start({
          process: "p",
          name: "x",
          input: { a: 1, b: [2] },
          startedBy: "t",
        }),
      ),
    );
    expect(starts.filter((start) => start?.isNew)).toHaveLength(1);
    await w.run(() => w.hasEnded("p:x"));
    expect(w.began.map(({ resource }) => resource)).toEqual(
      ["a", "b", "c"].map((name) => `holdfast:test:${name}`),
    );
    const again = await servers[0]?.engine.start({
      process: "p",
      name: "x",
      input: { b: [2], a: 1 },
      startedBy: "t",
    });
    expect(again?.isNew).toBe(false);
  });

  it("under the same name with another input is refused", async () => {
    const w = world({ definition: sequence });
    const { engine } = w.server();
    await engine.start({ process: "p", name: "x", input: 1, startedBy: "t" });
    await expect(
      engine.start({ process: "p", name: "x", input: 2, startedBy: "t" }),
    ).rejects.toMatchObject({ code: "execution-name-taken" });
  });

  it("beyond what a server takes on is left to the work queue, and all finish", async () => {
    const w = world({ definition: sequence });
    const { engine } = w.server({ turnsMax: 3 });
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        engine.start({ process: "p", name: `x${index}`, input: index, startedBy: "t" }),
      ),
    );
    await w.run(async () => {
      const { heads } = await w.platform.heads.list({ limit: 100 });
      return heads.length === 20 && heads.every(({ status }) => status === "SUCCEEDED");
    });
    expect(w.began).toHaveLength(60);
  });
});

describe("a server that dies", () => {
  /** Runs the process with a crash before write number `crashAt`, then on a second server to the end. */
  const runWithCrash = async (definition: StateMachine, crashAt: number, mayRestart: boolean) => {
    let writes = 0;
    const servers: ReturnType<typeof w.server>[] = [];
    const w = world({
      definition,
      script: flaky,
      mayRestart: () => mayRestart,
      beforeWrite: () => {
        writes += 1;
        if (writes !== crashAt) return;
        servers[0]?.kill();
        throw new Error("crash");
      },
    });
    servers.push(w.server());
    const first = servers[0];
    const ack = first?.engine
      .start({ process: "p", name: "x", input: [1, 2, 3], startedBy: "t" })
      .then(() => true);
    let isAcknowledged = false;
    void ack?.then((value) => {
      isAcknowledged = value;
    });
    await w.run(async () => first?.isDead() === true || (await w.hasEnded("p:x")));
    if (first?.isDead() !== true) return { isCut: false, w };
    const { snapshot, records } = await w.platform.log.load("p:x");
    const second = w.server();
    if (snapshot === undefined && records.length === 0) {
      expect(isAcknowledged).toBe(false);
    }
    // The caller without an acknowledgement repeats its start.
    if (!isAcknowledged)
      await second.engine.start({ process: "p", name: "x", input: [1, 2, 3], startedBy: "t" });
    await w.run(() => w.hasEnded("p:x"));
    return { isCut: true, w };
  };

  it.each([
    ["a sequence", sequence],
    ["waits, branches, items and retries", everything],
  ])(
    "before any single write of %s loses nothing that may be restarted",
    async (_name, definition) => {
      let crashAt = 1;
      for (; ; crashAt += 1) {
        const { isCut, w } = await runWithCrash(definition, crashAt, true);
        const state = await w.stateOf("p:x");
        expect([crashAt, state?.status, state?.error, state?.cause]).toEqual([
          crashAt,
          "SUCCEEDED",
          undefined,
          undefined,
        ]);
        expect(await w.platform.queue.receive({ max: 10, visibilityMs: 1 })).toEqual([]);
        expect((await w.platform.heads.get("p:x"))?.head.nextCheckAtMs).toBeUndefined();
        if (!isCut) break;
      }
      expect(crashAt).toBeGreaterThan(5);
    },
  );

  it("before any single write runs nothing twice that may not be restarted, and names the state", async () => {
    for (let crashAt = 1; ; crashAt += 1) {
      const { isCut, w } = await runWithCrash(failing, crashAt, false);
      const state = await w.stateOf("p:x");
      const runs = new Map<string, number>();
      for (const { activity } of w.began) runs.set(activity, (runs.get(activity) ?? 0) + 1);
      expect([...runs.values()].every((count) => count === 1)).toBe(true);
      if (state?.status !== "SUCCEEDED") {
        expect(state).toMatchObject({ status: "FAILED", error: "Holdfast.Interrupted" });
        expect(state?.cause).toMatch(/'[ABC]'/);
      }
      if (!isCut) break;
    }
  });

  it("while an activity runs is noticed within the lease, and the activity restarts", async () => {
    const w = world({
      definition: sequence,
      script: ({ attempt, parameters }) =>
        attempt === 1 ? new Promise(() => {}) : { kind: "succeeded", output: parameters },
    });
    const first = w.server();
    const { executionId } = await first.engine.start({
      process: "p",
      name: "x",
      input: 1,
      startedBy: "t",
    });
    await w.settle();
    const diedAtMs = w.clock.nowMs();
    first.kill();
    w.server();
    await w.run(() => w.began.length > 1);
    expect(w.clock.nowMs() - diedAtMs).toBeLessThanOrEqual(5_000);
    expect(w.began[1]).toMatchObject({ activity: w.began[0]?.activity, attempt: 2 });
    expect(w.events.map(({ kind }) => kind)).toContain("execution-taken-over");
    first.thaw();
    expect(executionId).toBe("p:x");
  });

  it("is not mistaken for one whose activity takes long: the lease is renewed", async () => {
    const w = world({
      definition: sequence,
      script: async ({ parameters }) => {
        await w.sleep(100_000);
        return { kind: "succeeded", output: parameters };
      },
    });
    const first = w.server();
    w.server();
    await first.engine.start({ process: "p", name: "x", input: 1, startedBy: "t" });
    await w.run(() => w.hasEnded("p:x"));
    expect(w.began.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
    expect(w.events).toEqual([]);
  });

  it("and was only frozen cannot change what was taken over", async () => {
    let letGo = () => {};
    const w = world({
      definition: sequence,
      script: ({ attempt, parameters }) => {
        const output = { from: attempt, parameters };
        if (w.began.length > 1) return { kind: "succeeded", output };
        return new Promise((resolve) => {
          letGo = () => resolve({ kind: "succeeded", output });
        });
      },
    });
    const first = w.server();
    await first.engine.start({ process: "p", name: "x", input: 1, startedBy: "t" });
    await w.settle();
    first.freeze();
    w.server();
    await w.run(() => w.began.length > 1);
    letGo();
    await w.settle();
    first.thaw();
    await w.run(() => w.began.length >= 3, 60_000);
    const facts = (await w.platform.log.load("p:x")).records.flatMap(({ facts }) => facts);
    expect(facts.map(({ kind }) => kind)).toContain("TakenOver");
    const [firstResult] = facts.filter(({ kind }) => kind === "ActivitySucceeded");
    expect(firstResult).toMatchObject({ attempt: 2, output: { from: 2 } });
    // What the frozen server had in hand is kept, for people to see.
    await w.settle();
    const late = w.events.filter(({ kind }) => kind === "late-result");
    const result = expect.stringContaining('"from":1');
    expect(late).toMatchObject([
      { executionId: "p:x", details: { attempt: 1, outcome: "succeeded", result } },
    ]);
  });
});

describe("a server that closes", () => {
  it("lets what runs finish, begins nothing more, and interrupts nothing", async () => {
    const w = world({
      definition: everything,
      mayRestart: () => false,
      script: async (request) => {
        await w.sleep(1_500);
        return flaky(request);
      },
    });
    for (let closings = 0; !(await w.hasEnded("p:x")); closings += 1) {
      const { engine, kill } = w.server();
      if (closings === 0) {
        await engine.start({ process: "p", name: "x", input: [1, 2, 3], startedBy: "t" });
      }
      const closeAtMs = w.clock.nowMs() + 700;
      await w.run(async () => w.clock.nowMs() >= closeAtMs || (await w.hasEnded("p:x")));
      const begun = w.began.length;
      let isClosed = false;
      void engine.close({ graceMs: 10_000 }).then(() => {
        isClosed = true;
      });
      await w.run(() => isClosed);
      expect(w.began.length).toBe(begun);
      kill();
      expect(closings).toBeLessThan(50);
    }
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED" });
    expect(w.events.filter(({ kind }) => kind === "execution-taken-over")).toEqual([]);
    expect(new Set(w.began.map(({ activity, attempt }) => `${activity}#${attempt}`)).size).toBe(
      w.began.length,
    );
  });
});

describe("lost and torn work", () => {
  it("whose item is lost goes on by its head (G5)", async () => {
    const w = world({ definition: sequence });
    const full = w.server({ turnsMax: 0 });
    await full.engine.start({ process: "p", name: "x", input: 1, startedBy: "t" });
    const [item] = await w.platform.queue.receive({ max: 1, visibilityMs: 1 });
    expect(item?.executionId).toBe("p:x");
    await w.platform.journal.write([{ kind: "RemoveItem", itemId: item?.itemId ?? "" }]);
    full.kill();
    const startedAtMs = w.clock.nowMs();
    w.server();
    await w.run(() => w.hasEnded("p:x"));
    expect(w.clock.nowMs() - startedAtMs).toBeLessThanOrEqual(61_000);
    expect((await w.stateOf("p:x"))?.status).toBe("SUCCEEDED");
  });

  it("whose item comes twice is done once", async () => {
    const w = world({ definition: sequence });
    const full = w.server({ turnsMax: 0 });
    await full.engine.start({ process: "p", name: "x", input: 1, startedBy: "t" });
    const visibleAtMs = w.clock.nowMs();
    await w.platform.journal.write(
      ["i", "j"].map((itemId) => ({ kind: "Enqueue", itemId, executionId: "p:x", visibleAtMs })),
    );
    full.kill();
    w.server();
    w.server();
    await w.run(() => w.hasEnded("p:x"));
    await w.run(
      async () => (await w.platform.queue.receive({ max: 1, visibilityMs: 1 })).length === 0,
    );
    expect(w.began).toHaveLength(3);
  });

  it("whose item names no execution is let go", async () => {
    const w = world({ definition: sequence });
    const nowMs = w.clock.nowMs();
    await w.platform.journal.write([
      { kind: "Enqueue", itemId: "i", executionId: "p:none", visibleAtMs: nowMs },
    ]);
    w.server();
    await w.settle();
    w.clock.advanceTo(nowMs + 60_000);
    expect(await w.platform.queue.receive({ max: 1, visibilityMs: 1 })).toEqual([]);
  });
});
