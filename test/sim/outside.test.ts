import { describe, expect, it } from "vitest";
import type { StateMachine } from "#core/asl/definition.ts";
import type { LogRecord } from "#core/execution/record.ts";
import { isJsonObject, type Json } from "#core/json.ts";
import type { Write } from "#ports/journal.ts";
import { crashing, request, startUntilKnown } from "./crashing.ts";
import { type Script, world } from "./world.ts";

type World = ReturnType<typeof world>;

const factsOf = (records: readonly LogRecord[], kind: string) =>
  records.flatMap(({ facts }) => facts).filter((fact) => fact.kind === kind);

const isQuiet = async (w: World): Promise<boolean> =>
  (await w.platform.queue.receive({ max: 10, visibilityMs: 1 })).length === 0;

const haveAllEnded = async (w: World): Promise<boolean> => {
  const { heads } = await w.platform.heads.list({ limit: 10 });
  return heads.length > 1 && heads.every(({ status }) => status !== "RUNNING");
};

const nested = (suffix: string, more: object = {}): StateMachine => ({
  StartAt: "Call",
  States: {
    Call: {
      Type: "Task",
      Resource: `arn:aws:states:::states:startExecution${suffix}`,
      Parameters: { StateMachineArn: "child", Input: { "from.$": "$$.Execution.Id" } },
      End: true,
      ...more,
    } as StateMachine["States"][string],
  },
});

const child: StateMachine = {
  StartAt: "Work",
  States: { Work: { Type: "Task", Resource: "holdfast:test:work", End: true } },
};

const immediate: StateMachine = { StartAt: "P", States: { P: { Type: "Pass", End: true } } };

const failing: StateMachine = {
  StartAt: "F",
  States: { F: { Type: "Fail", Error: "Broken", Cause: "by design" } },
};

/** Whether a write belongs to a fact from outside. */
const isFromOutside = (write: Write): boolean =>
  write.kind === "RaiseHead" ||
  (write.kind === "AppendRecord" && write.record.isOutside === true) ||
  write.kind === "Enqueue";

