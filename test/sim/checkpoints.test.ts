/** Long activities that save how far they have come (ADR 10). */
import { describe, expect, it } from "vitest";
import type { StateMachine } from "#core/asl/definition.ts";
import type { Json } from "#core/json.ts";
import { checkpointSizeMax } from "#core/limits.ts";
import type { ActivityRequest } from "#ports/activity-runner.ts";
import { type Script, type Server, world } from "./world.ts";

const start = { process: "p", name: "x", input: {}, startedBy: "t" };

const copying = (more: object = {}): StateMachine => ({
  StartAt: "Copy",
  States: { Copy: { Type: "Task", Resource: "holdfast:test:copy", End: true, ...more } },
});

const fileCount = 6;

const copiedOf = (checkpoint: Json | undefined): number =>
  (checkpoint as { readonly copied: number } | undefined)?.copied ?? 0;

/** A script that copies files one by one; each must be copied once, unless a crash comes between. */
const copier = (options: { readonly failsAfter?: number } = {}) => {
  const copied: number[] = [];
  const found: (Json | undefined)[] = [];
  const acknowledged: number[] = [];
  const copy = async (request: ActivityRequest, sleep: (ms: number) => Promise<void>) => {
    found.push(request.checkpoint);
    for (let file = copiedOf(request.checkpoint); file < fileCount; file += 1) {
      await sleep(100);
      copied.push(file);
      await request.saveCheckpoint({ copied: file + 1 });
      acknowledged.push(file + 1);
      if (request.attempt === 1 && options.failsAfter === file)
        return { kind: "failed", error: "Broken", cause: "by design" } as const;
    }
    return { kind: "succeeded", output: { copied: fileCount } } as const;
  };
  return { copied, found, acknowledged, copy };
};

const copyingWorld = (made: ReturnType<typeof copier>, definition = copying()) => {
  const w: ReturnType<typeof world> = world({
    definition,
    script: (request) => made.copy(request, w.sleep),
  });
  return w;
};

