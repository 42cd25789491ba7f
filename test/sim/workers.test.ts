import { describe, expect, it } from "vitest";
import type { StateMachine } from "#core/asl/definition.ts";
import type { LogRecord } from "#core/execution/record.ts";
import type { ClaimedActivity } from "#engine/engine.ts";
import { type Server, world } from "./world.ts";

type World = ReturnType<typeof world>;

const request = { process: "p", name: "x", input: { a: 1 }, startedBy: "t" } as const;
const copied = { kind: "succeeded", output: { copied: true } } as const;

const copying = (more: object = {}): StateMachine => ({
  StartAt: "Copy",
  States: {
    Copy: {
      Type: "Task",
      Resource: "arn:aws:states:eu-west-1:1:activity:copy",
      End: true,
      ...more,
    } as StateMachine["States"][string],
  },
});

const again = { ErrorEquals: ["States.ALL"], IntervalSeconds: 1, MaxAttempts: 1 };

const both = (definition: StateMachine): StateMachine => ({
  StartAt: "Both",
  States: {
    Both: {
      Type: "Parallel",
      Branches: [
        {
          StartAt: "Long",
          States: { Long: { Type: "Task", Resource: "holdfast:test:long", End: true } },
        },
        definition,
      ],
      End: true,
    },
  },
});

const claimsIn = (records: readonly LogRecord[]) =>
  records.flatMap(({ facts }) => facts).filter(({ kind }) => kind === "ActivityClaimed");

const recordsOf = async (w: World) => (await w.platform.log.load("p:x")).records;

const laidOut = async (w: World) =>
  (await w.platform.documents.list("waitingActivities", { limit: 10 })).documents;

const waitsFor = async (w: World) => (await w.platform.heads.get("p:x"))?.head.waitingFor?.kind;

/** Lets time go on by so much. */
const pass = async (w: World, forMs: number): Promise<void> => {
  const untilMs = w.clock.nowMs() + forMs;
  while ((w.clock.nextAtMs() ?? Number.POSITIVE_INFINITY) <= untilMs) {
    w.clock.runNext();
    await w.settle();
  }
  w.clock.advanceTo(untilMs);
};

/** Asks until there is something. */
const claimed = async (w: World, { engine }: Server, worker = "w"): Promise<ClaimedActivity> => {
  let found: ClaimedActivity | undefined;
  void engine.claim("copy", { worker, timeoutMs: 60_000 }).then((claim) => {
    found = claim;
  });
  await w.run(() => found !== undefined);
  if (found === undefined) throw new Error("nothing was claimed");
  return found;
};

const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "no error",
    (error: { code: string }) => error.code,
  );

