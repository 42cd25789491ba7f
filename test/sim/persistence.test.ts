/** Persistence levels and freshness, on servers that crash, freeze and stop. */
import { describe, expect, it } from "vitest";
import type { State, StateMachine } from "#core/asl/definition.ts";
import { OrchestratorError } from "#core/errors.ts";
import type { HistoryEvent } from "#core/execution/history-event.ts";
import type { ProcessSettings } from "#core/execution/program.ts";
import { createExecutions } from "#engine/create-executions.ts";
import { KnownDescriptions } from "#engine/known-descriptions.ts";
import { createRestarts } from "#engine/restart/create-restarts.ts";
import { seededEntropy } from "#platforms/memory/seeded-entropy.ts";
import type { Write } from "#ports/journal.ts";
import { type Script, type Server, world } from "./world.ts";

const task = (name: string, fields: object = {}): State =>
  ({
    Type: "Task",
    Resource: `holdfast:test:${name}`,
    Orchestration: { OnInterrupted: "fail" },
    End: true,
    ...fields,
  }) as State;

/** States one after the other. */
const chain = (...states: readonly State[]): StateMachine => ({
  StartAt: "S0",
  States: Object.fromEntries(
    states.map((state, index) => {
      if (index === states.length - 1) return [`S${index}`, state];
      const { End: _, ...open } = state as { End?: boolean };
      return [`S${index}`, { ...open, Next: `S${index + 1}` } as State];
    }),
  ),
});

const five = chain(task("a"), task("b"), task("c"), task("d"), task("e"));

const start = { process: "p", name: "x", input: { n: 1 }, startedBy: "t" };

interface Given {
  readonly definition?: StateMachine;
  readonly settings: ProcessSettings;
  readonly others?: Readonly<Record<string, StateMachine>>;
  /** How long an activity takes. */
  readonly activityMs?: number;
  readonly script?: Script;
  readonly beforeWrite?: (write: Write) => void;
}

const worldOf = ({ definition = five, activityMs = 500, script, ...given }: Given) => {
  const writes: Write["kind"][] = [];
  const w = world({
    ...given,
    definition,
    beforeWrite: (write) => {
      given.beforeWrite?.(write);
      writes.push(write.kind);
    },
    script: async (request) => {
      await w.sleep(activityMs);
      return script?.(request) ?? { kind: "succeeded", output: request.parameters };
    },
    mayRestart: () => false,
  });
  const appended = () => writes.filter((kind) => kind === "AppendRecord").length;
  const begun = () => w.began.map(({ resource }) => resource.split(":").at(-1)).join("");
  const seqs = async (executionId = "p:x") =>
    (await w.platform.log.load(executionId)).records.map(({ seq }) => seq);
  const kinds = () => w.events.map(({ kind }) => kind);
  /** Virtual time goes on for so long. */
  const pass = async (ms: number) => {
    const untilMs = w.clock.nowMs() + ms;
    w.clock.after(ms, () => undefined);
    await w.run(() => w.clock.nowMs() >= untilMs);
  };
  const history = async (): Promise<readonly HistoryEvent[]> =>
    createExecutions({
      platform: w.platform,
      program: w.program,
      clock: w.clock,
      onCommit: () => () => undefined,
      known: new KnownDescriptions(),
    }).history("p:x", { afterEventId: 0, limit: 1000 });
  const ended = () => w.run(() => w.hasEnded("p:x"));
  return { ...w, appended, begun, seqs, kinds, pass, history, ended };
};

const typesOf = (events: readonly HistoryEvent[]) => events.map(({ type }) => type);

