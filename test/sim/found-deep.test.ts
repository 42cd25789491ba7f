/** What the simulation has found since it draws drains, persistence levels, poison and restarts. */
import { describe, expect, it } from "vitest";
import type { StateMachine } from "#core/asl/definition.ts";
import { OrchestratorError } from "#core/errors.ts";
import type { LogRecord } from "#core/execution/record.ts";
import { covers, type Drain } from "#engine/drain.ts";
import { Suspects } from "#engine/suspects.ts";
import type { Write } from "#ports/journal.ts";
import { type Server, world } from "./world.ts";

type World = ReturnType<typeof world>;

const task = (name: string, fields: object = {}) =>
  ({ Type: "Task", Resource: `holdfast:test:${name}`, End: true, ...fields }) as const;

const one: StateMachine = { StartAt: "A", States: { A: task("a") } };

const request = { process: "p", name: "x", input: { n: 1 }, startedBy: "t" };

const isSetAside = ({ events }: World): boolean =>
  events.some(({ kind }) => kind === "execution-set-aside");

/** A world whose activities take `takesMs`. */
const slowWorld = (takesMs: number, more: Partial<Parameters<typeof world>[0]> = {}): World => {
  const w: World = world({
    definition: one,
    script: async ({ parameters }) => {
      await w.sleep(takesMs);
      return { kind: "succeeded", output: parameters };
    },
    ...more,
  });
  return w;
};

const passing = async (w: World, ms: number): Promise<void> => {
  const untilMs = w.clock.nowMs() + ms;
  w.clock.after(ms, () => {});
  await w.run(() => w.clock.nowMs() >= untilMs, ms + 1);
};

describe("a drain", () => {
  const drain = (scope: Drain["scope"], name: string): Drain => ({
    drainId: `${scope}:${name}`,
    scope,
    name,
    by: "ann",
    beganAtMs: 0,
    onDeadline: "wait",
  });

  it("of a target holds a call that gives a task token away, too", () => {
    const targetOf = (resource: string) =>
      resource === "holdfast:http:request" ? "shop" : undefined;
    const resource = "holdfast:http:request.waitForTaskToken";
    const attempt = { process: "p", resource, parameters: {} };
    expect(covers(drain("target", "shop"), attempt, targetOf)).toBe(true);
    expect(covers(drain("target", "bank"), attempt, targetOf)).toBe(false);
  });

  it("of a process holds what the items of its distributed maps do", () => {
    const inItem = { process: "p/Each", resource: "holdfast:test:a", parameters: {} };
    const target = () => undefined;
    expect(covers(drain("process", "p"), inItem, target)).toBe(true);
    expect(covers(drain("process", "p/Each"), inItem, target)).toBe(true);
    expect(covers(drain("process", "p/Other"), inItem, target)).toBe(false);
    expect(covers(drain("process", "q"), inItem, target)).toBe(false);
  });
});

describe("a server that is told to take no more turns", () => {
  const loading = () => {
    let isSlow = false;
    const w = slowWorld(5_000, { beforeLoad: () => (isSlow ? w.sleep(1_000) : Promise.resolve()) });
    return {
      w,
      slow: (is: boolean) => {
        isSlow = is;
      },
    };
  };

  /** An execution whose server has died in the middle of its activity, and that another one is about to load. */
  const abandoned = async () => {
    const { w, slow } = loading();
    const first = w.server({}, { drains: true });
    await w.settle();
    await first.engine.start(request);
    await w.settle();
    first.kill();
    await passing(w, 10_000);
    slow(true);
    const second = w.server({}, { drains: true });
    await passing(w, 500);
    return { w, slow, second };
  };

  it("takes none either for what it is just loading: when it stops", async () => {
    const { w, slow, second } = await abandoned();
    const closed = second.engine.close({ graceMs: 60_000 });
    let hasClosed = false;
    void closed.then(() => {
      hasClosed = true;
    });
    await w.run(() => hasClosed);
    expect(w.began).toHaveLength(1);
    slow(false);
    w.server({}, { drains: true });
    await w.run(() => w.hasEnded("p:x"));
    expect((await w.stateOf("p:x"))?.status).toBe("SUCCEEDED");
  });

  it("takes none either for what it is just loading: when it is drained", async () => {
    const { w, second } = await abandoned();
    await second.drains.begin({ scope: "server", name: "s2", by: "ann" });
    await passing(w, 5_000);
    expect(w.began).toHaveLength(1);
    await second.drains.end("server:s2", "ann");
    await w.run(() => w.hasEnded("p:x"));
    expect((await w.stateOf("p:x"))?.status).toBe("SUCCEEDED");
  });
});