describe("a nested execution", () => {
  it("is started once and its parent goes on with what came of it", async () => {
    const w = world({ definition: nested(".sync:2"), others: { child } });
    const { engine } = w.server();
    await engine.start(request);
    await w.run(() => w.hasEnded("p:x"));
    const state = await w.stateOf("p:x");
    expect(state?.status).toBe("SUCCEEDED");
    expect(state?.output).toMatchObject({
      Status: "SUCCEEDED",
      Output: { from: "arn:aws:states:local:000000000000:execution:p:x" },
      Input: { from: "arn:aws:states:local:000000000000:execution:p:x" },
      StateMachineArn: "arn:aws:states:local:000000000000:stateMachine:child",
    });
    const { records } = await w.platform.log.load("p:x");
    expect(records.map(({ facts }) => facts.map(({ kind }) => kind))).toEqual([
      ["ExecutionStarted"],
      ["ActivitySubmitted"],
      ["ChildEnded"],
    ]);
  });

  it("gives its output as text where it is asked for with .sync", async () => {
    const w = world({ definition: nested(".sync"), others: { child: immediate } });
    await w.server().engine.start(request);
    await w.run(() => w.hasEnded("p:x"));
    const { output } = (await w.stateOf("p:x")) ?? {};
    expect(isJsonObject(output as Json) && typeof (output as { Output: Json }).Output).toBe(
      "string",
    );
  });

  it("is not waited for where that is not asked for", async () => {
    const w = world({
      definition: nested(""),
      others: { child },
      script: () => new Promise(() => {}),
    });
    await w.server().engine.start(request);
    await w.run(() => w.hasEnded("p:x"));
    expect((await w.stateOf("p:x"))?.output).toMatchObject({
      ExecutionArn: expect.stringContaining(":execution:child:child-"),
    });
  });

  it("may be given the task token of its parent, which waits for the answer and not for the end", async () => {
    const w = world({
      definition: nested(".waitForTaskToken", {
        Parameters: { StateMachineArn: "child", Input: { "token.$": "$$.Task.Token" } },
      }),
      others: { child },
      script: () => new Promise(() => {}),
    });
    const { engine } = w.server();
    await engine.start(request);
    await w.run(() => w.began.length === 1);
    const [begun] = w.began;
    const { token } = (begun?.parameters ?? {}) as { token: string };
    expect((await w.platform.heads.get("p:x"))?.head.waitingFor?.kind).toBe("callback");
    await engine.answer(token, { kind: "succeeded", output: "enough" });
    await w.run(() => w.hasEnded("p:x"));
    expect((await w.stateOf("p:x"))?.output).toBe("enough");
    const { heads } = await w.platform.heads.list({ limit: 10, process: "child" });
    expect(heads.map(({ status }) => status)).toEqual(["RUNNING"]);
  });

  it.each([
    ["that succeeds", immediate, { Status: "SUCCEEDED", Output: '{"token":"x"}' }],
    ["that fails", failing, { Status: "FAILED", Error: "Broken", Cause: "by design" }],
  ])("%s is the answer of a synchronous start", async (_, definition, answer) => {
    const w = world({
      definition: nested("", {
        Resource: "arn:aws:states:::aws-sdk:sfn:startSyncExecution",
        Parameters: { StateMachineArn: "child", Input: { token: "x" } },
      }),
      others: { child: definition },
    });
    const { engine } = w.server();
    await engine.start(request);
    await w.run(() => w.hasEnded("p:x"));
    const state = await w.stateOf("p:x");
    expect(state?.status).toBe("SUCCEEDED");
    expect(state?.output).toMatchObject({
      ...answer,
      StartDate: expect.stringMatching(/^2026-01-01T00:00:0.\.\d{3}Z$/),
      StateMachineArn: expect.stringContaining(":stateMachine:child"),
    });
    // ExecutionStarted, TaskStateEntered, TaskScheduled, TaskStarted, TaskSucceeded, TaskStateExited, ExecutionSucceeded.
    expect(state?.eventCount).toBe(7);
  });

  it("that fails fails its activity, and a retry starts another", async () => {
    const w = world({
      definition: nested(".sync", {
        Retry: [{ ErrorEquals: ["States.TaskFailed"], IntervalSeconds: 1, MaxAttempts: 1 }],
      }),
      others: { child: failing },
    });
    await w.server().engine.start(request);
    await w.run(() => w.hasEnded("p:x"));
    const state = await w.stateOf("p:x");
    expect(state).toMatchObject({ status: "FAILED", error: "States.TaskFailed" });
    expect(JSON.parse(state?.cause ?? "")).toMatchObject({
      Error: "Broken",
      Cause: "by design",
      Status: "FAILED",
    });
    const { heads } = await w.platform.heads.list({ limit: 10, process: "child" });
    expect(heads.map(({ status }) => status)).toEqual(["FAILED", "FAILED"]);
  });

  it.each([
    ["of a process that is not there", { StateMachineArn: "nothing" }, "StateMachineDoesNotExist"],
    ["with a name that is not allowed", { StateMachineArn: "child", Name: "a b" }, "InvalidName"],
    ["with an input that is not JSON", { StateMachineArn: "child", Input: "{" }, "InvalidExec"],
  ])("%s fails its activity", async (_, Parameters, error) => {
    const w = world({ definition: nested(".sync", { Parameters }), others: { child } });
    await w.server().engine.start(request);
    await w.run(() => w.hasEnded("p:x"));
    expect((await w.stateOf("p:x"))?.error).toContain(`StepFunctions.${error}`);
  });

  it("whose name another execution has is not taken for one's own", async () => {
    const Parameters = { StateMachineArn: "child", Name: "same", "Input.$": "$" };
    const w = world({ definition: nested(".sync", { Parameters }), others: { child } });
    const { engine } = w.server();
    await engine.start({ ...request, process: "child", name: "same" });
    await engine.start(request);
    await w.run(() => w.hasEnded("p:x"));
    expect((await w.stateOf("p:x"))?.error).toBe("StepFunctions.ExecutionAlreadyExistsException");
  });

  it("is stopped with its parent, and by the time-out of its activity", async () => {
    for (const how of ["stop", "timeout"]) {
      const more = how === "timeout" ? { TimeoutSeconds: 5 } : {};
      const w = world({
        definition: nested(".sync", more),
        others: { child },
        script: () => new Promise(() => {}),
      });
      const { engine } = w.server();
      await engine.start(request);
      await w.settle();
      const { heads } = await w.platform.heads.list({ limit: 10, process: "child" });
      const childId = heads[0]?.executionId ?? "";
      if (how === "stop") await engine.stop("p:x", { by: "t" });
      await w.run(() => w.hasEnded(childId));
      await w.run(() => w.hasEnded("p:x"));
      expect((await w.stateOf(childId))?.status).toBe("ABORTED");
      expect((await w.stateOf("p:x"))?.status).toBe(how === "stop" ? "ABORTED" : "FAILED");
      await w.run(() => isQuiet(w));
    }
  });

  it.each([
    ["that works", child],
    ["that ends with its start", immediate],
    ["that fails", failing],
  ])("%s is told of exactly once, whatever write its server dies before", async (_, definition) => {
    for (let crashAt = 1; ; crashAt += 1) {
      const c = crashing({ definition: nested(".sync"), others: { child: definition }, crashAt });
      await startUntilKnown(c);
      await c.w.run(async () => {
        c.server();
        return haveAllEnded(c.w);
      });
      await c.w.run(() => isQuiet(c.w));
      const { heads } = await c.w.platform.heads.list({ limit: 10 });
      expect([crashAt, heads.length]).toEqual([crashAt, 2]);
      const isFailing = definition === failing;
      for (const { status, nextCheckAtMs } of heads)
        expect([crashAt, status, nextCheckAtMs]).toEqual([
          crashAt,
          isFailing ? "FAILED" : "SUCCEEDED",
          undefined,
        ]);
      const { records } = await c.w.platform.log.load("p:x");
      expect([crashAt, factsOf(records, "ChildEnded").length]).toEqual([crashAt, 1]);
      expect(factsOf(records, "TakenOver")).toEqual([]);
      if (!c.crash.hasHappened) break;
    }
  });

  it("is stopped for its parent, whatever write the server dies before", async () => {
    for (let crashAt = 1; ; crashAt += 1) {
      const c = crashing({
        definition: nested(".sync", { TimeoutSeconds: 5 }),
        others: { child },
        script: () => new Promise(() => {}),
        crashAt,
      });
      await startUntilKnown(c);
      await c.w.run(async () => {
        c.server();
        return haveAllEnded(c.w);
      });
      const { heads } = await c.w.platform.heads.list({ limit: 10, process: "child" });
      expect([crashAt, heads[0]?.status]).toEqual([crashAt, "ABORTED"]);
      if (!c.crash.hasHappened) break;
    }
  });
});