describe("an execution of which nothing is kept until its end", () => {
  const none: ProcessSettings = { persistence: "none" };
  const rerun: ProcessSettings = { persistence: "none", onLoss: "rerun" };

  it("writes its start and its end, and tells its end", async () => {
    const w = worldOf({ settings: none });
    await w.server().engine.start(start);
    await w.ended();
    expect(w.appended()).toBe(2);
    expect(await w.seqs()).toEqual([0, 1]);
    expect(w.begun()).toBe("abcde");
    expect(await w.stateOf("p:x")).toMatchObject({
      status: "SUCCEEDED",
      output: { n: 1 },
      transitionCount: 5,
      isCondensed: true,
      activities: {},
    });
    const events = await w.history();
    expect(typesOf(events)).toEqual([
      "ExecutionStarted",
      "TaskStateEntered",
      "TaskScheduled",
      "TaskStarted",
      "ExecutionDetailsNotKept",
      "ExecutionSucceeded",
    ]);
    // Five events a state, and those of the start and the end: the end has the id that it had.
    expect(events.at(-1)).toMatchObject({ id: 27, details: { output: { n: 1 } } });
    expect((await w.platform.queue.receive({ max: 1, visibilityMs: 1 })).length).toBe(0);
  });

  it("is restarted at its beginning only, of which nobody knows what had run", async () => {
    const w = worldOf({ settings: none });
    const { engine } = w.server();
    await engine.start(start);
    await w.ended();
    const restarts = createRestarts({
      platform: w.platform,
      program: w.program,
      clock: w.clock,
      entropy: seededEntropy(9),
      start: engine.start,
      effectOf: () => "sideEffects",
    });
    const wanted = { executionId: "p:x", name: "again", by: "t" };
    await expect(restarts.restart({ ...wanted, from: { state: "S2" } })).rejects.toThrow(
      "nothing is kept of it",
    );
    const { states } = await restarts.preview({ executionId: "p:x", from: { state: "S0" } });
    expect(states).toHaveLength(5);
    for (const state of states) expect(state).not.toHaveProperty("attemptCount");
    await restarts.restart({ ...wanted, from: { state: "S0" } });
    await w.run(() => w.hasEnded("p:again"));
    expect(w.begun()).toBe("abcdeabcde");
  });

  it("keeps the error when it fails, and is not redriven", async () => {
    const w = worldOf({
      settings: none,
      script: ({ resource }) =>
        resource.endsWith("c")
          ? { kind: "failed", error: "Bad", cause: "no" }
          : { kind: "succeeded", output: 1 },
    });
    const { engine } = w.server();
    await engine.start(start);
    await w.ended();
    expect(w.appended()).toBe(2);
    expect(await w.stateOf("p:x")).toMatchObject({ status: "FAILED", error: "Bad", cause: "no" });
    expect((await w.platform.heads.get("p:x"))?.head).toMatchObject({ error: "Bad" });
    await expect(engine.redrive("p:x", "t")).rejects.toThrow("nothing is kept");
  });

  it("is skipped with an error of its own when its server is lost", async () => {
    const w = worldOf({ settings: none });
    const first = w.server();
    await first.engine.start(start);
    await w.run(() => w.began.length === 3);
    first.kill();
    w.server();
    await w.ended();
    expect(w.begun()).toBe("abc");
    expect(await w.stateOf("p:x")).toMatchObject({ status: "FAILED", error: "Holdfast.Lost" });
    expect(w.kinds()).toEqual(["execution-lost"]);
    expect(typesOf(await w.history()).at(-1)).toBe("ExecutionFailed");
  });

  it("is run again from its beginning when its process says so", async () => {
    const w = worldOf({ settings: rerun });
    const first = w.server();
    await first.engine.start(start);
    await w.run(() => w.began.length === 3);
    first.kill();
    w.server();
    await w.ended();
    expect(w.begun()).toBe("abcabcde");
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED", output: { n: 1 } });
    expect(await w.seqs()).toEqual([0, 2]);
    // Other activities: an answer to the lost ones would be late.
    expect(new Set(w.began.map(({ activity }) => activity)).size).toBe(8);
  });

  it("is given up for good although somebody is faster again than the record that says so", async () => {
    const again = { Orchestration: { OnInterrupted: "restart" } };
    const w = worldOf({
      settings: none,
      definition: chain(task("a", again), task("b"), task("c"), task("d")),
    });
    const { write } = w.platform.journal;
    let seq = 0;
    const strange = (): Write => {
      seq += 1;
      const stranger = { server: "m9", turn: "s9-1", isOutside: true, commands: [] } as const;
      const facts = [{ kind: "TimePassed" }] as const;
      const place = { executionId: "p:x", epoch: 0, seq, commitId: `s9-1.${seq}` };
      const at = { doneThrough: seq - 1, atMs: w.clock.nowMs() };
      return { kind: "AppendRecord", record: { ...stranger, ...place, ...at, facts } };
    };
    const givesUp = (one: Write): boolean =>
      one.kind === "AppendRecord" &&
      one.record.facts.some((fact) => "error" in fact && fact.error === "Holdfast.Lost");
    const overtaken = async (writes: readonly Write[]) => {
      if (seq === 1 && writes.some(givesUp)) await write([strange()]);
      return await write(writes);
    };
    Object.assign(w.platform.journal, { write: overtaken });
    await w.server().engine.start(start);
    await w.run(() => w.began.length === 3);
    await write([strange()]);
    await w.ended();
    expect(seq).toBe(2);
    expect(w.begun()).toMatch(/^abcd?$/);
    expect(w.kinds()).toEqual(["execution-lost"]);
    expect(await w.stateOf("p:x")).toMatchObject({ status: "FAILED", error: "Holdfast.Lost" });
  });

  it("loses nothing when its server stops as it should", async () => {
    const w = worldOf({ settings: none });
    const first = w.server();
    await first.engine.start(start);
    await w.run(() => w.began.length === 3);
    const closed = first.engine.close({ graceMs: 5_000 });
    let isClosed = false;
    closed.then(() => {
      isClosed = true;
    });
    await w.run(() => isClosed);
    w.server();
    await w.ended();
    expect(w.begun()).toBe("abcde");
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED" });
    expect(w.kinds()).toEqual([]);
  });

  it("loses nothing while it waits for a time", async () => {
    const wait = { Type: "Wait", Seconds: 60, End: true } as State;
    const w = worldOf({ settings: none, definition: chain(task("a"), wait, task("b")) });
    const first = w.server();
    await first.engine.start(start);
    await w.pass(5_000);
    first.kill();
    w.server();
    await w.ended();
    expect(w.begun()).toBe("ab");
    expect(await w.seqs()).toEqual([0, (await w.seqs()).at(-1)]);
  });

  it("loses nothing while it waits for somebody outside or for a child", async () => {
    const child = {
      Type: "Task",
      Resource: "arn:aws:states:::states:startExecution.sync:2",
      Parameters: { StateMachineArn: "child", Input: {} },
      End: true,
    } as State;
    const ask = task("ask.waitForTaskToken", { Parameters: { "token.$": "$$.Task.Token" } });
    const w = worldOf({
      settings: none,
      definition: chain(task("a"), child, ask, task("b")),
      others: { child: chain(task("c"), task("d")) },
    });
    const first = w.server();
    await first.engine.start(start);
    await w.run(() => w.began.length === 4);
    await w.pass(2_000);
    first.kill();
    const second = w.server();
    const [asked] = w.began.slice(3);
    const token = String((asked?.parameters as { token?: string } | undefined)?.token);
    await second.engine.answer(token, { kind: "succeeded", output: 7 });
    await w.ended();
    expect(w.begun()).toBe("acdaskb");
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED", output: 7 });
    expect(w.kinds()).toEqual([]);
  });

  const askFor = (token: string) =>
    task("ask.waitForTaskToken", { Parameters: { "token.$": token } });
  const tokenGivenBy = ({ parameters }: { readonly parameters?: unknown } = {}): string =>
    String((parameters as { token?: string } | undefined)?.token);

  it("takes an answer by another server although the activity that gives its token has not come back", async () => {
    const w = worldOf({
      settings: none,
      definition: chain(task("a"), askFor("$$.Task.Token"), task("b")),
    });
    await w.server({ turnsMax: 1 }).engine.start(start);
    const second = w.server();
    await w.run(() => w.began.length === 2);
    const yes = { kind: "succeeded", output: 7 } as const;
    await second.engine.answer(tokenGivenBy(w.began[1]), yes);
    await w.ended();
    expect(w.kinds()).toEqual([]);
    expect(w.begun()).toBe("aaskb");
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED" });
  });

  it("loses nothing when somebody answers another server what is not waited for any more", async () => {
    const both: State = {
      Type: "Parallel",
      Branches: [chain(task("a"), { Type: "Fail", Error: "No" }), chain(askFor("$$.Task.Token"))],
      Catch: [{ ErrorEquals: ["No"], Next: "S1" }],
      End: true,
    } as State;
    const w = worldOf({ settings: none, definition: chain(both, task("b"), task("c")) });
    await w.server({ turnsMax: 1 }).engine.start(start);
    const second = w.server();
    await w.run(() => w.begun().endsWith("b"));
    const token = tokenGivenBy(w.began.find(({ resource }) => resource.includes("ask")));
    const yes = { kind: "succeeded", output: 7 } as const;
    await second.engine.answer(token, yes).catch(() => "late");
    await w.ended();
    expect(w.kinds()).toEqual([]);
    expect(w.begun()).toMatch(/^(aask|aska)bc$/);
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED" });
  });

  it("is stopped for good once the stop is acknowledged, by any server", async () => {
    for (const isOther of [false, true]) {
      const w = worldOf({ settings: rerun });
      const first = w.server();
      await first.engine.start(start);
      await w.run(() => w.began.length === 3);
      const second = w.server();
      const { engine } = isOther ? second : first;
      await engine.stop("p:x", { by: "t" });
      expect(await w.stateOf("p:x")).toMatchObject({ status: "ABORTED" });
      first.kill();
      await w.ended();
      expect(await w.stateOf("p:x")).toMatchObject({ status: "ABORTED" });
      expect(w.begun()).toBe("abc");
    }
  });

  it("is taken over from a frozen server, which can change nothing when it wakes up", async () => {
    const w = worldOf({ settings: rerun });
    const first = w.server();
    await first.engine.start(start);
    await w.run(() => w.began.length === 3);
    first.freeze();
    w.server();
    await w.run(() => w.began.length === 5);
    first.thaw();
    await w.ended();
    await w.pass(10_000);
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED", transitionCount: 6 });
    expect(w.begun().startsWith("abcab")).toBe(true);
    expect(await w.seqs()).toHaveLength(2);
  });

  // Whoever has seen that the lease had run out may have a record on its way: what begins behind a renewal
  // that came after that would run while another server has the execution.
  it("begins nothing behind a renewal that came when the lease had run out", async () => {
    const w = worldOf({ settings: none, activityMs: 3_600 });
    const { write } = w.platform.journal;
    const slowly = (writes: readonly Write[]) => w.sleep(1_500).then(() => write(writes));
    let renewals = 0;
    const renewsSlowly = (writes: readonly Write[]) => {
      if (writes[0]?.kind !== "RenewLeases") return write(writes);
      renewals += 1;
      if (renewals > 1) return slowly(writes);
      return Promise.reject(new OrchestratorError("storage-unavailable", "simulated"));
    };
    Object.assign(w.platform.journal, { write: renewsSlowly });
    await w.server({ turnsMax: 1 }).engine.start(start);
    Object.assign(w.platform.journal, { write: slowly });
    w.server();
    await w.run(() => w.kinds().includes("execution-lost"));
    await w.ended();
    // The second server was about to give it up; the first was faster, by a record.
    expect(w.begun()).toBe("abcde");
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED" });
  });

  it("goes on as it was when another server takes in a signal, which it finds when it waits for it", async () => {
    const wait = task("", {
      Resource: "holdfast:signals:wait",
      Parameters: { Names: ["hello"] },
    });
    const w = worldOf({
      settings: rerun,
      definition: chain(task("a"), task("b"), task("c"), wait, task("d")),
    });
    const first = w.server();
    await first.engine.start(start);
    await w.run(() => w.began.length === 3);
    const { engine } = w.server();
    await engine.signal("p:x", { name: "hello", payload: 1, by: "t" });
    await engine.signal("p:x", { name: "other", payload: 2, by: "t" });
    await w.ended();
    expect(w.begun()).toBe("abcd");
    expect(w.kinds()).toEqual([]);
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED", output: { hello: 1 } });
    expect(await w.seqs()).toHaveLength(2);
  });

  describe("of which another server takes in signals that its own learns of when it writes", () => {
    const wait = task("", {
      Resource: "holdfast:signals:wait",
      Parameters: { Names: ["hello"] },
    });
    const waiting = chain(task("a"), task("b"), task("c"), wait, task("d"));
    const hello = { name: "hello", payload: 1, by: "t" };

    /** A server that is never given a work item of its own execution, and another one. */
    const servers = (w: ReturnType<typeof worldOf>) => ({
      first: w.server({ turnsMax: 1 }),
      second: w.server(),
    });

    it("goes on with what the signal lets begin", async () => {
      const w = worldOf({ settings: rerun, definition: waiting });
      const { first, second } = servers(w);
      await first.engine.start(start);
      await w.run(() => w.began.length === 3);
      await second.engine.signal("p:x", hello);
      await w.ended();
      expect(w.begun()).toBe("abcd");
      expect(w.kinds()).toEqual([]);
      expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED", output: { hello: 1 } });
      expect(await w.seqs()).toHaveLength(2);
    });

    it("passes those that come while it passes one", async () => {
      const w = worldOf({ settings: rerun, definition: waiting });
      const { read } = w.platform.log;
      const more = ["other", "hello"];
      Object.assign(w.platform.log, {
        read: async (...given: Parameters<typeof read>) => {
          const found = await read(...given);
          const name = w.began.length === 3 ? more.shift() : undefined;
          if (name !== undefined) await second.engine.signal("p:x", { ...hello, name });
          return found;
        },
      });
      const { first, second } = servers(w);
      await first.engine.start(start);
      await w.run(() => w.began.length === 3);
      await second.engine.signal("p:x", { ...hello, name: "another" });
      await w.ended();
      expect(more).toEqual([]);
      expect(w.begun()).toBe("abcd");
      expect(w.kinds()).toEqual([]);
      expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED", output: { hello: 1 } });
    });

    it.each([1, 2, 3])(
      "is a child that ends as its parent is told, after %i of them",
      async (count) => {
        const child = {
          Type: "Task",
          Resource: "arn:aws:states:::states:startExecution.sync:2",
          Parameters: { StateMachineArn: "child", Input: { n: 5 }, Name: "y" },
          ResultSelector: { "n.$": "$.Output.n" },
          End: true,
        } as State;
        let dying: Server | undefined;
        const w = worldOf({
          settings: rerun,
          definition: chain(child),
          others: { child: five },
          beforeWrite: (write) => {
            const isEnd = write.kind === "AppendRecord" && write.record.facts[0]?.kind;
            if (isEnd === "ExecutionCondensed") dying?.kill();
          },
        });
        const { second } = servers(w);
        const first = w.server({ turnsMax: 2 });
        await first.engine.start(start);
        await w.run(() => w.began.length === 5);
        for (let n = 0; n < count; n += 1) await second.engine.signal("child:y", hello);
        dying = first;
        await w.ended();
        await w.run(() => w.hasEnded("child:y"));
        expect(w.begun()).toBe("abcde");
        expect(await w.stateOf("child:y")).toMatchObject({ status: "SUCCEEDED", output: { n: 5 } });
        expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED", output: { n: 5 } });
      },
    );
  });

  it("ends as it was about to when a signal comes that it never waits for", async () => {
    const w = worldOf({ settings: none });
    const first = w.server();
    await first.engine.start(start);
    await w.run(() => w.began.length === 5);
    await w.server().engine.signal("p:x", { name: "hello", payload: 1, by: "t" });
    await w.ended();
    expect(w.begun()).toBe("abcde");
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED", transitionCount: 5 });
    expect(await w.seqs()).toHaveLength(2);
  });

  it("is lost as before when it dies after a signal was passed", async () => {
    const w = worldOf({ settings: rerun });
    const first = w.server();
    await first.engine.start(start);
    await w.run(() => w.began.length === 2);
    const second = w.server();
    await second.engine.signal("p:x", { name: "hello", payload: 1, by: "t" });
    await w.run(() => w.began.length === 4);
    first.kill();
    await w.ended();
    expect(w.begun()).toBe("abcdabcde");
    expect(w.kinds()).toEqual(["execution-lost"]);
  });

  it("writes what it holds when it is much", async () => {
    const w = worldOf({
      settings: none,
      activityMs: 1,
      definition: {
        StartAt: "Each",
        States: {
          Each: {
            Type: "Map",
            MaxConcurrency: 1,
            ItemProcessor: { StartAt: "In", States: { In: task("i") } },
            End: true,
          },
        },
      },
    });
    const input = Array.from({ length: 600 }, (_, index) => index);
    await w.server().engine.start({ ...start, input });
    await w.ended();
    expect(w.began).toHaveLength(600);
    expect(await w.seqs()).toHaveLength(2);
    expect((await w.stateOf("p:x"))?.output).toEqual(input);
  });

  it.each<[string, ProcessSettings]>([
    ["rerun", rerun],
    ["skipped", none],
  ])("ends once, %s, wherever a crash cuts its writes", async (_, settings) => {
    for (let cut = 1; ; cut += 1) {
      let count = 0;
      let server: Server | undefined;
      const w = worldOf({
        settings,
        definition: chain(task("a"), task("b"), { Type: "Wait", Seconds: 5, End: true }, task("c")),
        beforeWrite: () => {
          count += 1;
          if (count !== cut) return;
          server?.kill();
          throw new Error("the server is gone");
        },
      });
      server = w.server();
      const dying = server;
      void dying.engine.start(start).catch(() => undefined);
      await w.pass(60_000);
      const isCut = dying.isDead();
      count = Number.NEGATIVE_INFINITY;
      const next = w.server();
      await next.engine.start(start);
      await w.ended();
      const state = await w.stateOf("p:x");
      expect(state?.isCondensed, `cut at ${cut}`).toBe(true);
      expect(["Holdfast.Lost", undefined]).toContain(state?.error);
      if (settings === rerun) expect(state?.status).toBe("SUCCEEDED");
      expect(await w.seqs(), `cut at ${cut}`).toHaveLength(2);
      if (!isCut) return;
    }
  });
});