describe("a log that is condensed", () => {
  // The state of a snapshot in the same batch was condensed before it was put: whoever found it took
  // the execution for condensed, removed the details, and nobody could read the log any more.
  it("can be read, and closed, when its last writes are cut anywhere", async () => {
    for (let cutAt = 1; cutAt < 12; cutAt += 1) {
      let server: Server | undefined;
      let count = 0;
      const beforeWrite = (): void => {
        count += 1;
        if (count !== cutAt) return;
        server?.kill();
        throw new Error("crash");
      };
      const w: World = world({
        definition: { StartAt: "A", States: { A: { ...task("a"), Next: "B" }, B: task("b") } },
        settings: { persistence: "onFailure" },
        beforeWrite,
      } as Parameters<typeof world>[0]);
      server = w.server({ snapshotEveryRecords: 1 });
      void server.engine.start(request).catch(() => {});
      await passing(w, 10_000);
      const next = w.server({ snapshotEveryRecords: 1 });
      await next.engine.start(request);
      await w.run(() => w.hasEnded("p:x"));
      expect((await w.stateOf("p:x"))?.status).toBe("SUCCEEDED");
    }
  });
});

describe("an execution that nothing is kept of", () => {
  // A signal took the place of the record by which it was given up; the state shows no activity that was
  // interrupted, so the turn went on with what was lost.
  it("is given up although somebody outside is faster than the record that says so", async () => {
    let first: Server | undefined;
    let hasSignalled = false;
    const isParent = (write: Write) =>
      write.kind === "AppendRecord" && write.record.executionId === "p:x"
        ? write.record
        : undefined;
    const signal = (seq: number): Write => ({
      kind: "AppendRecord",
      record: {
        executionId: "p:x",
        epoch: 0,
        seq,
        commitId: "signal",
        server: "s9",
        turn: "s9-1",
        atMs: Date.parse("2026-01-01T00:00:10Z"),
        facts: [{ kind: "SignalReceived", id: "1", name: "go", payload: null, by: "t" }],
        commands: [],
        doneThrough: -1,
        isOutside: true,
      },
    });
    const w: World = world({
      definition: {
        StartAt: "Child",
        States: {
          Child: {
            Type: "Task",
            Resource: "arn:aws:states:::states:startExecution.sync:2",
            Parameters: { StateMachineArn: "q", Input: {} },
            End: true,
          },
        },
      },
      others: { q: { StartAt: "W", States: { W: { Type: "Wait", Seconds: 3_600, End: true } } } },
      settings: { persistence: "none" },
      beforeWrite: (write) => {
        const record = isParent(write);
        if (record?.facts[0]?.kind === "ActivitySubmitted" && first?.isDead() === false) {
          first.kill();
          throw new Error("crash");
        }
        if (record?.facts[0]?.kind !== "ProgressDropped" || hasSignalled) return;
        hasSignalled = true;
        void w.platform.journal.write([signal(record.seq)]);
      },
    });
    first = w.server();
    void first.engine.start(request);
    await passing(w, 10_000);
    w.server();
    await w.run(() => w.hasEnded("p:x"));
    expect(hasSignalled).toBe(true);
    expect(await w.stateOf("p:x")).toMatchObject({ status: "FAILED", error: "Holdfast.Lost" });
    expect(w.events.filter(({ kind }) => kind === "execution-lost")).toHaveLength(1);
  });
});

