/** What becomes of activities whose server is lost while they run, where nothing says that they may run again (ADR 10). */
import { describe, expect, it } from "vitest";
import type { Orchestration, StateMachine } from "#core/asl/definition.ts";
import type { Json } from "#core/json.ts";
import type { ResolveRequest } from "#engine/engine.ts";
import { questionsOf } from "#engine/questions.ts";
import type { ActivityResult } from "#ports/activity-runner.ts";
import { type Script, type Server, world } from "./world.ts";

const pay = "holdfast:test:pay";
const look = "holdfast:test:look";

const process = (words?: Orchestration, more: object = {}): StateMachine => ({
  QueryLanguage: "JSONata",
  StartAt: "Pay",
  States: {
    Pay: {
      Type: "Task",
      Resource: pay,
      Arguments: { amount: "{% $states.input.amount %}" },
      ...(words !== undefined && { Orchestration: words }),
      Next: "After",
      ...more,
    },
    After: { Type: "Task", Resource: "holdfast:test:after", End: true },
  },
});

const verifying: Orchestration = {
  Verify: {
    Resource: look,
    Arguments: { of: "{% $states.input.amount %}" },
    Output: "{% { 'happened': $states.result.found, 'output': $states.result } %}",
  },
};

/** A first server that dies while it pays, and a second one. */
const interruptedWorld = async (options: {
  readonly definition: StateMachine;
  readonly script?: Script;
}) => {
  const w = world({
    definition: options.definition,
    mayRestart: (resource) => resource !== pay,
    script: (request) => {
      if (request.resource === pay && request.attempt === 1) return new Promise(() => {});
      return options.script?.(request) ?? { kind: "succeeded", output: request.parameters };
    },
  });
  const first = w.server();
  await first.engine.start({ process: "p", name: "x", input: { amount: 7 }, startedBy: "t" });
  await w.run(() => w.began.length === 1);
  first.kill();
  return { w, second: w.server() };
};

type World = Awaited<ReturnType<typeof interruptedWorld>>["w"];

const waitsFor = async (w: World) => (await w.platform.heads.get("p:x"))?.head.waitingFor?.kind;

const runUntilAsked = (w: World) => w.run(async () => (await waitsFor(w)) === "operator");

const pass = (w: World, ms: number): Promise<void> => {
  let isOver = false;
  void w.sleep(ms).then(() => {
    isOver = true;
  });
  return w.run(() => isOver, 2 * ms);
};

const questionIn = async (w: World) => {
  const state = await w.stateOf("p:x");
  const [question] = state === undefined ? [] : questionsOf(state);
  return question;
};

const answer = (more: Partial<ResolveRequest>): ResolveRequest => ({
  activity: "0.1",
  resolution: "succeeded",
  by: "key:ann",
  ...more,
});

const runsOf = (w: World, resource: string) =>
  w.began.filter((attempt) => attempt.resource === resource).length;