describe("an execution of which the details are kept on failure", () => {
  const settings: ProcessSettings = { persistence: "onFailure" };

  it("writes everything while it runs, and loses nothing in a crash", async () => {
    const w = worldOf({ settings, definition: chain(task("a"), task("b"), task("c")) });
    const first = w.server();
    await first.engine.start(start);
    await w.run(() => w.began.length === 2);
    expect(await w.seqs()).toEqual([0, 1]);
    first.kill();
    w.server();
    await w.ended();
    // It may not be restarted: it failed, and every record is there.
    expect(await w.stateOf("p:x")).toMatchObject({
      status: "FAILED",
      error: "Holdfast.Interrupted",
    });
    expect(await w.seqs()).toEqual([0, 1, 2]);
  });

  it("has nothing but its start and its end when it has succeeded", async () => {
    const w = worldOf({ settings });
    await w.server().engine.start(start);
    await w.ended();
    expect(await w.seqs()).toEqual([0, 6]);
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED", output: { n: 1 } });
    const events = await w.history();
    expect(typesOf(events)).toContain("ExecutionDetailsNotKept");
    expect(events.at(-1)).toMatchObject({ id: 27, type: "ExecutionSucceeded" });
  });

  it("is redriven after a failure, and condensed when it succeeds then", async () => {
    let isMended = false;
    const w = worldOf({
      settings,
      script: ({ resource }) =>
        resource.endsWith("c") && !isMended
          ? { kind: "failed", error: "Bad", cause: "no" }
          : { kind: "succeeded", output: 1 },
    });
    const { engine } = w.server();
    await engine.start(start);
    await w.ended();
    isMended = true;
    await engine.redrive("p:x", "t");
    await w.ended();
    expect(w.begun()).toBe("abccde");
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED", redriveCount: 1 });
    expect(await w.seqs()).toHaveLength(2);
    await expect(engine.redrive("p:x", "t")).rejects.toThrow("succeeded");
  });

  it("tells its parent before it is condensed", async () => {
    const child = {
      Type: "Task",
      Resource: "arn:aws:states:::states:startExecution.sync:2",
      Parameters: { StateMachineArn: "child", Name: "c", "Input.$": "$" },
      End: true,
    } as State;
    const w = worldOf({ settings, definition: chain(child), others: { child: chain(task("c")) } });
    await w.server().engine.start(start);
    await w.ended();
    await w.run(() => w.hasEnded("child:c"));
    expect(await w.stateOf("p:x")).toMatchObject({
      status: "SUCCEEDED",
      output: { Output: { n: 1 } },
    });
    expect(await w.seqs("child:c")).toHaveLength(2);
  });

  it("ends condensed wherever a crash cuts its writes", async () => {
    for (let cut = 1; ; cut += 1) {
      let count = 0;
      let server: Server | undefined;
      const w = worldOf({
        settings,
        definition: chain(task("a"), { Type: "Wait", Seconds: 5, End: true } as State),
        beforeWrite: () => {
          count += 1;
          if (count !== cut) return;
          server?.kill();
          throw new Error("the server is gone");
        },
      });
      server = w.server();
      const dying = server;
      void dying.engine.start(start).catch(() => undefined);
      await w.pass(60_000);
      const isCut = dying.isDead();
      count = Number.NEGATIVE_INFINITY;
      await w.server().engine.start(start);
      await w.ended();
      const state = await w.stateOf("p:x");
      if (state?.status === "SUCCEEDED") {
        expect(await w.seqs(), `cut at ${cut}`).toHaveLength(2);
        expect(state.isCondensed).toBe(true);
      } else expect(state?.error).toBe("Holdfast.Interrupted");
      if (!isCut) return;
    }
  });
});

