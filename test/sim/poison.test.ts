import { describe, expect, it } from "vitest";
import type { StateMachine } from "#core/asl/definition.ts";
import type { Write } from "#ports/journal.ts";
import { type Server, world } from "./world.ts";

const task = (resource: string, next?: string) =>
  ({
    Type: "Task",
    Resource: `holdfast:test:${resource}`,
    ...(next === undefined ? { End: true } : { Next: next }),
  }) as const;

type World = ReturnType<typeof world>;

/**
 * A world whose server dies whenever it is about to commit what follows from something that
 * `isDeadly` names, and is started again a second later.
 */
const deadly = (
  definition: StateMachine,
  isDeadly: (write: Write & { kind: "AppendRecord" }) => boolean,
) => {
  let current: Server | undefined;
  let deaths = 0;
  let isOver = false;
  const w: World = world({
    definition,
    script: async ({ parameters }) => {
      await w.sleep((parameters as { ms: number }).ms);
      return { kind: "succeeded", output: parameters };
    },
    beforeWrite: (write) => {
      if (isOver || write.kind !== "AppendRecord" || !isDeadly(write)) return;
      deaths += 1;
      current?.kill();
      w.clock.after(1_000, () => {
        current = w.server({}, { suspects: true });
      });
      throw new Error("the server is gone");
    },
  });
  current = w.server({}, { suspects: true });
  const engine = () => {
    if (current === undefined) throw new Error("there is no server");
    return current.engine;
  };
  return {
    w,
    engine,
    deaths: () => deaths,
    /** What was deadly is mended. */
    mend: () => {
      isOver = true;
    },
    start: async (name: string, input: object) => {
      const asked = { process: "p", name, input: input as never, startedBy: "t" };
      return (await engine().start(asked)).executionId;
    },
    isSetAside: async (executionId: string) =>
      (await w.platform.heads.get(executionId))?.head.waitingFor?.kind === "setAside",
    suspects: async () => (await w.platform.documents.list("suspects", { limit: 10 })).documents,
  };
};

const one: StateMachine = { StartAt: "A", States: { A: task("a", "B"), B: task("b") } };

const results = (name: string) => (write: Write & { kind: "AppendRecord" }) =>
  write.record.executionId === `p:${name}` &&
  write.record.facts.some(({ kind }) => kind === "ActivitySucceeded");

const timers = (name: string) => (write: Write & { kind: "AppendRecord" }) =>
  write.record.executionId === `p:${name}` &&
  write.record.facts.some(({ kind }) => kind === "TimePassed");

describe("an execution whose turns end their servers", () => {
  it("is set aside after five tries, and takes no others with it", async () => {
    const d = deadly(one, results("bad"));
    const bad = await d.start("bad", { ms: 2_000 });
    const others = await Promise.all(
      Array.from({ length: 8 }, (_, index) => d.start(`good-${index}`, { ms: 30_000 + index })),
    );
    await d.w.run(() => d.isSetAside(bad));
    expect(d.deaths()).toBeGreaterThanOrEqual(5);
    expect(d.deaths()).toBeLessThanOrEqual(7);
    const told = d.w.events.filter(({ kind }) => kind === "execution-set-aside");
    expect(told).toMatchObject([{ severity: "error", executionId: bad, details: { tries: 5 } }]);
    for (const other of others) await d.w.run(() => d.w.hasEnded(other));
    for (const other of others) expect((await d.w.stateOf(other))?.status).toBe("SUCCEEDED");
    expect(await d.suspects()).toEqual([]);
  });

  it("is set aside also where a timer, and no work item, brings it back", async () => {
    const definition: StateMachine = {
      StartAt: "Wait",
      States: { Wait: { Type: "Wait", Seconds: 5, Next: "A" }, A: task("a") },
    };
    const d = deadly(definition, timers("bad"));
    const bad = await d.start("bad", { ms: 0 });
    const good = await d.start("good", { ms: 0 });
    await d.w.run(() => d.isSetAside(bad));
    expect(d.deaths()).toBeLessThanOrEqual(10);
    await d.w.run(() => d.w.hasEnded(good));
  });

  it("is left alone until it is released, and then has its tries anew", async () => {
    const d = deadly(one, results("bad"));
    const bad = await d.start("bad", { ms: 0 });
    await d.w.run(() => d.isSetAside(bad));
    const deaths = d.deaths();
    const untilMs = d.w.clock.nowMs() + 86_400_000;
    d.w.clock.advanceTo(untilMs);
    await d.w.settle();
    expect(d.deaths()).toBe(deaths);
    expect(await d.isSetAside(bad)).toBe(true);
    const signal = { name: "go", payload: null, by: "bob" };
    await expect(d.engine().signal(bad, signal)).rejects.toMatchObject({
      code: "execution-set-aside",
    });
    await d.engine().release(bad, "ann");
    await d.w.run(() => d.isSetAside(bad));
    expect(d.deaths()).toBeGreaterThanOrEqual(deaths + 5);
    d.mend();
    await d.engine().release(bad, "ann");
    await d.w.run(() => d.w.hasEnded(bad));
    expect((await d.w.stateOf(bad))?.status).toBe("SUCCEEDED");
    expect(await d.suspects()).toEqual([]);
    await expect(d.engine().release(bad, "ann")).rejects.toMatchObject({
      code: "execution-not-set-aside",
    });
  });

  it("has its tries anew also where the server died that set it aside", async () => {
    const d = deadly(one, results("bad"));
    const bad = await d.start("bad", { ms: 0 });
    await d.w.run(() => d.isSetAside(bad));
    const deaths = d.deaths();
    await d.w.platform.documents.put({
      collection: "suspects",
      key: bad,
      value: { tries: 5, turns: 6 },
    });
    await d.engine().release(bad, "ann");
    await d.w.run(() => d.isSetAside(bad));
    expect(d.deaths()).toBeGreaterThanOrEqual(deaths + 5);
  });

  it("can be stopped", async () => {
    const d = deadly(one, results("bad"));
    const bad = await d.start("bad", { ms: 0 });
    await d.w.run(() => d.isSetAside(bad));
    await d.engine().stop(bad, { by: "ann" });
    await d.w.run(() => d.w.hasEnded(bad));
    expect((await d.w.stateOf(bad))?.status).toBe("ABORTED");
    await expect(d.engine().release(bad, "ann")).rejects.toMatchObject({
      code: "execution-not-set-aside",
    });
  });
});