describe("an activity that nothing declares restartable", () => {
  it("waits for an operator, who is told what is known", async () => {
    const { w } = await interruptedWorld({ definition: process() });
    await runUntilAsked(w);
    const question = await questionIn(w);
    expect(question).toMatchObject({
      activity: "0.1",
      attempt: 1,
      state: "Pay",
      resource: pay,
      parameters: { amount: 7 },
      server: "s1",
    });
    expect(question?.untilMs).toBeUndefined();
    expect((await w.platform.heads.list({ limit: 5, waitingFor: "operator" })).heads).toHaveLength(
      1,
    );
    expect(w.events.filter(({ kind }) => kind === "operator-asked")).toMatchObject([
      { severity: "warning", executionId: "p:x", details: { state: "Pay", attempt: 1 } },
    ]);
    expect(runsOf(w, pay)).toBe(1);
  });

  it("goes on with the output that the operator gives", async () => {
    const { w, second } = await interruptedWorld({ definition: process() });
    await runUntilAsked(w);
    await second.engine.resolve("p:x", answer({ output: { paid: true } }));
    await w.run(() => w.hasEnded("p:x"));
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED", output: { paid: true } });
    expect(runsOf(w, pay)).toBe(1);
  });

  it("is listed among those that ask no more as soon as it is answered, however long it goes on", async () => {
    const { w, second } = await interruptedWorld({
      definition: process(),
      script: async () => {
        await w.sleep(30_000);
        return { kind: "succeeded", output: 1 };
      },
    });
    await runUntilAsked(w);
    await second.engine.resolve("p:x", answer({ resolution: "retry" }));
    await w.settle();
    expect(runsOf(w, pay)).toBe(2);
    expect((await w.platform.heads.list({ limit: 5, waitingFor: "operator" })).heads).toEqual([]);
    expect(await waitsFor(w)).toBe("activity");
  });

  it("runs again if the operator says so, as the next attempt with the same parameters", async () => {
    const { w, second } = await interruptedWorld({ definition: process() });
    await runUntilAsked(w);
    await second.engine.resolve("p:x", answer({ resolution: "retry", attempt: 1 }));
    await w.run(() => w.hasEnded("p:x"));
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED", output: { amount: 7 } });
    expect(w.began.filter(({ resource }) => resource === pay)).toMatchObject([
      { activity: "0.1", attempt: 1 },
      { activity: "0.1", attempt: 2, parameters: { amount: 7 } },
    ]);
  });

  it.each([
    ["with the operator's error", { error: "Refused", cause: "no money" }, "Refused"],
    ["as interrupted where none is given", {}, "Holdfast.Interrupted"],
  ])("fails %s, and its Catch sees it", async (_name, given, error) => {
    const Catch = [{ ErrorEquals: [error], Next: "After", Output: "{% $states.errorOutput %}" }];
    const { w, second } = await interruptedWorld({ definition: process(undefined, { Catch }) });
    await runUntilAsked(w);
    await second.engine.resolve("p:x", answer({ resolution: "failed", ...given }));
    await w.run(() => w.hasEnded("p:x"));
    expect(await w.stateOf("p:x")).toMatchObject({
      status: "SUCCEEDED",
      output: { Error: error },
    });
  });

  it("takes one of two answers; the same again is acknowledged, also after the end, another one is not", async () => {
    const { w, second } = await interruptedWorld({ definition: process() });
    await runUntilAsked(w);
    const third = w.server();
    const answers: readonly (readonly [Server, Json])[] = [
      [second, "a"],
      [third, "b"],
    ];
    const told = await Promise.allSettled(
      answers.map(([server, output]) => server.engine.resolve("p:x", answer({ output }))),
    );
    expect(told.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const won = told[0]?.status === "fulfilled" ? "a" : "b";
    await w.run(() => w.hasEnded("p:x"));
    expect((await w.stateOf("p:x"))?.output).toBe(won);
    await second.engine.resolve("p:x", answer({ output: won, attempt: 1 }));
    await second.engine.resolve("p:x", answer({ output: won }));
    for (const refused of [
      answer({ output: "c" }),
      answer({ output: won, attempt: 2 }),
      answer({ activity: "0.2", output: won }),
    ])
      await expect(second.engine.resolve("p:x", refused)).rejects.toMatchObject({
        code: "activity-not-asking",
      });
  });

  it("fails when nobody answers in time", async () => {
    const definition = process({ OnInterrupted: "ask", AskTimeoutSeconds: 90 });
    const { w } = await interruptedWorld({ definition });
    await runUntilAsked(w);
    const question = await questionIn(w);
    expect((question?.untilMs ?? 0) - (question?.sinceMs ?? 0)).toBe(90_000);
    await w.run(() => w.hasEnded("p:x"));
    const state = await w.stateOf("p:x");
    expect(state).toMatchObject({ status: "FAILED", error: "Holdfast.Interrupted" });
    expect(state?.stoppedAtMs).toBe(question?.untilMs);
  });

  it("is asked for longer than its own time limit, which was that of the attempt", async () => {
    const Retry = [{ ErrorEquals: ["States.ALL"] }];
    const definition = process(undefined, { TimeoutSeconds: 30, Retry });
    const { w, second } = await interruptedWorld({ definition });
    await runUntilAsked(w);
    await pass(w, 3_600_000);
    expect(await waitsFor(w)).toBe("operator");
    await second.engine.resolve("p:x", answer({ resolution: "retry" }));
    await w.run(() => w.hasEnded("p:x"));
    expect((await w.stateOf("p:x"))?.status).toBe("SUCCEEDED");
    expect(runsOf(w, pay)).toBe(2);
  });

  it("can be stopped, and a redrive begins it again", async () => {
    const { w, second } = await interruptedWorld({ definition: process() });
    await runUntilAsked(w);
    await second.engine.stop("p:x", { by: "key:ann" });
    expect((await w.stateOf("p:x"))?.status).toBe("ABORTED");
    await expect(second.engine.resolve("p:x", answer({}))).rejects.toMatchObject({
      code: "activity-not-asking",
    });
    await w.run(() => w.hasEnded("p:x"));
    await second.engine.redrive("p:x", "key:ann");
    await w.run(() => runsOf(w, pay) === 2);
    expect(w.began.at(-1)).toMatchObject({ activity: "0.2", attempt: 1 });
  });

  it("is not decided by the server that was frozen and comes back", async () => {
    let answerLate: (result: ActivityResult) => void = () => {};
    const w = world({
      definition: process(),
      mayRestart: () => false,
      script: ({ resource, parameters }) =>
        resource === pay
          ? new Promise((resolve) => {
              answerLate = resolve;
            })
          : { kind: "succeeded", output: parameters },
    });
    const first = w.server();
    await first.engine.start({ process: "p", name: "x", input: { amount: 7 }, startedBy: "t" });
    await w.run(() => w.began.length === 1);
    first.freeze();
    w.server();
    await runUntilAsked(w);
    first.thaw();
    answerLate({ kind: "succeeded", output: "late" });
    await pass(w, 20_000);
    expect(await waitsFor(w)).toBe("operator");
    await first.engine.resolve("p:x", answer({ output: "said" }));
    await w.run(() => w.hasEnded("p:x"));
    expect((await w.stateOf("p:x"))?.output).toBe("said");
  });

  it("fails, or restarts, where its state says so", async () => {
    const failing = await interruptedWorld({ definition: process({ OnInterrupted: "fail" }) });
    await failing.w.run(() => failing.w.hasEnded("p:x"));
    expect(await failing.w.stateOf("p:x")).toMatchObject({ error: "Holdfast.Interrupted" });
    const going = await interruptedWorld({ definition: process({ OnInterrupted: "restart" }) });
    await going.w.run(() => going.w.hasEnded("p:x"));
    expect((await going.w.stateOf("p:x"))?.status).toBe("SUCCEEDED");
    expect(runsOf(going.w, pay)).toBe(2);
  });
});

describe("a probe", () => {
  const probed = (answers: (attempt: number) => ActivityResult | Promise<ActivityResult>) =>
    interruptedWorld({
      definition: process(verifying),
      script: ({ resource, attempt, parameters }) =>
        resource === look ? answers(attempt) : { kind: "succeeded", output: parameters },
    });

  it("that finds that it happened ends the activity with what it found", async () => {
    const output = { found: true, id: "p-1" };
    const { w } = await probed(() => ({ kind: "succeeded", output }));
    await w.run(() => w.hasEnded("p:x"));
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED", output });
    expect(w.began.map(({ resource, attempt }) => [resource, attempt])).toEqual([
      [pay, 1],
      [look, 2],
      ["holdfast:test:after", 1],
    ]);
    expect(w.began[1]).toMatchObject({ activity: "0.1", parameters: { of: 7 } });
  });

  it("that finds that it did not lets it run again", async () => {
    const { w } = await probed(() => ({ kind: "succeeded", output: { found: false } }));
    await w.run(() => w.hasEnded("p:x"));
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED", output: { amount: 7 } });
    expect(w.began.slice(0, 3)).toMatchObject([
      { resource: pay, attempt: 1 },
      { resource: look, attempt: 2 },
      { resource: pay, attempt: 3, parameters: { amount: 7 } },
    ]);
  });

  it.each<[string, ActivityResult, RegExp]>([
    ["can not tell", { kind: "succeeded", output: { found: "perhaps" } }, /perhaps/],
    ["fails", { kind: "failed", error: "Down", cause: "no answer" }, /Down: no answer/],
  ])("that %s leaves it to the operator", async (_name, result, why) => {
    const { w, second } = await probed(() => result);
    await runUntilAsked(w);
    expect((await questionIn(w))?.why).toMatch(why);
    await second.engine.resolve("p:x", answer({ output: "said" }));
    await w.run(() => w.hasEnded("p:x"));
    expect((await w.stateOf("p:x"))?.output).toBe("said");
    expect(runsOf(w, pay)).toBe(1);
  });

  it.each([
    ["Output", { Resource: look, Output: "{% $number('odd') %}" }, /can not be read: .*odd/],
    ["Arguments", { Resource: look, Arguments: "{% $number('odd') %}" }, /parameters: .*odd/],
  ])("whose %s can not be evaluated leaves it to the operator", async (_name, Verify, why) => {
    const { w } = await interruptedWorld({ definition: process({ Verify }) });
    await runUntilAsked(w);
    expect((await questionIn(w))?.why).toMatch(why);
  });

  it("that is interrupted itself runs again", async () => {
    const { w, second } = await probed((attempt) =>
      attempt === 2
        ? new Promise(() => {})
        : { kind: "succeeded", output: { found: true, by: attempt } },
    );
    await w.run(() => runsOf(w, look) === 1);
    second.kill();
    w.server();
    await w.run(() => w.hasEnded("p:x"));
    expect(await w.stateOf("p:x")).toMatchObject({ output: { found: true, by: 3 } });
    expect(runsOf(w, pay)).toBe(1);
  });

  it("that does not answer in the time of the activity leaves it to the operator, who may answer before", async () => {
    const definition = process(verifying, { TimeoutSeconds: 20 });
    const script: Script = ({ resource, parameters }) =>
      resource === look ? new Promise(() => {}) : { kind: "succeeded", output: parameters };
    const late = await interruptedWorld({ definition, script });
    await runUntilAsked(late.w);
    expect((await questionIn(late.w))?.why).toMatch(/in time/);
    const early = await interruptedWorld({ definition, script });
    await early.w.run(() => runsOf(early.w, look) === 1);
    await early.second.engine.resolve("p:x", answer({ output: "known" }));
    await early.w.run(() => early.w.hasEnded("p:x"));
    expect((await early.w.stateOf("p:x"))?.output).toBe("known");
  });
});

it("survives a crash before any single write: it is asked once, and what was acknowledged is so", async () => {
  for (let crashAt = 1; ; crashAt += 1) {
    let writes = 0;
    let doomed: Server | undefined;
    const w = world({
      definition: process(verifying),
      mayRestart: (resource) => resource !== pay,
      script: ({ resource, attempt, parameters }) => {
        if (resource === pay && attempt === 1) return new Promise(() => {});
        return { kind: "succeeded", output: resource === look ? { found: null } : parameters };
      },
      beforeWrite: () => {
        if (doomed === undefined || doomed.isDead()) return;
        writes += 1;
        if (writes !== crashAt) return;
        doomed.kill();
        throw new Error("crash");
      },
    });
    const first = w.server();
    await first.engine.start({ process: "p", name: "x", input: { amount: 7 }, startedBy: "t" });
    await w.run(() => w.began.length === 1);
    first.kill();
    doomed = w.server();
    let isAcknowledged = false;
    const victim = doomed;
    await w.run(async () => victim.isDead() || (await waitsFor(w)) === "operator");
    void victim.engine.resolve("p:x", answer({ output: 1 })).then(() => {
      isAcknowledged = true;
    });
    await w.run(async () => victim.isDead() || (await w.hasEnded("p:x")));
    const isCut = victim.isDead();
    if (isCut) {
      const next = w.server();
      await w.run(async () => (await waitsFor(w)) === "operator" || (await w.hasEnded("p:x")));
      if (isAcknowledged) expect((await questionIn(w)) === undefined).toBe(true);
      // Who was not told repeats the answer.
      await next.engine.resolve("p:x", answer({ output: 1 }));
      await w.run(() => w.hasEnded("p:x"));
    }
    expect(await w.stateOf("p:x")).toMatchObject({ status: "SUCCEEDED", output: 1 });
    expect(runsOf(w, pay)).toBe(1);
    if (!isCut) {
      expect(crashAt).toBeGreaterThan(5);
      return;
    }
  }
});