describe("an activity for workers", () => {
  it("waits for one, is handed out when its claim is in the log, and ends with the answer", async () => {
    const w = world({ definition: copying({ HeartbeatSeconds: 20 }) });
    const server = w.server();
    await server.engine.start(request);
    await w.settle();
    expect(await waitsFor(w)).toBe("worker");
    expect(claimsIn(await recordsOf(w))).toEqual([]);
    const claim = await claimed(w, server, "w1");
    expect(claim).toMatchObject({
      executionId: "p:x",
      state: "Copy",
      input: { a: 1 },
      attempt: 1,
      heartbeatMs: 20_000,
    });
    expect(claimsIn(await recordsOf(w))).toMatchObject([{ attempt: 1, worker: "w1" }]);
    await w.settle();
    expect(await waitsFor(w)).toBe("callback");
    expect(await laidOut(w)).toEqual([]);
    expect(await server.engine.answer(claim.token, copied)).toEqual({
      executionId: "p:x",
      state: "Copy",
    });
    await w.run(() => w.hasEnded("p:x"));
    expect((await w.stateOf("p:x"))?.output).toEqual({ copied: true });
    expect(w.began).toEqual([]);
  });

  it("is handed to a worker that asked before it was there, on whatever server", async () => {
    const w = world({ definition: copying() });
    const first = w.server();
    const second = w.server();
    const claims: ClaimedActivity[] = [];
    void second.engine.claim("copy", { timeoutMs: 60_000 }).then((claim) => {
      if (claim !== undefined) claims.push(claim);
    });
    await pass(w, 5_500);
    await first.engine.start(request);
    const startedAtMs = w.clock.nowMs();
    await w.run(() => claims.length > 0);
    expect(w.clock.nowMs() - startedAtMs).toBeLessThanOrEqual(2_000);
    expect(claims).toMatchObject([{ executionId: "p:x" }]);
  });

  it("is handed out the oldest first", async () => {
    const w = world({ definition: copying() });
    const server = w.server();
    for (const name of ["c", "a", "b"]) {
      await server.engine.start({ ...request, name });
      await pass(w, 10);
    }
    const order: string[] = [];
    for (let count = 0; count < 3; count += 1) order.push((await claimed(w, server)).executionId);
    expect(order).toEqual(["p:c", "p:a", "p:b"]);
  });

  it("leaves a worker with empty hands when its time is over, when it is gone and when the server stops", async () => {
    const w = world({ definition: copying() });
    const { engine } = w.server();
    const ends: string[] = [];
    const ask = (name: string, timeoutMs: number, signal?: AbortSignal) =>
      void engine
        .claim("copy", { timeoutMs, ...(signal !== undefined && { signal }) })
        .then((claim) => ends.push(`${name} ${claim === undefined ? "empty" : "full"}`));
    const gone = new AbortController();
    ask("timed", 5_000);
    ask("gone", 60_000, gone.signal);
    ask("gone before", 60_000, AbortSignal.abort());
    ask("stopped", 60_000);
    await w.settle();
    expect(ends).toEqual(["gone before empty"]);
    gone.abort();
    await w.settle();
    expect(ends).toContain("gone empty");
    await w.run(() => ends.includes("timed empty"));
    void engine.close({ graceMs: 1_000 });
    await w.run(() => ends.includes("stopped empty"));
    expect(await codeOf(engine.claim("copy", { timeoutMs: 1_000 }))).toBe("server-stopping");
  });

  it.each([
    ["alone", copying()],
    ["beside an activity that a server runs", both(copying())],
  ])("goes to one of many workers that ask several servers at once, %s", async (_, definition) => {
    const w = world({ definition, script: () => new Promise(() => {}) });
    const servers = [w.server(), w.server(), w.server()];
    await servers[0]?.engine.start(request);
    await w.settle();
    const claims: (ClaimedActivity | undefined)[] = [];
    for (let worker = 0; worker < 9; worker += 1)
      void servers[worker % 3]?.engine
        .claim("copy", { worker: `w${worker}`, timeoutMs: 10_000 })
        .then((claim) => claims.push(claim));
    await w.run(() => claims.length === 9);
    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
  });

  it("goes to one worker, however the owner of the lease and another server fall in each other's way", async () => {
    for (let lead = 0; lead < 60; lead += 1) {
      const w = world({ definition: both(copying()), script: () => new Promise(() => {}) });
      const [owner, other] = [w.server(), w.server()];
      await owner.engine.start(request);
      await w.settle();
      const claims: (ClaimedActivity | undefined)[] = [];
      const ask = ({ engine }: Server) =>
        void engine.claim("copy", { timeoutMs: 3_000 }).then((claim) => claims.push(claim));
      ask(other);
      for (let step = 0; step < lead; step += 1) await undefined;
      ask(owner);
      await w.run(() => claims.length === 2);
      expect([lead, claims.filter((claim) => claim !== undefined).length]).toEqual([lead, 1]);
    }
  });

  it("fails when its worker is not heard of, and its next attempt has another token", async () => {
    const w = world({ definition: copying({ HeartbeatSeconds: 5, Retry: [again] }) });
    const server = w.server();
    await server.engine.start(request);
    const first = await claimed(w, server);
    const claimedAtMs = w.clock.nowMs();
    for (let count = 0; count < 4; count += 1) {
      await pass(w, 3_000);
      await server.engine.answer(first.token, { kind: "heartbeat" });
    }
    const second = await claimed(w, server);
    expect(w.clock.nowMs() - claimedAtMs).toBeGreaterThanOrEqual(17_000);
    expect(second.attempt).toBe(2);
    expect(await codeOf(server.engine.answer(first.token, copied))).toBe("task-not-waiting");
    await server.engine.answer(second.token, copied);
    await w.run(() => w.hasEnded("p:x"));
    expect((await w.stateOf("p:x"))?.status).toBe("SUCCEEDED");
  });

  it("is handed out although the log of an older one cannot be read here", async () => {
    const w = world({ definition: copying() });
    const server = w.server();
    await server.engine.start({ ...request, name: "old" });
    await pass(w, 10);
    await server.engine.start(request);
    await w.settle();
    // Its log goes on with something that the release before does not know.
    const { records } = await w.platform.log.load("p:old");
    const unreadable = { ...records[0], seq: records.length + 5, commitId: "other" } as LogRecord;
    await w.platform.journal.write([{ kind: "AppendRecord", record: unreadable }]);
    expect((await claimed(w, server)).executionId).toBe("p:x");
    expect(w.events.filter(({ kind }) => kind === "turn-failed")).toMatchObject([
      { executionId: "p:old" },
    ]);
  });

  it("leaves nothing owed behind, however many there are", async () => {
    const copies = Object.entries({ A: "B", B: "C", C: undefined }).map(([name, Next]) => [
      name,
      {
        Type: "Task",
        Resource: "holdfast:activity:copy",
        ...(Next === undefined ? { End: true } : { Next }),
      },
    ]);
    const w = world({ definition: { StartAt: "A", States: Object.fromEntries(copies) } });
    const server = w.server();
    await server.engine.start(request);
    for (const state of ["A", "B", "C"]) {
      await w.settle();
      expect((await w.stateOf("p:x"))?.owed).toBeUndefined();
      const claim = await claimed(w, server);
      expect(claim.state).toBe(state);
      await server.engine.answer(claim.token, copied);
    }
    await w.run(() => w.hasEnded("p:x"));
  });

  it("takes a heartbeat that no deadline depends on without a record", async () => {
    const w = world({ definition: copying() });
    const server = w.server();
    await server.engine.start(request);
    const { token } = await claimed(w, server);
    const before = (await recordsOf(w)).length;
    await server.engine.answer(token, { kind: "heartbeat" });
    expect((await recordsOf(w)).length).toBe(before);
  });

  it.each(["stop", "timeout"])(
    "is taken back when nobody waits for it any more: %s",
    async (how) => {
      const w = world({ definition: copying(how === "timeout" ? { TimeoutSeconds: 5 } : {}) });
      const { engine } = w.server();
      await engine.start(request);
      await w.settle();
      expect(await laidOut(w)).toHaveLength(1);
      if (how === "stop") await engine.stop("p:x", { by: "t" });
      await w.run(() => w.hasEnded("p:x"));
      expect(await laidOut(w)).toEqual([]);
    },
  );

  it("is answered once: of two who answer at once the second is told so", async () => {
    const definition = both(copying({ HeartbeatSeconds: 20 }));
    const w = world({ definition, script: () => new Promise(() => {}) });
    const server = w.server();
    await server.engine.start(request);
    const { token } = await claimed(w, server);
    const answers = [copied, { kind: "failed", error: "No" } as const, copied];
    const codes: string[] = [];
    // While its record is under way, the others wait for the next one together.
    void server.engine.answer(token, { kind: "heartbeat" });
    for (const answer of answers)
      void codeOf(server.engine.answer(token, answer)).then((code) => codes.push(code));
    await w.run(() => codes.length === 3);
    expect(codes.sort()).toEqual(["no error", "task-not-waiting", "task-not-waiting"]);
  });

  it("is neither lost nor handed out twice, whatever write its server dies before", async () => {
    for (let crashAt = 1; ; crashAt += 1) {
      let writes = 0;
      let hasCrashed = false;
      let current: Server | undefined;
      const beforeDocument = () => {
        writes += 1;
        if (writes !== crashAt) return;
        hasCrashed = true;
        current?.kill();
        throw new Error("crash");
      };
      const w: World = world({
        definition: copying({ TimeoutSeconds: 90, Retry: [again] }),
        beforeWrite: beforeDocument,
        beforeDocument,
      });
      const alive = (): Server => {
        if (current === undefined || current.isDead()) current = w.server();
        return current;
      };
      const tokens: string[] = [];
      let isStarted = false;
      let asked: Server | undefined;
      const goOn = (): void => {
        const server = alive();
        if (asked === server) return;
        asked = server;
        if (!isStarted)
          void server.engine.start(request).then(() => {
            isStarted = true;
          });
        const work = async (): Promise<void> => {
          const claim = await server.engine.claim("copy", { timeoutMs: 600_000 });
          if (claim === undefined) return;
          tokens.push(claim.token);
          expect(claimsIn(await recordsOf(w))).toHaveLength(claim.attempt);
          await server.engine.answer(claim.token, copied);
        };
        void work();
      };
      await w.run(async () => {
        goOn();
        return w.hasEnded("p:x");
      });
      await w.run(async () => {
        alive();
        return (await laidOut(w)).length === 0;
      });
      const state = await w.stateOf("p:x");
      expect([crashAt, state?.status]).toEqual([crashAt, "SUCCEEDED"]);
      expect(new Set(tokens).size).toBe(tokens.length);
      if (!hasCrashed) break;
    }
  });
});

