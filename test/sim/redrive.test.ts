/** Executions that ended other than well and are redriven, on servers that crash. */
import { describe, expect, it } from "vitest";
import type { StateMachine } from "#core/asl/definition.ts";
import { world } from "./world.ts";

const definition: StateMachine = {
  StartAt: "First",
  States: {
    First: { Type: "Task", Resource: "holdfast:test:first", Next: "Both" },
    Both: {
      Type: "Parallel",
      Branches: [
        {
          StartAt: "Good",
          States: { Good: { Type: "Task", Resource: "holdfast:test:good", End: true } },
        },
        {
          StartAt: "Bad",
          States: { Bad: { Type: "Task", Resource: "holdfast:test:bad", End: true } },
        },
      ],
      End: true,
    },
  },
};

const request = { process: "p", name: "x", input: { n: 1 }, startedBy: "t" };

/** A world in which `bad` fails until it is mended, and an execution that has failed by it. */
const failedWorld = async (beforeWrite: () => void = () => {}, lastsMs = 500) => {
  let isMended = false;
  const w = world({
    definition,
    beforeWrite,
    script: async ({ resource, parameters }) => {
      if (!resource.endsWith("bad")) return { kind: "succeeded", output: parameters };
      await w.sleep(lastsMs);
      return isMended
        ? { kind: "succeeded", output: parameters }
        : { kind: "failed", error: "Bad", cause: "not mended yet" };
    },
  });
  const server = w.server();
  await server.engine.start(request);
  await w.run(() => w.hasEnded("p:x"));
  const mend = () => {
    isMended = true;
  };
  return { w, server, mend };
};

const timesBegun = ({ began }: ReturnType<typeof world>, name: string) =>
  began.filter(({ resource }) => resource.endsWith(name)).length;

describe("a redrive", () => {
  it("does what had not succeeded, and nothing else", async () => {
    const { w, server, mend } = await failedWorld();
    expect(await w.stateOf("p:x")).toMatchObject({ status: "FAILED", error: "Bad" });
    mend();
    await server.engine.redrive("p:x", "t");
    const { head } = (await w.platform.heads.get("p:x")) ?? {};
    expect(head).toMatchObject({ status: "RUNNING", waitingFor: { state: "Bad" } });
    expect(head).not.toHaveProperty("error");
    await w.run(() => w.hasEnded("p:x"));
    expect(await w.stateOf("p:x")).toMatchObject({
      status: "SUCCEEDED",
      output: [{ n: 1 }, { n: 1 }],
      redriveCount: 1,
    });
    expect([timesBegun(w, "first"), timesBegun(w, "good"), timesBegun(w, "bad")]).toEqual([
      1, 1, 2,
    ]);
  });

  it("is refused where nothing is left to do, and where there is no such execution", async () => {
    const { w, server, mend } = await failedWorld();
    mend();
    await server.engine.redrive("p:x", "t");
    await w.run(() => w.hasEnded("p:x"));
    await expect(server.engine.redrive("p:x", "t")).rejects.toMatchObject({
      code: "execution-not-redrivable",
    });
    await expect(server.engine.redrive("p:y", "t")).rejects.toMatchObject({
      code: "execution-not-found",
    });
  });

  it("told several times at once to one server leaves it one turn, whose lease it renews", async () => {
    const { w, server, mend } = await failedWorld(undefined, 20_000);
    mend();
    const told = await Promise.allSettled([1, 2, 3].map(() => server.engine.redrive("p:x", "t")));
    expect(told.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(server.engine.load()).toBe(1);
    w.server();
    await w.run(() => w.hasEnded("p:x"));
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED", redriveCount: 1 });
    expect(timesBegun(w, "bad")).toBe(2);
  });

  it("by two servers at once happens once", async () => {
    const { w, server, mend } = await failedWorld();
    mend();
    const redrives = await Promise.allSettled(
      [server, w.server()].map(({ engine }) => engine.redrive("p:x", "t")),
    );
    await w.run(() => w.hasEnded("p:x"));
    expect(redrives.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED", redriveCount: 1 });
    expect(timesBegun(w, "bad")).toBe(2);
  });

  it("that a crash cuts before any single write is not there at all, or comes to its end", async () => {
    const outcomes = new Set<string>();
    for (let crashAt = 1, isCut = true; isCut; crashAt += 1) {
      let writes = Number.NEGATIVE_INFINITY;
      const { w, server, mend } = await failedWorld(() => {
        writes += 1;
        if (writes !== crashAt) return;
        server.kill();
        throw new Error("crash");
      });
      mend();
      writes = 0;
      let isAcknowledged = false;
      void server.engine.redrive("p:x", "t").then(() => {
        isAcknowledged = true;
      });
      await w.run(async () => server.isDead() || (await w.hasEnded("p:x")), 1_000);
      isCut = server.isDead();
      w.server();
      await w.run(() => w.clock.nowMs() > Date.parse("2026-01-01T00:05:00Z")).catch(() => {});
      const state = await w.stateOf("p:x");
      const head = (await w.platform.heads.get("p:x"))?.head;
      const isRedriven = state?.redriveCount === 1;
      outcomes.add(isRedriven ? "redriven" : "not redriven");
      if (isAcknowledged) expect(isRedriven, `crash at ${crashAt}`).toBe(true);
      expect([crashAt, state?.status, head?.status]).toEqual([
        crashAt,
        ...(isRedriven ? ["SUCCEEDED", "SUCCEEDED"] : ["FAILED", "FAILED"]),
      ]);
      expect(await w.platform.queue.receive({ max: 10, visibilityMs: 1 })).toEqual([]);
      expect(timesBegun(w, "good")).toBe(1);
    }
    expect(outcomes).toEqual(new Set(["redriven", "not redriven"]));
  });

  it("of a child whose parent was told of its end changes nothing for the parent", async () => {
    const parent: StateMachine = {
      StartAt: "Child",
      States: {
        Child: {
          Type: "Task",
          Resource: "arn:aws:states:::states:startExecution.sync:2",
          Parameters: { StateMachineArn: "child", Name: "c" },
          Catch: [{ ErrorEquals: ["States.ALL"], Next: "Told" }],
          End: true,
        },
        Told: { Type: "Pass", Result: "told", End: true },
      },
    };
    let isMended = false;
    const child: StateMachine = {
      StartAt: "Bad",
      States: { Bad: { Type: "Task", Resource: "holdfast:test:bad", End: true } },
    };
    const w = world({
      definition: parent,
      others: { child },
      script: ({ parameters }) =>
        isMended
          ? { kind: "succeeded", output: parameters }
          : { kind: "failed", error: "Bad", cause: "not mended yet" },
    });
    const { engine } = w.server();
    await engine.start(request);
    await w.run(() => w.hasEnded("p:x"));
    await w.run(() => w.hasEnded("child:c"));
    isMended = true;
    await engine.redrive("child:c", "t");
    await w.run(async () => (await w.stateOf("child:c"))?.status === "SUCCEEDED");
    await w.run(() => w.hasEnded("child:c"));
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED", output: "told" });
    expect(w.events).toEqual([]);
  });
});
