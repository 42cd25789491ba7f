import { describe, expect, it } from "vitest";
import type { StateMachine } from "#core/asl/definition.ts";
import { createDrainOperations } from "#engine/drain-operations.ts";
import { Drains } from "#engine/drains.ts";
import { type Script, world } from "./world.ts";

const task = (resource: string, next?: string, more: object = {}) =>
  ({
    Type: "Task",
    Resource: `holdfast:${resource}`,
    ...(next === undefined ? { End: true } : { Next: next }),
    ...more,
  }) as const;

const two: StateMachine = {
  StartAt: "A",
  States: { A: task("test:a", "B"), B: task("test:b") },
};

type World = ReturnType<typeof world>;

const underDrains = { drains: true };

/** An activity that takes `ms`, whatever its resource. */
const slow =
  (w: () => World, ms: number): Script =>
  async ({ parameters }) => {
    await w().sleep(ms);
    return { kind: "succeeded", output: parameters };
  };

const start = async (engine: ReturnType<World["server"]>["engine"], name: string, input: object) =>
  (await engine.start({ process: "p", name, input: input as never, startedBy: "t" })).executionId;

const headOf = async (w: World, executionId: string) =>
  (await w.platform.heads.get(executionId))?.head;

describe("a drain", () => {
  it("lets the activity in flight finish, begins no other, and goes on when it is lifted", async () => {
    const w: World = world({ definition: two, script: slow(() => w, 2_000) });
    const { engine, drains } = w.server({}, underDrains);
    await w.settle();
    const executionId = await start(engine, "x", { n: 1 });
    await w.settle();
    const { report } = await drains.begin({ scope: "environment", by: "ann" });
    expect(report).toMatchObject({ inFlightCount: 1, isDone: false });
    expect(report.inFlight).toMatchObject([{ executionId, state: "A" }]);
    await w.run(async () => (await headOf(w, executionId))?.waitingFor?.kind === "drain");
    expect(await headOf(w, executionId)).toMatchObject({
      status: "RUNNING",
      waitingFor: { kind: "drain", state: "B", drain: "environment" },
    });
    expect(w.began.map(({ resource }) => resource)).toEqual(["holdfast:test:a"]);
    expect(await drains.list()).toMatchObject([{ inFlightCount: 0, isDone: true }]);
    // It holds neither turn nor work item.
    expect(await w.platform.queue.receive({ max: 10, visibilityMs: 1 })).toEqual([]);
    const liftedAtMs = w.clock.nowMs();
    await drains.end("environment", "ann");
    await w.settle();
    expect((await headOf(w, executionId))?.waitingFor).toMatchObject({
      kind: "activity",
      state: "B",
    });
    await w.run(() => w.hasEnded(executionId));
    expect(w.clock.nowMs() - liftedAtMs).toBeLessThan(2_500);
    expect(await w.stateOf(executionId)).toMatchObject({ status: "SUCCEEDED", output: { n: 1 } });
    expect(w.events.map(({ kind }) => kind)).toEqual(["drain-begun", "drain-ended"]);
  });

  it("records starts, timers, signals and answers meanwhile", async () => {
    const w: World = world({
      definition: {
        StartAt: "Wait",
        States: {
          Wait: { Type: "Wait", Seconds: 5, Next: "Signal" },
          Signal: {
            ...task("signals:wait", "A"),
            Parameters: { Names: ["go"] },
          },
          A: task("test:a"),
        },
      },
    });
    const { engine, drains } = w.server({}, underDrains);
    await drains.begin({ scope: "process", name: "p", by: "ann" });
    const executionId = await start(engine, "x", {});
    await w.run(async () => (await headOf(w, executionId))?.waitingFor?.kind === "signal");
    await engine.signal(executionId, { name: "go", payload: null, by: "bob" });
    await w.run(async () => (await headOf(w, executionId))?.waitingFor?.kind === "drain");
    expect(w.began).toEqual([]);
    await drains.end("process:p", "ann");
    await w.run(() => w.hasEnded(executionId));
    expect((await w.stateOf(executionId))?.status).toBe("SUCCEEDED");
  });

  it("of a target, an adapter or a process holds what it names and nothing else", async () => {
    const w: World = world({ definition: { StartAt: "A", States: { A: task("test:a") } } });
    const { engine, drains } = w.server({}, underDrains);
    await drains.begin({ scope: "target", name: "one", by: "ann" });
    await drains.begin({ scope: "adapter", name: "other", by: "ann" });
    await drains.begin({ scope: "process", name: "q", by: "ann" });
    const held = await start(engine, "held", { target: "one" });
    const free = await start(engine, "free", { target: "two" });
    await w.run(() => w.hasEnded(free));
    expect((await headOf(w, held))?.waitingFor).toMatchObject({
      kind: "drain",
      drain: "target:one",
    });
    await drains.end("target:one", "ann");
    await w.run(() => w.hasEnded(held));
  });

  it("lets the time of an attempt begin when the attempt begins", async () => {
    const definition: StateMachine = {
      StartAt: "A",
      States: { A: task("test:a", undefined, { TimeoutSeconds: 10, HeartbeatSeconds: 5 }) },
    };
    const w: World = world({ definition, script: slow(() => w, 4_000) });
    const { engine, drains } = w.server({}, underDrains);
    await drains.begin({ scope: "environment", by: "ann" });
    const executionId = await start(engine, "x", {});
    await w.run(() => w.clock.nowMs() > Date.parse("2026-01-01T01:00:00Z"), 7_200_000);
    expect((await headOf(w, executionId))?.waitingFor?.kind).toBe("drain");
    await drains.end("environment", "ann");
    await w.run(() => w.hasEnded(executionId));
    expect((await w.stateOf(executionId))?.status).toBe("SUCCEEDED");
  });

  it("fails by its time-out what takes too long after the drain", async () => {
    const definition: StateMachine = {
      StartAt: "A",
      States: { A: task("test:a", undefined, { TimeoutSeconds: 3 }) },
    };
    const w: World = world({ definition, script: slow(() => w, 4_000) });
    const { engine, drains } = w.server({}, underDrains);
    await drains.begin({ scope: "environment", by: "ann" });
    const executionId = await start(engine, "x", {});
    await w.run(async () => (await headOf(w, executionId))?.waitingFor?.kind === "drain");
    await w.clock.advanceTo(w.clock.nowMs() + 60_000);
    await drains.end("environment", "ann");
    const beganAtMs = w.clock.nowMs();
    await w.run(() => w.hasEnded(executionId));
    expect(await w.stateOf(executionId)).toMatchObject({
      status: "FAILED",
      error: "States.Timeout",
    });
    expect(w.clock.nowMs() - beganAtMs).toBeLessThan(5_000);
  });

  it("is known to a server that starts under it, and survives a crash of every server", async () => {
    const w: World = world({ definition: two });
    const first = w.server({}, underDrains);
    await first.drains.begin({ scope: "environment", by: "ann" });
    const executionId = await start(first.engine, "x", {});
    await w.run(async () => (await headOf(w, executionId))?.waitingFor?.kind === "drain");
    first.kill();
    const second = w.server({}, underDrains);
    w.clock.advanceTo(w.clock.nowMs() + 600_000);
    await w.settle();
    expect(w.began).toEqual([]);
    await second.drains.end("environment", "ann");
    await w.run(() => w.hasEnded(executionId));
    expect((await w.stateOf(executionId))?.status).toBe("SUCCEEDED");
  });

  it("is seen by every server within a second, and so is its end", async () => {
    const w: World = world({ definition: two });
    const first = w.server({}, underDrains);
    const second = w.server({}, underDrains);
    await w.settle();
    await first.drains.begin({ scope: "environment", by: "ann" });
    w.clock.advanceTo(w.clock.nowMs() + 1_000);
    await w.settle();
    const executionId = await start(second.engine, "x", {});
    await w.run(async () => (await headOf(w, executionId))?.waitingFor?.kind === "drain");
    const liftedAtMs = w.clock.nowMs();
    await first.drains.end("environment", "ann");
    await w.run(() => w.hasEnded(executionId));
    expect(w.clock.nowMs() - liftedAtMs).toBeLessThanOrEqual(1_000);
  });

  it("hands the hold over to another drain that covers the activity", async () => {
    const w: World = world({ definition: two });
    const { engine, drains } = w.server({}, underDrains);
    await drains.begin({ scope: "process", name: "p", by: "ann" });
    await drains.begin({ scope: "environment", by: "ann" });
    const executionId = await start(engine, "x", {});
    const drainOf = async () => (await headOf(w, executionId))?.waitingFor?.drain;
    await w.run(async () => (await drainOf()) === "process:p");
    await drains.end("process:p", "ann");
    await w.run(async () => (await drainOf()) === "environment");
    expect(w.began).toEqual([]);
    await drains.end("environment", "ann");
    await w.run(() => w.hasEnded(executionId));
  });

  it("can be stopped under, and an execution in it ends at once", async () => {
    const w: World = world({ definition: two });
    const { engine, drains } = w.server({}, underDrains);
    await drains.begin({ scope: "environment", by: "ann" });
    const executionId = await start(engine, "x", {});
    await w.run(async () => (await headOf(w, executionId))?.waitingFor?.kind === "drain");
    await engine.stop(executionId, { by: "ann" });
    await w.run(() => w.hasEnded(executionId));
    expect((await w.stateOf(executionId))?.status).toBe("ABORTED");
  });

  it("holds what waits for a worker, and hands nothing out that is laid out already", async () => {
    const w: World = world({
      definition: { StartAt: "A", States: { A: task("activity:pack") } },
    });
    const { engine, drains } = w.server({}, underDrains);
    await w.settle();
    const before = await start(engine, "before", {});
    await w.run(async () => (await headOf(w, before))?.waitingFor?.kind === "worker");
    await drains.begin({ scope: "environment", by: "ann" });
    const after = await start(engine, "after", {});
    await w.run(async () => (await headOf(w, after))?.waitingFor?.kind === "drain");
    const claims: unknown[] = [];
    const claim = () =>
      void engine.claim("pack", { timeoutMs: 60_000 }).then((claimed) => claims.push(claimed));
    claim();
    claim();
    const untilMs = w.clock.nowMs() + 20_000;
    await w.run(() => w.clock.nowMs() > untilMs);
    expect(claims).toEqual([]);
    await drains.end("environment", "ann");
    await w.run(() => claims.length === 2);
    expect(claims).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ executionId: before }),
        expect.objectContaining({ executionId: after }),
      ]),
    );
  });
});