describe("an answer to a call that was interrupted", () => {
  it("counts, although the call is to be repeated", async () => {
    const w = world({
      definition: {
        StartAt: "Ask",
        States: {
          Ask: { Type: "Task", Resource: "holdfast:test:ask.waitForTaskToken", End: true },
        },
      },
      script: () => new Promise(() => {}),
    });
    const first = w.server();
    await first.engine.start(request);
    await w.settle();
    const [activity] = Object.values((await w.stateOf("p:x"))?.activities ?? {});
    first.kill();
    await pass(w, 10_000);
    const second = w.server();
    let code: string | undefined;
    void codeOf(second.engine.answer(activity?.token ?? "", copied)).then((found) => {
      code = found;
    });
    await w.run(() => code !== undefined);
    expect(code).toBe("no error");
    await w.run(() => w.hasEnded("p:x"));
    expect((await w.stateOf("p:x"))?.output).toEqual({ copied: true });
  });
});

describe("an answer that comes while the turn lets go of its work item", () => {
  it("is gone on with soon after the server is lost", async () => {
    const definition: StateMachine = {
      StartAt: "Copy",
      States: {
        Copy: { Type: "Task", Resource: "holdfast:activity:copy", Next: "After" },
        After: { Type: "Task", Resource: "holdfast:test:after", End: true },
      },
    };
    let secret: string | undefined;
    let isAnswered = false;
    const w: World = world({
      definition,
      script: () => new Promise(() => {}),
      beforeWrite: (write) => {
        if (write.kind === "AppendRecord") secret ??= write.record.secrets?.[0];
        if (write.kind !== "RemoveItem" || isAnswered) return;
        isAnswered = true;
        void first.engine.answer(`p:x/0.1/${secret}`, copied);
      },
    });
    const first = w.server();
    await first.engine.start(request);
    await w.run(() => w.began.length === 1);
    first.kill();
    const killedAtMs = w.clock.nowMs();
    w.server();
    await w.run(() => w.began.length === 2);
    expect(w.clock.nowMs() - killedAtMs).toBeLessThanOrEqual(10_000);
  });
});
