/** What the simulation has found with workers, callbacks, children and maps in it. */
import { describe, expect, it } from "vitest";
import type { StateMachine } from "#core/asl/definition.ts";
import { OrchestratorError } from "#core/errors.ts";
import type { Write } from "#ports/journal.ts";
import { world } from "./world.ts";

type World = ReturnType<typeof world>;

const request = { process: "p", name: "x", input: {}, startedBy: "t" } as const;

const asking: StateMachine = {
  StartAt: "Ask",
  States: {
    Ask: {
      Type: "Task",
      Resource: "holdfast:test:ask.waitForTaskToken",
      Parameters: { "token.$": "$$.Task.Token" },
      End: true,
    },
  },
};

/** From when it is called, records do not arrive, nor are they refused. */
const holdRecords = ({ platform }: World): (() => void) => {
  const { write } = platform.journal;
  let isHolding = false;
  Object.assign(platform.journal, {
    write: (writes: readonly Write[]) =>
      isHolding && writes.some(({ kind }) => kind === "AppendRecord")
        ? new Promise(() => {})
        : write(writes),
  });
  return () => {
    isHolding = true;
  };
};

/** The token of the one activity of the execution. */
const tokenOf = async (w: World): Promise<string> =>
  Object.values((await w.stateOf("p:x"))?.activities ?? {})[0]?.token ?? "";

const yes = { kind: "succeeded", output: "yes" } as const;

describe("an answer", () => {
  // `tellTurn` looked at the state that the turn had decided on and not committed yet: the second call
  // of whoever heard nothing was told that nothing waits any more, and then the server died.
  it("is not refused because of one that is not durable yet", async () => {
    const w = world({ definition: asking });
    const hold = holdRecords(w);
    const first = w.server();
    await first.engine.start(request);
    await w.run(
      async () => (await w.platform.heads.get("p:x"))?.head.waitingFor?.kind === "callback",
    );
    const token = await tokenOf(w);
    // A turn that goes on, so that both answers find it.
    hold();
    const settled: string[] = [];
    for (const call of ["one", "two"]) {
      void first.engine.answer(token, yes).then(
        () => settled.push(`${call} is taken`),
        (error: { code: string }) => settled.push(`${call}: ${error.code}`),
      );
      await w.settle();
    }
    expect(settled).toEqual([]);
  });
});

describe("a turn that others have gone on without", () => {
  const twice: StateMachine = {
    StartAt: "Both",
    States: {
      Both: {
        Type: "Parallel",
        Branches: [
          {
            StartAt: "Long",
            States: { Long: { Type: "Task", Resource: "holdfast:test:long", End: true } },
          },
          {
            StartAt: "Pause",
            States: {
              Pause: { Type: "Wait", Seconds: 10, Next: "Ask" },
              Ask: {
                Type: "Task",
                Resource: "holdfast:test:ask.waitForTaskToken",
                Parameters: { "token.$": "$$.Task.Token" },
                End: true,
              },
            },
          },
        ],
        End: true,
      },
    },
  };

  // A server that was frozen knew nothing of the activity whose token it was given, and refused the answer.
  it("takes an answer for what it does not know", async () => {
    const w = world({
      definition: twice,
      script: ({ resource }) =>
        resource.includes("long") ? new Promise(() => {}) : { kind: "succeeded", output: {} },
    });
    const first = w.server();
    await first.engine.start(request);
    await w.settle();
    first.freeze();
    w.server();
    let token = "";
    await w.run(async () => {
      const { activities = {} } = (await w.stateOf("p:x")) ?? {};
      const asked = Object.values(activities).find(({ phase }) => phase === "waitingForToken");
      token = asked?.token ?? "";
      return token !== "";
    });
    const answers: string[] = [];
    void first.engine.answer(token, yes).then(
      () => answers.push("taken"),
      (error: { code: string }) => answers.push(error.code),
    );
    first.thaw();
    await w.run(() => answers.length > 0);
    expect(answers).toEqual(["taken"]);
  });
});

describe("a turn that wakes up after others have settled its execution", () => {
  const child: StateMachine = {
    StartAt: "Wait",
    States: { Wait: { Type: "Wait", Seconds: 3_600, End: true } },
  };
  const definition: StateMachine = {
    StartAt: "Both",
    States: {
      Both: {
        Type: "Parallel",
        Branches: [
          {
            StartAt: "Call",
            States: {
              Call: {
                Type: "Task",
                Resource: "arn:aws:states:::states:startExecution.sync:2",
                Parameters: { StateMachineArn: "q" },
                End: true,
              },
            },
          },
          {
            StartAt: "Ask",
            States: {
              Ask: {
                Type: "Task",
                Resource: "holdfast:test:ask.waitForTaskToken",
                Parameters: { "token.$": "$$.Task.Token" },
                Next: "Work",
              },
              Work: { Type: "Task", Resource: "holdfast:test:work", End: true },
            },
          },
        ],
        End: true,
      },
    },
  };

  // The others had removed its work item, and the head said to look in an hour: it went on without
  // either, and when its server died nobody looked at what it had begun.
  it("lets somebody look at what it begins", async () => {
    const w: World = world({
      definition,
      others: { q: child },
      script: ({ resource }) =>
        resource.includes("work") && first.isDead() === false
          ? new Promise(() => {})
          : { kind: "succeeded", output: {} },
      beforeWrite: (write) => {
        if (write.kind === "AppendRecord" && write.record.executionId.startsWith("q:"))
          if (!isFrozen) {
            isFrozen = true;
            first.freeze();
          }
      },
    });
    let isFrozen = false;
    const first = w.server();
    void first.engine.start(request);
    await w.run(() => isFrozen);
    const second = w.server();
    const settledAtMs = w.clock.nowMs() + 10_000;
    await w.run(() => w.clock.nowMs() >= settledAtMs);
    const activities = Object.values((await w.stateOf("p:x"))?.activities ?? {});
    const token = activities.find((one) => one.token !== undefined)?.token ?? "";
    let isAnswered = false;
    void first.engine.answer(token, yes).then(() => {
      isAnswered = true;
    });
    first.thaw();
    await w.run(() => isAnswered);
    await w.settle();
    first.kill();
    const work = () => w.began.filter(({ resource }) => resource.includes("work")).length;
    expect([work(), second.isDead()]).toEqual([1, false]);
    await w.run(() => work() === 2, 120_000);
  });
});