describe("the report of a drain", () => {
  const pass = async (w: World, ms: number): Promise<void> => {
    let isOver = false;
    w.clock.after(ms, () => {
      isOver = true;
    });
    await w.run(() => isOver);
  };

  /** Looks every 100 ms until the attempt has ended; answers whether it was ever said that nothing is in flight. */
  const wasSaidDone = async (w: World, drains: ReturnType<World["server"]>["drains"]) => {
    let isEver = false;
    for (let look = 0; look < 30; look += 1) {
      await pass(w, 100);
      isEver ||= (await drains.get("environment")).isDone;
    }
    return isEver;
  };

  it("waits for what another server has in flight, from the first moment on", async () => {
    const w: World = world({ definition: two, script: slow(() => w, 5_000) });
    const other = w.server({}, underDrains);
    const { drains } = w.server({}, underDrains);
    await w.settle();
    await start(other.engine, "x", {});
    await w.run(() => w.began.length === 1);
    await pass(w, 600);
    await drains.begin({ scope: "environment", by: "ann" });
    expect(await wasSaidDone(w, drains)).toBe(false);
    await w.run(async () => (await drains.get("environment")).isDone);
  });

  it("waits for what was decided before the drain was known and is not written yet", async () => {
    const w: World = world({
      definition: two,
      script: (request) => slow(() => w, request.resource.endsWith("a") ? 1_000 : 5_000)(request),
    });
    const { write } = w.platform.journal;
    let delayMs = 0;
    Object.assign(w.platform.journal, {
      write: async (...given: Parameters<typeof write>) => {
        if (delayMs > 0) await w.sleep(delayMs);
        return await write(...given);
      },
    });
    const other = w.server({}, underDrains);
    const { drains } = w.server({}, underDrains);
    await w.settle();
    await start(other.engine, "x", {});
    await w.run(() => w.began.length === 1);
    // A has ended and B is decided, but its record takes long.
    delayMs = 1_500;
    await pass(w, 1_100);
    await drains.begin({ scope: "environment", by: "ann" });
    expect(await wasSaidDone(w, drains)).toBe(false);
    expect(w.began.map(({ resource }) => resource)).toEqual(["holdfast:test:a", "holdfast:test:b"]);
    await w.run(async () => (await drains.get("environment")).isDone);
  });

  it("waits for what workers have claimed, until they have answered or their time is over", async () => {
    const w: World = world({
      definition: {
        StartAt: "A",
        States: { A: task("activity:pack", undefined, { TimeoutSeconds: 60 }) },
      },
      others: { q: { StartAt: "A", States: { A: task("activity:pack") } } },
    });
    const { engine, ...server } = w.server({}, underDrains);
    await w.settle();
    const drains = new Drains({
      ...w.platform,
      clock: w.clock,
      server: "s2",
      targetOf: () => undefined,
    });
    await drains.open();
    const operations = createDrainOperations({
      platform: w.platform,
      clock: w.clock,
      server: "s2",
      drains,
      inFlight: () => [],
      claimed: engine.claimed,
      onSystemEvent: () => undefined,
    });
    const claim = async (name: string) => {
      await start(engine, name, { name });
      const claimed = await engine.claim("pack", { timeoutMs: 1_000 });
      return claimed?.token ?? "";
    };
    const token = await claim("x");
    await claim("y");
    const { executionId } = await engine.start({
      process: "q",
      name: "z",
      input: {},
      startedBy: "t",
    });
    await engine.claim("pack", { timeoutMs: 1_000 });
    await start(engine, "laid-out", {});
    await operations.begin({ scope: "environment", by: "ann" });
    await operations.begin({ scope: "process", name: "q", by: "ann" });
    await operations.begin({ scope: "adapter", name: "test", by: "ann" });
    await pass(w, 2_000);
    const counts = async () =>
      Object.fromEntries(
        (await operations.list()).map((each) => [each.drainId, each.inFlightCount]),
      );
    expect(await counts()).toEqual({ environment: 3, "process:q": 1, "adapter:test": 0 });
    const q = await operations.get("process:q");
    expect(q).toMatchObject({ isDone: false, inFlight: [{ executionId, state: "A" }] });
    expect(q.inFlight[0]).not.toHaveProperty("server");
    await engine.answer(token, { kind: "heartbeat" });
    expect((await counts())["environment"]).toBe(3);
    await engine.answer(token, { kind: "succeeded", output: 1 });
    await w.settle();
    expect((await counts())["environment"]).toBe(2);
    // The other one's time is over.
    await pass(w, 60_000);
    expect((await counts())["environment"]).toBe(1);
    await engine.stop(executionId, { by: "ann" });
    await w.run(async () => (await operations.get("environment")).isDone);
    expect((await w.platform.documents.list("waitingActivities", { limit: 9 })).documents).toEqual(
      [],
    );
    operations.close();
    drains.close();
    server.kill();
  });

  it("waits for a server that is there and says nothing", async () => {
    const w: World = world({ definition: two, script: slow(() => w, 60_000) });
    const silent = w.server({}, underDrains);
    const asked = w.server({}, underDrains);
    await w.settle();
    const drains = new Drains({
      ...w.platform,
      clock: w.clock,
      server: "s3",
      targetOf: () => undefined,
    });
    await drains.open();
    const names = ["s1", "s2"];
    const operations = createDrainOperations({
      platform: w.platform,
      clock: w.clock,
      server: "s3",
      drains,
      inFlight: () => [],
      peers: { names: () => names, loads: () => [], isFirstFor: () => true, isGone: () => false },
      onSystemEvent: () => undefined,
    });
    silent.freeze();
    await operations.begin({ scope: "environment", by: "ann" });
    await operations.begin({ scope: "server", name: "s2", by: "ann" });
    expect(asked.isDead()).toBe(false);
    await pass(w, 10_000);
    expect(await operations.list()).toMatchObject([
      { drainId: "environment", inFlightCount: 0, isDone: false },
      { drainId: "server:s2", isDone: true },
    ]);
    silent.thaw();
    await w.run(async () => (await operations.get("environment")).isDone);
    silent.freeze();
    names.shift();
    await pass(w, 10_000);
    expect((await operations.get("environment")).isDone).toBe(true);
    operations.close();
    drains.close();
  });
});