const waiting: StateMachine = {
  StartAt: "Ask",
  States: {
    Ask: {
      Type: "Task",
      Resource: "holdfast:test:ask.waitForTaskToken",
      Parameters: { "token.$": "$$.Task.Token" },
      Next: "After",
    },
    After: { Type: "Task", Resource: "holdfast:test:after", End: true },
  },
};

const tokenOf = async (w: World): Promise<string> => {
  const activities = Object.values((await w.stateOf("p:x"))?.activities ?? {});
  return activities.find(({ phase }) => phase === "waitingForToken")?.token ?? "";
};

describe("an answer to a task token", () => {
  it("is what the activity ends with; the token is no draw of the seed", async () => {
    const w = world({ definition: waiting });
    const { engine } = w.server();
    await engine.start(request);
    await w.settle();
    expect((await w.platform.heads.get("p:x"))?.head.waitingFor?.kind).toBe("callback");
    expect(w.began[0]).toMatchObject({
      resource: "holdfast:test:ask",
      parameters: { token: await tokenOf(w) },
    });
    const { records } = await w.platform.log.load("p:x");
    expect(await tokenOf(w)).toContain(records[0]?.secrets?.[0] ?? "none");
    await engine.answer(await tokenOf(w), { kind: "succeeded", output: { b: 2 } });
    await w.run(() => w.hasEnded("p:x"));
    expect((await w.stateOf("p:x"))?.output).toEqual({ b: 2 });
  });

  it("is refused where nobody waits for it", async () => {
    const w = world({ definition: waiting });
    const { engine } = w.server();
    await engine.start(request);
    await w.settle();
    const token = await tokenOf(w);
    const succeeded = { kind: "succeeded", output: {} } as const;
    const code = async (text: string) =>
      engine.answer(text, succeeded).catch((error: { code: string }) => error.code);
    expect(await code("nonsense")).toBe("task-token-invalid");
    expect(await code(token.replace("p:x", "p:y"))).toBe("task-not-found");
    expect(await code(`${token.slice(0, -1)}${token.endsWith("0") ? "1" : "0"}`)).toBe(
      "task-not-waiting",
    );
    await engine.answer(token, succeeded);
    expect(await code(token)).toBe("task-not-waiting");
  });

  it("is recorded once it is acknowledged, whatever write the server dies before", async () => {
    for (let crashAt = 1; ; crashAt += 1) {
      const c = crashing({ definition: waiting, crashAt });
      await startUntilKnown(c);
      await c.w.run(async () => {
        c.server();
        return (await tokenOf(c.w)) !== "";
      });
      const token = await tokenOf(c.w);
      for (let isAnswered = false; !isAnswered; ) {
        const { engine, isDead } = c.server();
        engine.answer(token, { kind: "succeeded", output: { b: 2 } }).then(
          () => {
            isAnswered = true;
          },
          (error: { code: string }) => {
            isAnswered = error.code === "task-not-waiting";
          },
        );
        await c.w.run(() => isAnswered || isDead());
      }
      const answeredAtMs = c.w.clock.nowMs();
      await c.w.run(async () => {
        c.server();
        return (await c.w.hasEnded("p:x")) && (await isQuiet(c.w));
      });
      expect(c.w.clock.nowMs() - answeredAtMs).toBeLessThanOrEqual(70_000);
      expect([crashAt, (await c.w.stateOf("p:x"))?.output]).toEqual([crashAt, { b: 2 }]);
      if (!c.crash.hasHappened) break;
    }
  });

  const both: StateMachine = {
    StartAt: "Both",
    States: {
      Both: {
        Type: "Parallel",
        Branches: [
          { StartAt: "Long", States: { Long: { ...child.States["Work"] } as never } },
          { StartAt: "Ask", States: waiting.States },
        ],
        End: true,
      },
    },
  };
  const longWork: (w: () => World) => Script =
    (w) =>
    async ({ resource, parameters }) => {
      if (resource.endsWith(":work")) await w().sleep(20_000);
      return { kind: "succeeded", output: parameters };
    };

  it("that comes to another server than the one that has the lease takes nothing over", async () => {
    const w: World = world({
      definition: both,
      script: longWork(() => w),
      mayRestart: () => false,
    });
    const first = w.server();
    await first.engine.start(request);
    await w.settle();
    const second = w.server();
    await second.engine.answer(await tokenOf(w), { kind: "succeeded", output: "yes" });
    const answeredAtMs = w.clock.nowMs();
    await w.run(() => w.began.some(({ resource }) => resource.endsWith(":after")));
    expect(w.clock.nowMs() - answeredAtMs).toBeLessThanOrEqual(10_000);
    await w.run(() => w.hasEnded("p:x"));
    expect(await w.stateOf("p:x")).toMatchObject({
      status: "SUCCEEDED",
      output: [{ a: 1 }, "yes"],
    });
    expect(w.events.filter(({ kind }) => kind === "execution-taken-over")).toEqual([]);
    expect(w.began).toHaveLength(3);
    expect((await w.platform.log.load("p:x")).records.some(({ isOutside }) => isOutside)).toBe(
      true,
    );
  });

  it("to another server is not lost, whatever write that server dies before", async () => {
    for (let crashAt = 1; ; crashAt += 1) {
      let isArmed = false;
      let writes = 0;
      let hasCrashed = false;
      const w: World = world({
        definition: both,
        script: longWork(() => w),
        mayRestart: () => false,
        beforeWrite: (write: Write) => {
          if (!isArmed || !isFromOutside(write)) return;
          writes += 1;
          if (writes !== crashAt) return;
          hasCrashed = true;
          second.kill();
          throw new Error("crash");
        },
      });
      const first = w.server();
      await first.engine.start(request);
      await w.settle();
      const second = w.server();
      const token = await tokenOf(w);
      isArmed = true;
      let isAnswered = false;
      second.engine.answer(token, { kind: "succeeded", output: "yes" }).then(
        () => {
          isAnswered = true;
        },
        () => {},
      );
      await w.run(() => isAnswered || second.isDead());
      isArmed = false;
      if (!isAnswered)
        await first.engine
          .answer(token, { kind: "succeeded", output: "yes" })
          .catch((error: { code: string }) => expect(error.code).toBe("task-not-waiting"));
      await w.run(() => w.hasEnded("p:x"));
      expect((await w.stateOf("p:x"))?.status).toBe("SUCCEEDED");
      expect(w.began).toHaveLength(3);
      if (!hasCrashed) break;
    }
  });
});