describe("records that wait", () => {
  // The first of them told of a retry and had no lease: alone in the log it said that nobody was at work.
  it("are not taken for all that was done where only the first of them arrives", async () => {
    let first: Server | undefined;
    const begins = ({ commands }: LogRecord) =>
      commands.some((command) => command.kind === "RunActivity" && command.attempt === 2);
    const w: World = world({
      definition: {
        StartAt: "A",
        States: {
          A: {
            ...task("a"),
            Retry: [{ ErrorEquals: ["Boom"], IntervalSeconds: 1, MaxAttempts: 1 }],
          },
        },
      } as StateMachine,
      settings: { persistence: "none" },
      script: async ({ attempt, parameters }) => {
        if (attempt === 1) return { kind: "failed", error: "Boom", cause: "boom" };
        await w.sleep(5_000);
        return { kind: "succeeded", output: parameters };
      },
      beforeWrite: (write) => {
        if (write.kind !== "AppendRecord" || !begins(write.record) || first?.isDead() !== false)
          return;
        first.kill();
        throw new Error("crash");
      },
    });
    first = w.server();
    void first.engine.start(request);
    await passing(w, 3_000);
    void first.engine.signal("p:x", { name: "go", payload: null, by: "t" });
    await passing(w, 10_000);
    w.server();
    await w.run(() => w.hasEnded("p:x"));
    const attempts = w.began.map(({ activity, attempt }) => `${activity}#${attempt}`);
    expect(attempts).toEqual([...new Set(attempts)]);
  });
});

describe("an execution whose turns end no server", () => {
  it("is not set aside, nor its turn ended, by a storage that refuses documents now and then", async () => {
    let writes = 0;
    const w = slowWorld(30_000, {
      definition: {
        StartAt: "A",
        States: { A: { ...task("a"), Next: "W" }, W: { Type: "Wait", Seconds: 1, End: true } },
      } as StateMachine,
      beforeDocument: () => {
        writes += 1;
        if (writes % 2 === 1) throw new OrchestratorError("storage-unavailable", "for a moment");
      },
    });
    const first = w.server({}, { suspects: true });
    await w.settle();
    await first.engine.start(request);
    await w.settle();
    first.kill();
    const { engine } = w.server({}, { suspects: true });
    for (let time = 0; time < 12; time += 1) {
      await passing(w, 4_000);
      const signal = { name: "go", id: `${time}`, payload: null, by: "t" };
      void engine.signal("p:x", signal).catch(() => {});
    }
    await w.run(() => w.hasEnded("p:x"));
    expect(writes).toBeGreaterThan(10);
    expect(isSetAside(w)).toBe(false);
    expect(w.events.filter(({ kind }) => kind === "turn-failed")).toEqual([]);
    expect(w.began).toHaveLength(2);
  });

  // What one server took back was what another one had counted; and six at work at the same time were
  // five too many for the sixth.
  it("is not set aside because many servers look at it at the same time", async () => {
    const w = slowWorld(0);
    const servers = Array.from(
      { length: 7 },
      (_, index) =>
        new Suspects({
          platform: w.platform,
          clock: w.clock,
          run: `s${index}`,
          onSystemEvent: (event) => w.events.push(event),
        }),
    );
    const stretch = () => w.sleep(100);
    for (let time = 0; time < 6; time += 1) {
      let done = 0;
      for (const [index, suspects] of servers.entries())
        void w
          .sleep(10 * index)
          .then(() => suspects.attempt("p:x", stretch))
          .finally(() => {
            done += 1;
          });
      await w.run(() => done === servers.length);
    }
    expect(isSetAside(w)).toBe(false);
    expect((await w.platform.documents.list("suspects", { limit: 10 })).documents).toEqual([]);
  });
});