describe("an execution that stood still", () => {
  const fresh: ProcessSettings = { freshness: 60 };
  const drop: ProcessSettings = { freshness: 60, onStale: "drop" };

  const stoodStill = async (settings: ProcessSettings, ms: number, definition?: StateMachine) => {
    const w = worldOf({ settings, ...(definition && { definition }) });
    const first = w.server();
    await first.engine.start(start);
    await w.run(() => w.began.length === 3);
    await first.engine.close({ graceMs: 0 });
    await w.pass(ms);
    w.server();
    await w.ended();
    return w;
  };

  it("starts over when that was for longer than its process allows", async () => {
    const w = await stoodStill(fresh, 70_000);
    expect(w.begun()).toBe("abcabcde");
    expect(w.kinds()).toEqual(["execution-stale"]);
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED" });
    const events = await w.history();
    const again = events.find(({ type }) => type === "ExecutionStartedOver");
    expect(again?.details).toEqual({ reason: "stale" });
    expect(events.find(({ id }) => id === (again?.id ?? 0) + 1)).toMatchObject({
      type: "TaskStateEntered",
      previousEventId: again?.id,
      details: { name: "S0" },
    });
  });

  it("is dropped when its process says so, and can be redriven by a person", async () => {
    const w = await stoodStill(drop, 70_000);
    expect(w.begun()).toBe("abc");
    expect(await w.stateOf("p:x")).toMatchObject({ status: "FAILED", error: "Holdfast.Stale" });
    await w.pass(100_000);
    await w.server().engine.redrive("p:x", "t");
    await w.ended();
    expect(w.begun()).toBe("abccde");
  });

  it("goes on when that was for less", async () => {
    const w = await stoodStill(drop, 40_000);
    expect(await w.stateOf("p:x")).toMatchObject({ error: "Holdfast.Interrupted" });
    expect(w.kinds()).toEqual(["execution-taken-over"]);
  });

  it("is measured from when its time had come, not from when it began to wait", async () => {
    for (const [downMs, status] of [
      [100_000, "SUCCEEDED"],
      [300_000, "FAILED"],
    ] as const) {
      const wait = { Type: "Wait", Seconds: 100, End: true } as State;
      const w = worldOf({ settings: drop, definition: chain(task("a"), wait) });
      const first = w.server();
      await first.engine.start(start);
      await w.pass(10_000);
      first.kill();
      await w.pass(downMs);
      w.server();
      await w.ended();
      expect((await w.stateOf("p:x"))?.status).toBe(status);
    }
  });

  it("is not stale because an activity took long under a lease that was renewed", async () => {
    const w = worldOf({
      settings: drop,
      activityMs: 600_000,
      definition: chain(task("a"), task("b")),
    });
    const first = w.server();
    await first.engine.start(start);
    await w.pass(500_000);
    first.kill();
    w.server();
    await w.ended();
    expect(await w.stateOf("p:x")).toMatchObject({ error: "Holdfast.Interrupted" });
  });
});
