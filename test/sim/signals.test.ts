/** Signals reach their execution once, whoever works on it and whatever dies meanwhile (ADR 7). */
import { describe, expect, it } from "vitest";
import type { State, StateMachine } from "#core/asl/definition.ts";
import { signalsKeptMax } from "#core/limits.ts";
import type { SignalRequest } from "#engine/engine.ts";
import { crashing, request, startUntilKnown } from "./crashing.ts";
import { never, world } from "./world.ts";

const wait = (more: object): State =>
  ({
    Type: "Task",
    Resource: "holdfast:signals:wait",
    Parameters: { Names: ["go"] },
    ...more,
  }) as State;

const twoWaits: StateMachine = {
  StartAt: "First",
  States: {
    First: wait({ ResultPath: "$.first", Next: "Second" }),
    Second: wait({ ResultPath: "$.second", End: true }),
  },
};

const workThenWait: StateMachine = {
  StartAt: "Work",
  States: {
    Work: { Type: "Task", Resource: "holdfast:test:work", Next: "Wait" },
    Wait: wait({ End: true }),
  },
};

const go = (id: string, payload: number) => ({ name: "go", id, payload, by: "t" });

/** Sends, and sends again as a caller without an acknowledgement does; at most one server dies. */
const sendUntilKnown = async (
  { w, server }: ReturnType<typeof crashing>,
  signal: SignalRequest,
): Promise<void> => {
  let isKnown = false;
  for (let tries = 0; tries < 2 && !isKnown; tries += 1) {
    const { engine, isDead } = server();
    void engine.signal("p:x", signal).then(() => {
      isKnown = true;
    });
    await w.run(() => isKnown || isDead());
  }
  expect(isKnown).toBe(true);
};

describe("a signal", () => {
  it("that comes before anybody waits outlives its server, and is taken later", async () => {
    let isFinished = false;
    const w = world({
      definition: workThenWait,
      script: async () => {
        while (!isFinished) await w.sleep(100);
        return { kind: "succeeded", output: {} };
      },
    });
    const first = w.server();
    await first.engine.start(request);
    await w.settle();
    await first.engine.signal("p:x", go("one", 1));
    first.kill();
    isFinished = true;
    w.server();
    await w.run(() => w.hasEnded("p:x"));
    expect((await w.stateOf("p:x"))?.output).toEqual({ go: 1 });
  });

  it("is recorded by a server that does not work on its execution, which goes on undisturbed", async () => {
    let isFinished = false;
    const w = world({
      definition: workThenWait,
      script: async () => {
        while (!isFinished) await w.sleep(100);
        return { kind: "succeeded", output: {} };
      },
    });
    const owner = w.server();
    await owner.engine.start(request);
    await w.settle();
    const other = w.server();
    let isSent = false;
    void other.engine.signal("p:x", go("one", 1)).then(() => {
      isSent = true;
    });
    await w.run(() => isSent);
    isFinished = true;
    await w.run(() => w.hasEnded("p:x"));
    expect((await w.stateOf("p:x"))?.output).toEqual({ go: 1 });
    expect(w.began).toHaveLength(1);
  });

  it("is taken exactly once, whatever write the server dies before and however often it is sent", async () => {
    for (let crashAt = 1; ; crashAt += 1) {
      const c = crashing({ definition: twoWaits, crashAt });
      await startUntilKnown(c);
      for (const [payload, id] of ["one", "two"].entries()) {
        await sendUntilKnown(c, go(id, payload));
        // Whoever has its acknowledgement may still send it again.
        await sendUntilKnown(c, go(id, payload));
      }
      await c.w.run(() => {
        c.server();
        return c.w.hasEnded("p:x");
      });
      const state = await c.w.stateOf("p:x");
      expect([crashAt, state?.status, state?.output]).toEqual([
        crashAt,
        "SUCCEEDED",
        { a: 1, first: { go: 0 }, second: { go: 1 } },
      ]);
      if (!c.crash.hasHappened) break;
    }
  });

  it("is refused when its execution has ended, unless it is one that was recorded", async () => {
    const w = world({ definition: twoWaits });
    const { engine } = w.server();
    await engine.start(request);
    await engine.signal("p:x", go("one", 1));
    await engine.signal("p:x", go("two", 2));
    await w.run(() => w.hasEnded("p:x"));
    await expect(engine.signal("p:x", go("two", 2))).resolves.toEqual({ id: "two" });
    await expect(engine.signal("p:x", go("three", 3))).rejects.toMatchObject({
      code: "execution-ended",
    });
    await expect(engine.signal("p:y", go("one", 1))).rejects.toMatchObject({
      code: "execution-not-found",
    });
  });

  it.each([
    { name: "", id: "a" },
    { name: "no blanks", id: "a" },
    { name: "x".repeat(81), id: "a" },
    { name: "go", id: "" },
    { name: "go", id: "x".repeat(129) },
  ])("of no name or id is refused: $name", async (named) => {
    const w = world({ definition: twoWaits });
    const { engine } = w.server();
    await engine.start(request);
    const sent = engine.signal("p:x", { ...named, payload: null, by: "t" });
    await expect(sent).rejects.toMatchObject({ code: "signal-invalid" });
  });

  it("gets an id where it has none, and counts each time", async () => {
    const w = world({ definition: twoWaits });
    const { engine } = w.server();
    await engine.start(request);
    const unnamed = { name: "go", payload: 1, by: "t" };
    const ids = [await engine.signal("p:x", unnamed), await engine.signal("p:x", unnamed)];
    await w.run(() => w.hasEnded("p:x"));
    expect(new Set(ids.map(({ id }) => id)).size).toBe(2);
  });

  it("beyond those that an execution keeps is refused, and one that it has is not", async () => {
    const w = world({ definition: workThenWait, script: () => never() });
    const { engine } = w.server();
    await engine.start(request);
    for (let n = 0; n < signalsKeptMax; n += 1) await engine.signal("p:x", go(`id-${n}`, n));
    await expect(engine.signal("p:x", go("more", 0))).rejects.toMatchObject({
      code: "too-many-signals",
    });
    await expect(engine.signal("p:x", go("id-7", 7))).resolves.toEqual({ id: "id-7" });
  });
});

it("an execution that waits for signals says so, and holds no turn", async () => {
  const w = world({ definition: twoWaits });
  const { engine } = w.server();
  await engine.start(request);
  await w.run(
    async () => (await w.platform.heads.get("p:x"))?.head.waitingFor?.kind === "signal",
    10_000,
  );
  const head = (await w.platform.heads.get("p:x"))?.head;
  expect(head?.waitingFor).toMatchObject({ kind: "signal", state: "First" });
  expect(await w.platform.queue.receive({ max: 10, visibilityMs: 1 })).toEqual([]);
});