describe("an execution that servers died around", () => {
  it("is not set aside, however often they die, if its own turns end none", async () => {
    const w: World = world({
      definition: one,
      script: async ({ parameters }) => {
        await w.sleep(20_000);
        return { kind: "succeeded", output: parameters };
      },
    });
    let server = w.server({}, { suspects: true });
    const { executionId } = await server.engine.start({
      process: "p",
      name: "x",
      input: {},
      startedBy: "t",
    });
    for (let death = 0; death < 12; death += 1) {
      const untilMs = w.clock.nowMs() + 10_000;
      await w.run(() => w.clock.nowMs() >= untilMs);
      server.kill();
      server = w.server({}, { suspects: true });
    }
    await w.run(() => w.hasEnded(executionId));
    expect((await w.stateOf(executionId))?.status).toBe("SUCCEEDED");
    expect(w.events.filter(({ kind }) => kind === "execution-set-aside")).toEqual([]);
  });

  it("is not set aside because it waits long, through many restarts", async () => {
    const wait = { Resource: "holdfast:signals:wait", Parameters: { Names: ["go"] } };
    const w: World = world({
      definition: { StartAt: "Wait", States: { Wait: { Type: "Task", ...wait, End: true } } },
    });
    let server = w.server({}, { suspects: true });
    const asked = { process: "p", name: "x", input: {}, startedBy: "t" };
    const { executionId } = await server.engine.start(asked);
    await w.settle();
    for (let restart = 0; restart < 70; restart += 1) {
      server.kill();
      w.clock.advanceTo(w.clock.nowMs() + 2 * 86_400_000);
      server = w.server({}, { suspects: true });
      const lookedAtMs = w.clock.nowMs();
      await w.run(async () => {
        const { nextCheckAtMs = 0 } = (await w.platform.heads.get(executionId))?.head ?? {};
        return nextCheckAtMs > lookedAtMs;
      });
    }
    await server.engine.signal(executionId, { name: "go", payload: null, by: "t" });
    await w.run(() => w.hasEnded(executionId));
    expect((await w.platform.documents.list("suspects", { limit: 10 })).documents).toEqual([]);
  });

  it("is set aside where an activity of it may be what ends them, after many more turns", async () => {
    const w: World = world({ definition: one, script: () => new Promise(() => {}) });
    let server = w.server({}, { suspects: true });
    const asked = { process: "p", name: "x", input: {}, startedBy: "t" };
    const { executionId } = await server.engine.start(asked);
    let deaths = 0;
    const isSetAside = async () =>
      (await w.platform.heads.get(executionId))?.head.waitingFor?.kind === "setAside";
    while (!(await isSetAside()) && deaths < 100) {
      const untilMs = w.clock.nowMs() + 10_000;
      await w.run(() => w.clock.nowMs() >= untilMs);
      server.kill();
      deaths += 1;
      server = w.server({}, { suspects: true });
    }
    expect(deaths).toBeGreaterThan(45);
    expect(deaths).toBeLessThan(60);
  });

  it("writes nothing more than before while nothing is wrong", async () => {
    const w: World = world({ definition: one });
    const { engine } = w.server({}, { suspects: true });
    await w.settle();
    const asked = { process: "p", name: "x", input: {}, startedBy: "t" };
    const { executionId } = await engine.start(asked);
    await w.run(() => w.hasEnded(executionId));
    expect((await w.platform.documents.list("suspects", { limit: 10 })).documents).toEqual([]);
    expect((await w.platform.log.load(executionId)).records).toHaveLength(3);
  });
});