describe("a work item that two turns share", () => {
  // The one let it go while the other relied on it: when that server died its head was the net, a minute later.
  it("is there again with the first record of whoever goes on", async () => {
    const w = world({
      definition: {
        StartAt: "Quick",
        States: {
          Quick: { Type: "Task", Resource: "holdfast:test:quick", Next: "Wait" },
          Wait: { Type: "Wait", Seconds: 1, Next: "Long" },
          Long: { Type: "Task", Resource: "holdfast:test:long", End: true },
        },
      },
      script: async ({ resource, attempt }) => {
        await w.sleep(100);
        if (resource.includes("long") && attempt === 1) await new Promise(() => {});
        return { kind: "succeeded", output: "done" };
      },
    });
    const first = w.server();
    await first.engine.start(request);
    const recordsOf = async () => (await w.platform.log.load("p:x")).records;
    await w.run(async () => (await recordsOf()).length === 2);
    const itemId = (await recordsOf())[0]?.commitId ?? "";
    await w.platform.journal.write([{ kind: "RemoveItem", itemId }]);
    await w.run(() => w.began.length === 2);
    first.kill();
    w.server();
    await w.run(() => w.hasEnded("p:x"), 10_000);
    expect(w.began.map(({ attempt }) => attempt)).toEqual([1, 1, 2]);
  });
});

describe("a map run", () => {
  // The logs of its children could not be read once, and the map run failed with States.TaskFailed.
  it("collects its results when the storage answers again", async () => {
    const definition: StateMachine = {
      StartAt: "Each",
      States: {
        Each: {
          Type: "Map",
          ItemProcessor: {
            ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
            StartAt: "Work",
            States: { Work: { Type: "Task", Resource: "holdfast:test:work", End: true } },
          },
          End: true,
        },
      },
    };
    const w = world({ definition });
    const { load } = w.platform.log;
    let refusals = 0;
    Object.assign(w.platform.log, {
      load: async (executionId: string) => {
        const isEnded =
          ((await w.platform.heads.get(executionId))?.head.status ?? "RUNNING") !== "RUNNING";
        if (isEnded && refusals < 3) {
          refusals += 1;
          throw new OrchestratorError("storage-unavailable", "simulated");
        }
        return await load(executionId);
      },
    });
    await w.server().engine.start({ ...request, input: [1, 2] });
    await w.run(() => w.hasEnded("p:x"));
    expect(refusals).toBe(3);
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED", output: [1, 2] });
  });

  // Its branch was taken for one that waits for an activity as soon as an interrupted one began again,
  // and the children of a map run that failed went on for ever.
  it("whose reading was interrupted stops its other children when it fails", async () => {
    const definition: StateMachine = {
      StartAt: "Each",
      States: {
        Each: {
          Type: "Map",
          ItemReader: { Resource: "holdfast:test:read", ReaderConfig: { InputType: "JSON" } },
          ItemProcessor: {
            ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
            StartAt: "Work",
            States: { Work: { Type: "Task", Resource: "holdfast:test:work", End: true } },
          },
          End: true,
        },
      },
    };
    const w: World = world({
      definition,
      script: async ({ resource, parameters, attempt }) => {
        if (resource.includes("read"))
          return attempt === 1
            ? new Promise(() => {})
            : { kind: "succeeded", output: { text: "[1, 2]" } };
        await w.sleep(parameters === 1 ? 1_000 : 3_600_000);
        return { kind: "failed", error: "Boom", cause: "boom" };
      },
    });
    const first = w.server();
    await first.engine.start(request);
    await w.run(() => w.began.length > 0);
    first.kill();
    w.server();
    await w.run(() => w.hasEnded("p:x"));
    const statuses = async () =>
      (await w.platform.heads.list({ limit: 10, process: "p/Each" })).heads
        .filter(({ name }) => !name.startsWith("map-"))
        .map(({ status }) => status)
        .sort();
    await w.run(async () => !(await statuses()).includes("RUNNING"), 60_000);
    expect(await statuses()).toEqual(["ABORTED", "FAILED"]);
  });
});