describe("a drained server", () => {
  it("finishes what it has in flight and leaves the rest to another one", async () => {
    const w: World = world({
      definition: two,
      script: slow(() => w, 2_000),
      mayRestart: () => false,
    });
    const first = w.server({}, underDrains);
    await w.settle();
    const executionId = await start(first.engine, "x", {});
    await w.settle();
    const second = w.server({}, underDrains);
    await w.settle();
    await second.drains.begin({ scope: "server", name: "s1", by: "ann" });
    await w.run(() => w.hasEnded(executionId));
    expect((await w.stateOf(executionId))?.status).toBe("SUCCEEDED");
    const { records } = await w.platform.log.load(executionId);
    expect(records.map(({ server }) => server)).toEqual(["s1", "s1", "s2", "s2"]);
    expect(w.began.map(({ attempt }) => attempt)).toEqual([1, 1]);
    await second.drains.end("server:s1", "ann");
    second.kill();
    const again = await start(first.engine, "y", {});
    await w.run(() => w.hasEnded(again));
  });
});

describe("the deadline of a drain", () => {
  const drained = async (mayRestart: boolean, onDeadline: "wait" | "interrupt") => {
    const w: World = world({
      definition: two,
      script: slow(() => w, 30_000),
      mayRestart: () => mayRestart,
    });
    const { engine, drains } = w.server({}, underDrains);
    await w.settle();
    const executionId = await start(engine, "x", {});
    await w.settle();
    const deadlineAtMs = w.clock.nowMs() + 5_000;
    await drains.begin({ scope: "environment", by: "ann", deadlineAtMs, onDeadline });
    return { w, engine, drains, executionId, deadlineAtMs };
  };

  it("waits on by default, and says so once", async () => {
    const { w, executionId } = await drained(true, "wait");
    await w.run(async () => (await headOf(w, executionId))?.waitingFor?.kind === "drain");
    expect((await w.stateOf(executionId))?.activities).toMatchObject({ "0.2": { state: "B" } });
    expect(w.events.filter(({ kind }) => kind === "drain-overdue")).toHaveLength(1);
  });

  it("interrupts what may restart, which runs again after the drain", async () => {
    const { w, drains, executionId, deadlineAtMs } = await drained(true, "interrupt");
    await w.run(async () => (await headOf(w, executionId))?.waitingFor?.kind === "drain");
    expect(w.clock.nowMs()).toBe(deadlineAtMs);
    expect((await w.stateOf(executionId))?.activities).toMatchObject({
      "0.1": { state: "A", attempt: 2, held: { drain: "environment" } },
    });
    await drains.end("environment", "ann");
    await w.run(() => w.hasEnded(executionId));
    expect((await w.stateOf(executionId))?.status).toBe("SUCCEEDED");
    expect(w.began.map(({ activity, attempt }) => `${activity}#${attempt}`)).toEqual([
      "0.1#1",
      "0.1#2",
      "0.2#1",
    ]);
  });

  it("asks what became of what may not restart, and says why; a retry is held until the drain is over", async () => {
    const { w, engine, drains, executionId, deadlineAtMs } = await drained(false, "interrupt");
    await w.run(async () => (await headOf(w, executionId))?.waitingFor?.kind === "operator");
    expect(w.clock.nowMs()).toBe(deadlineAtMs);
    const question = (await w.stateOf(executionId))?.activities["0.1"]?.interrupted?.question;
    expect(question?.why).toContain("The deadline of the drain 'environment' ended");
    await engine.resolve(executionId, { activity: "0.1", resolution: "retry", by: "ann" });
    await w.run(async () => (await headOf(w, executionId))?.waitingFor?.kind === "drain");
    await drains.end("environment", "ann");
    await w.run(() => w.hasEnded(executionId));
    expect((await w.stateOf(executionId))?.status).toBe("SUCCEEDED");
  });
});