describe("a checkpoint", () => {
  it("is in the log when it is acknowledged, and the newest is given to the attempt after the server is lost", async () => {
    const made = copier();
    const w = copyingWorld(made);
    const first = w.server();
    await first.engine.start(start);
    await w.run(() => made.acknowledged.length === 3);
    first.kill();
    expect((await w.stateOf("p:x"))?.activities["0.1"]?.checkpoint).toEqual({ copied: 3 });
    w.server();
    await w.run(() => w.hasEnded("p:x"));
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED", output: { copied: 6 } });
    expect(made.found).toEqual([undefined, { copied: 3 }]);
  });

  /** A copy beside something that fails. */
  const beside = (): StateMachine => {
    const Fail = { Type: "Task", Resource: "holdfast:test:fail", End: true } as const;
    const Branches = [copying(), { StartAt: "Fail", States: { Fail } }];
    return { StartAt: "Both", States: { Both: { Type: "Parallel", Branches, End: true } } };
  };

  it.each([
    ["that failed", copying()],
    ["that was stopped", copying()],
    ["that was stopped for another one", beside()],
  ])(
    "is given to the attempt after a redrive %s, and after the next one",
    async (how, definition) => {
      const found: (Json | undefined)[] = [];
      const broken = { kind: "failed", error: "Broken", cause: "" } as const;
      const w: ReturnType<typeof world> = world({
        definition,
        script: async (request) => {
          if (request.resource.endsWith("fail")) await w.sleep(1_000);
          else found.push(request.checkpoint);
          if (found.length > 2) return { kind: "succeeded", output: 1 };
          if (request.resource.endsWith("fail")) return broken;
          if (found.length === 1) await request.saveCheckpoint({ copied: 3 });
          if (how !== "that failed") await w.sleep(60_000);
          return broken;
        },
      });
      const { engine } = w.server();
      await engine.start(start);
      for (const count of [1, 2]) {
        await w.run(() => found.length === count);
        if (how === "that was stopped") await engine.stop("p:x", { by: "t" });
        await w.run(() => w.hasEnded("p:x"));
        let isRedriven = false;
        void engine.redrive("p:x", "t").then(() => {
          isRedriven = true;
        });
        await w.run(() => isRedriven);
      }
      await w.run(() => w.hasEnded("p:x"));
      expect((await w.stateOf("p:x"))?.status).toBe("SUCCEEDED");
      expect(found).toEqual([undefined, { copied: 3 }, { copied: 3 }]);
    },
  );

  it("is given to the attempt after a failure", async () => {
    const made = copier({ failsAfter: 2 });
    const w = copyingWorld(made, copying({ Retry: [{ ErrorEquals: ["Broken"] }] }));
    await w.server().engine.start(start);
    await w.run(() => w.hasEnded("p:x"));
    expect(made.found).toEqual([undefined, { copied: 3 }]);
    expect(made.copied).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("counts as a heartbeat", async () => {
    const made = copier();
    const w: ReturnType<typeof world> = world({
      definition: copying({ HeartbeatSeconds: 2, TimeoutSeconds: 60 }),
      script: (request) => made.copy(request, () => w.sleep(1_500)),
    });
    await w.server().engine.start(start);
    await w.run(() => w.hasEnded("p:x"));
    expect((await w.stateOf("p:x"))?.status).toBe("SUCCEEDED");
    expect(made.found).toHaveLength(1);
  });

  it("is refused to an attempt that nobody waits for", async () => {
    const refused: unknown[] = [];
    const script: Script = async (request) => {
      await w.sleep(3_000);
      await request.saveCheckpoint({ copied: 1 }).catch((error: unknown) => refused.push(error));
      return { kind: "succeeded", output: {} };
    };
    const w: ReturnType<typeof world> = world({ definition: copying(), script });
    const server = w.server();
    await server.engine.start(start);
    await w.run(() => w.began.length === 1);
    await server.engine.stop("p:x", { by: "t" });
    await w.run(() => refused.length === 1);
    expect(refused).toMatchObject([{ code: "task-not-waiting" }]);
    expect((await w.stateOf("p:x"))?.status).toBe("ABORTED");
  });

  it("survives a crash before any single write: no file is copied again whose checkpoint was acknowledged", async () => {
    for (let crashAt = 1; ; crashAt += 1) {
      const made = copier();
      let writes = 0;
      const doomed: Server[] = [];
      const w: ReturnType<typeof world> = world({
        definition: copying(),
        script: (request) => made.copy(request, w.sleep),
        beforeWrite: () => {
          writes += 1;
          if (writes !== crashAt) return;
          doomed[0]?.kill();
          throw new Error("crash");
        },
      });
      const first = w.server();
      doomed.push(first);
      void first.engine.start(start);
      await w.run(async () => first.isDead() || (await w.hasEnded("p:x")));
      const isCut = first.isDead();
      const safe = made.acknowledged.length;
      if (isCut) await w.server().engine.start(start);
      await w.run(() => w.hasEnded("p:x"));
      expect((await w.stateOf("p:x"))?.status).toBe("SUCCEEDED");
      for (let file = 0; file < safe; file += 1)
        expect(made.copied.filter((copied) => copied === file)).toHaveLength(1);
      if (!isCut) {
        expect(crashAt).toBeGreaterThan(fileCount);
        return;
      }
    }
  });
});

describe("a worker's checkpoint", () => {
  const working = (more: object): StateMachine =>
    copying({ Resource: "holdfast:activity:copy", ...more });

  const claim = async (w: ReturnType<typeof world>, server: Server) => {
    let claimed: Awaited<ReturnType<Server["engine"]["claim"]>>;
    let isAnswered = false;
    void server.engine.claim("copy", { timeoutMs: 60_000 }).then((answer) => {
      claimed = answer;
      isAnswered = true;
    });
    await w.run(() => isAnswered);
    return claimed;
  };

  it("comes with its heartbeat, and goes with the next claim", async () => {
    const Retry = [{ ErrorEquals: ["States.HeartbeatTimeout"], IntervalSeconds: 1 }];
    const w = world({ definition: working({ HeartbeatSeconds: 5, Retry }) });
    const server = w.server();
    await server.engine.start(start);
    const first = await claim(w, server);
    expect(first?.checkpoint).toBeUndefined();
    const token = first?.token ?? "";
    await server.engine.answer(token, { kind: "heartbeat", checkpoint: { copied: 1 } });
    await server.engine.answer(token, { kind: "heartbeat", checkpoint: { copied: 2 } });
    await server.engine.answer(token, { kind: "heartbeat" });
    const second = await claim(w, server);
    expect(second).toMatchObject({ attempt: 2, checkpoint: { copied: 2 } });
  });

  it("is recorded also where no heartbeat is asked for, and refused where it is too large", async () => {
    const w = world({ definition: working({}) });
    const server = w.server();
    await server.engine.start(start);
    const token = (await claim(w, server))?.token ?? "";
    await server.engine.answer(token, { kind: "heartbeat", checkpoint: "a" });
    expect((await w.stateOf("p:x"))?.activities["0.1"]?.checkpoint).toBe("a");
    const checkpoint = "x".repeat(checkpointSizeMax);
    await expect(
      server.engine.answer(token, { kind: "heartbeat", checkpoint }),
    ).rejects.toMatchObject({ code: "checkpoint-too-large" });
    expect((await w.stateOf("p:x"))?.activities["0.1"]?.checkpoint).toBe("a");
  });
});
