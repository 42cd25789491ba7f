/** What becomes of a Task state whose server was lost, and what its probes and operators say (ADR 10). */
import { describe, expect, test } from "vitest";
import type { ActivityResolved, Fact, TakenOver } from "#core/execution/facts.ts";
import { isLate } from "#core/execution/late.ts";
import { resolutionBefore } from "#core/execution/resolutions.ts";
import type { Json } from "#core/json.ts";
import { resolutionsKeptMax } from "#core/limits.ts";
import { begin, cancel, failed, run, type Scenario, succeeded } from "../execution/scenario.ts";
import { ended, type Fields, jsonata, machine, mapOver, only, task } from "../language/machines.ts";

type Resolution = TakenOver["interrupted"][number]["resolution"];

const lost = (resolution: Resolution, attempt = 1, activity = "0.1"): Fact => ({
  kind: "TakenOver",
  fromTurn: "server-a-1",
  interrupted: [{ activity, attempt, resolution }],
});

const resolved = (more: Partial<ActivityResolved> = {}): ActivityResolved => ({
  kind: "ActivityResolved",
  activity: "0.1",
  attempt: 1,
  resolution: "succeeded",
  by: "key:ann",
  ...more,
});

const asks = (attempt = 1) => ({ kind: "AskOperator", activity: "0.1", attempt });

const look = "holdfast:http:request";

/** A task that has been interrupted, and the commands that followed. */
const interrupted = async (
  resolution: Resolution,
  given: { readonly state?: Fields; readonly top?: Fields; readonly input?: Json } = {},
) => {
  const definition = only(task(given.state), given.top);
  const { scenario } = await begin(definition, given.input ?? { n: 7 });
  const commands = await scenario.take(lost(resolution), 5_000);
  return { scenario, commands };
};

const activityOf = ({ state }: Scenario) => state.activities["0.1"];

const since = (scenario: Scenario, count: number) =>
  scenario.events.slice(-count).map(({ type, details }) => ({ type, ...details }));

describe("a question", () => {
  test("stands in the activity, with what is known", async () => {
    const { scenario, commands } = await interrupted("ask", {
      state: { TimeoutSeconds: 60, HeartbeatSeconds: 20 },
    });
    expect(commands).toEqual([asks()]);
    const { nowMs } = scenario.state;
    expect(activityOf(scenario)).toMatchObject({
      phase: "waitingForOperator",
      attempt: 1,
      interrupted: {
        attempt: 1,
        startedAtMs: nowMs - 5_000,
        turn: "server-a-1",
        timeoutMs: 60_000,
        question: { sinceMs: nowMs },
      },
    });
    expect(scenario.timerInMs).toBeUndefined();
    expect(since(scenario, 1)).toMatchObject(
      [{ type: "TaskFailed", error: "Holdfast.Interrupted", cause: /operator/ }].map((event) => ({
        ...event,
        cause: expect.stringMatching(event.cause),
      })),
    );
  });

  test("has the time of AskTimeoutSeconds, then the activity has failed", async () => {
    const { scenario } = await interrupted("ask", {
      state: {
        Orchestration: { AskTimeoutSeconds: 60 },
        Catch: [{ ErrorEquals: ["Holdfast.Interrupted"], Next: "Caught" }],
      },
    });
    expect(scenario.timerInMs).toBe(60_000);
    await scenario.wake();
    expect(ended(scenario)).toMatchObject({
      status: "SUCCEEDED",
      output: { Error: "Holdfast.Interrupted", Cause: expect.stringContaining("no operator") },
    });
  });

  test("whose time is over is retried by whoever names it, with new parameters and no question", async () => {
    const { scenario } = await interrupted("ask", {
      state: {
        Orchestration: { AskTimeoutSeconds: 60 },
        Retry: [{ ErrorEquals: ["Holdfast.Interrupted"], IntervalSeconds: 1 }],
      },
    });
    await scenario.wake();
    expect(activityOf(scenario)).toMatchObject({ phase: "waitingToRetry" });
    expect(activityOf(scenario)?.interrupted).toBeUndefined();
    expect(await scenario.take(resolved())).toEqual([]);
    expect(await scenario.wake()).toEqual([run("0.1", 2)]);
  });

  test.each<[string, Fact]>([
    ["the late result of the attempt", succeeded("0.1", 1)],
    ["its late failure", failed("0.1", 1)],
    ["a heartbeat", { kind: "ActivityHeartbeat", activity: "0.1", attempt: 1 }],
    ["a checkpoint", { kind: "ActivityCheckpoint", activity: "0.1", attempt: 1, checkpoint: 1 }],
    ["an answer about another attempt", resolved({ attempt: 2 })],
    ["an answer about another activity", resolved({ activity: "0.9" })],
  ])("is not changed by %s", async (_name, fact) => {
    const { scenario } = await interrupted("ask", { state: { HeartbeatSeconds: 20 } });
    const before = structuredClone(scenario.state);
    expect(isLate(scenario.state, fact)).toBe(true);
    expect(await scenario.take(fact)).toEqual([]);
    expect(scenario.state).toEqual(before);
  });

  test("ends with its execution, which gives nothing up for it", async () => {
    const { scenario } = await interrupted("ask");
    expect(await scenario.take({ kind: "StopRequested", by: "key:ann" })).toEqual([]);
    expect(scenario.state).toMatchObject({ status: "ABORTED", activities: {} });
    expect(scenario.types.slice(-2)).toEqual(["TaskStateAborted", "ExecutionAborted"]);
  });

  test("that is due when its execution is stopped is not said to have timed out", async () => {
    const { scenario } = await interrupted("ask", {
      state: { Orchestration: { AskTimeoutSeconds: 60 } },
    });
    await scenario.take({ kind: "StopRequested", by: "key:ann" }, 60_000);
    expect(scenario.types).not.toContain("TaskTimedOut");
  });

  test("of an item is of its own: the others go on", async () => {
    const { scenario } = await begin(only(mapOver(task())), [1, 2]);
    await scenario.take(lost("ask", 1, "1.1"));
    await scenario.take(succeeded("2.1", 1, "b"));
    expect(scenario.state.status).toBe("RUNNING");
    await scenario.take(resolved({ activity: "1.1", output: "a" }));
    expect(ended(scenario)).toEqual({ status: "SUCCEEDED", output: ["a", "b"] });
  });

  test("can be asked again about the attempt that the operator has let run", async () => {
    const { scenario } = await interrupted("ask", { state: { TimeoutSeconds: 60 } });
    expect(await scenario.take(resolved({ resolution: "retry" }), 90_000)).toEqual([run("0.1", 2)]);
    expect(scenario.timerInMs).toBe(60_000);
    expect(since(scenario, 2)).toMatchObject([
      { type: "TaskScheduled", resolvedBy: "key:ann", timeoutInSeconds: 60 },
      { type: "TaskStarted" },
    ]);
    expect(await scenario.take(lost("ask", 2))).toEqual([asks(2)]);
    expect(activityOf(scenario)?.interrupted).toMatchObject({ attempt: 2, timeoutMs: 60_000 });
    expect(isLate(scenario.state, resolved())).toBe(true);
    await scenario.take(resolved({ attempt: 2 }));
    expect(scenario.state.status).toBe("SUCCEEDED");
  });
});

describe("an answer", () => {
  test("gives the output that the state goes on with, as any result does", async () => {
    const { scenario } = await interrupted("ask", {
      state: { ResultSelector: { "id.$": "$.id" }, ResultPath: "$.paid" },
    });
    await scenario.take(resolved({ output: { id: 1, more: 2 } }));
    expect(ended(scenario)).toEqual({ status: "SUCCEEDED", output: { n: 7, paid: { id: 1 } } });
    expect(since(scenario, 3)[0]).toMatchObject({
      type: "TaskSucceeded",
      output: { id: 1, more: 2 },
      resolvedBy: "key:ann",
    });
  });

  test("without an output gives an empty one", async () => {
    const { scenario } = await interrupted("ask");
    await scenario.take(resolved());
    expect(ended(scenario)).toEqual({ status: "SUCCEEDED", output: {} });
  });

  test("of a failure is a failure like any other", async () => {
    const { scenario } = await interrupted("ask", {
      state: { Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 0, MaxAttempts: 1 }] },
    });
    const commands = await scenario.take(resolved({ resolution: "failed", error: "Odd" }));
    expect(commands).toEqual([run("0.1", 2)]);
    expect(
      scenario.events.find(({ details }) => details["resolvedBy"] === "key:ann"),
    ).toMatchObject({
      type: "TaskFailed",
      details: { error: "Odd", cause: expect.stringContaining("key:ann says") },
    });
  });

  test("of a failure without a name is no failure that everybody retries", async () => {
    const { scenario } = await interrupted("ask", {
      state: { Retry: [{ ErrorEquals: ["States.ALL"] }] },
    });
    await scenario.take(resolved({ resolution: "failed", cause: "gone" }));
    expect(ended(scenario)).toEqual({
      status: "FAILED",
      error: "Holdfast.Interrupted",
      cause: "gone",
    });
  });

  test("is remembered with who gave it, and told from another one", async () => {
    const { scenario } = await interrupted("ask");
    await scenario.take(resolved({ output: { a: 1 } }));
    const earlier = (fact: ActivityResolved) => resolutionBefore(scenario.state, fact);
    expect(earlier(resolved({ output: { a: 1 }, by: "key:bob" }))).toEqual({
      by: "key:ann",
      isSame: true,
    });
    for (const other of [
      resolved({ output: { a: 2 } }),
      resolved({ resolution: "retry" }),
      resolved({ resolution: "failed", error: "E" }),
      resolved({ resolution: "failed", cause: "c" }),
    ])
      expect(earlier(other)?.isSame).toBe(false);
    expect(earlier(resolved({ attempt: 2 }))).toBeUndefined();
    expect(earlier(resolved({ activity: "0.2" }))).toBeUndefined();
  });

  test("is forgotten after many others", async () => {
    const { scenario } = await interrupted("ask");
    for (let attempt = 1; attempt <= resolutionsKeptMax + 1; attempt += 1) {
      await scenario.take(resolved({ attempt, resolution: "retry" }));
      await scenario.take(lost("ask", attempt + 1));
    }
    expect(scenario.state.resolutions).toHaveLength(resolutionsKeptMax);
    expect(resolutionBefore(scenario.state, resolved({ resolution: "retry" }))).toBeUndefined();
    expect(
      resolutionBefore(scenario.state, resolved({ attempt: 2, resolution: "retry" }))?.isSame,
    ).toBe(true);
  });
});

describe("a probe", () => {
  const probing = { Orchestration: { Verify: { Resource: look, Parameters: { "id.$": "$.n" } } } };

  const verdicts: readonly [string, Json][] = [
    ["happened", { happened: true, output: { id: 1 } }],
    ["happened, with nothing to tell", { happened: true }],
  ];

  test("is an attempt of the activity with its own resource and parameters", async () => {
    const { scenario, commands } = await interrupted("verify", {
      state: { ...probing, TimeoutSeconds: 60, HeartbeatSeconds: 20 },
    });
    expect(commands).toEqual([run("0.1", 2)]);
    expect(activityOf(scenario)).toMatchObject({
      attempt: 2,
      phase: "running",
      resource: "holdfast:files:copy",
      interrupted: { attempt: 1, probe: { resource: look, parameters: { id: 7 } } },
    });
    expect(scenario.timerInMs).toBe(60_000);
    expect(since(scenario, 3)).toMatchObject([
      { type: "TaskFailed", error: "Holdfast.Interrupted", resourceType: "holdfast:files" },
      { type: "TaskScheduled", resourceType: "holdfast:http", parameters: { id: 7 } },
      { type: "TaskStarted", resourceType: "holdfast:http" },
    ]);
    const heartbeat: Fact = { kind: "ActivityHeartbeat", activity: "0.1", attempt: 2 };
    await scenario.take(heartbeat, 1_000);
    await scenario.take({ ...heartbeat, kind: "ActivityCheckpoint", checkpoint: 1 } as Fact);
    expect(scenario.timerInMs).toBe(59_000);
    expect(activityOf(scenario)?.checkpoint).toBeUndefined();
  });

  test("without parameters is given the effective input", async () => {
    const { scenario } = await interrupted("verify", {
      state: { Orchestration: { Verify: { Resource: look } }, InputPath: "$.a" },
      input: { a: { b: 1 } },
    });
    expect(activityOf(scenario)?.interrupted?.probe?.parameters).toEqual({ b: 1 });
  });

  test.each(verdicts)("that says that it %s ends the activity", async (_name, verdict) => {
    const { scenario } = await interrupted("verify", { state: probing });
    await scenario.take(succeeded("0.1", 2, verdict));
    const { output = {} } = verdict as { output?: Json };
    expect(ended(scenario)).toEqual({ status: "SUCCEEDED", output });
    expect(since(scenario, 4)).toMatchObject([
      { type: "TaskSucceeded", resourceType: "holdfast:http", output: verdict },
      { type: "TaskSucceeded", resourceType: "holdfast:files", output },
      { type: "TaskStateExited" },
      { type: "ExecutionSucceeded" },
    ]);
  });

  test("that says that it did not lets it run again, with all its time", async () => {
    const { scenario } = await interrupted("verify", {
      state: { ...probing, TimeoutSeconds: 60, HeartbeatSeconds: 20 },
    });
    const commands = await scenario.take(succeeded("0.1", 2, { happened: false }), 50_000);
    expect(commands).toEqual([run("0.1", 3)]);
    expect(activityOf(scenario)).toMatchObject({ attempt: 3, phase: "running" });
    expect(activityOf(scenario)?.interrupted).toBeUndefined();
    expect(scenario.timerInMs).toBe(20_000);
  });

  test.each<[string, Json, RegExp]>([
    ["nothing about it", { other: 1 }, /does not say.*other/],
    ["a text", "yes", /"yes"/],
    ["a truth that is none", { happened: "true" }, /does not say/],
    ["a very long text", "x".repeat(5_000), /x\.\.\.$/],
  ])("that says %s leaves it to the operator", async (_name, verdict, why) => {
    const { scenario } = await interrupted("verify", { state: probing });
    expect(await scenario.take(succeeded("0.1", 2, verdict))).toEqual([asks(2)]);
    const { question, probe } = activityOf(scenario)?.interrupted ?? {};
    expect(question?.why).toMatch(why);
    expect(question?.why.length).toBeLessThan(1_100);
    expect(probe).toBeUndefined();
    expect(await scenario.take(resolved({ attempt: 2, output: 1 }))).toEqual([]);
    expect(ended(scenario)).toEqual({ status: "SUCCEEDED", output: 1 });
  });

  test("that fails leaves it to the operator: no Retry of the state is asked", async () => {
    const { scenario } = await interrupted("verify", {
      state: { ...probing, Retry: [{ ErrorEquals: ["States.ALL"] }] },
    });
    expect(await scenario.take(failed("0.1", 2, "Down"))).toEqual([asks(2)]);
    expect(activityOf(scenario)?.interrupted?.question?.why).toBe(
      "The probe failed: Down: it broke",
    );
    expect(since(scenario, 1)).toMatchObject([
      { type: "TaskFailed", resourceType: "holdfast:http" },
    ]);
  });

  test("that takes longer than the activity may is given up", async () => {
    const { scenario } = await interrupted("verify", { state: { ...probing, TimeoutSeconds: 60 } });
    expect(await scenario.wake()).toEqual([cancel("0.1", 2), asks(2)]);
    expect(since(scenario, 1)).toMatchObject([
      { type: "TaskTimedOut", resourceType: "holdfast:http" },
    ]);
    expect(scenario.timerInMs).toBeUndefined();
  });

  test("that is interrupted runs again, or leaves it to the operator", async () => {
    const { scenario } = await interrupted("verify", { state: probing });
    expect(await scenario.take(lost("restart", 2))).toEqual([run("0.1", 3)]);
    expect(activityOf(scenario)?.interrupted).toMatchObject({
      attempt: 1,
      probe: { parameters: { id: 7 } },
    });
    expect(await scenario.take(lost("ask", 3))).toEqual([asks(3)]);
    expect(activityOf(scenario)?.interrupted).toMatchObject({ attempt: 1, turn: "server-a-1" });
  });

  test("is given up when somebody knows better", async () => {
    const { scenario } = await interrupted("verify", { state: probing });
    const commands = await scenario.take(resolved({ attempt: 2, resolution: "retry" }));
    expect(commands).toEqual([cancel("0.1", 2), run("0.1", 3)]);
  });

  test.each<[string, { readonly more: Fields; readonly top?: Fields }, RegExp]>([
    ["parameters", { more: { Parameters: { "a.$": "$.none" } } }, /has no parameters.*none/],
    ["verdict", { more: { ResultSelector: { "happened.$": "$.none" } } }, /can not be read.*none/],
    [
      "parameters",
      { more: { Arguments: "{% $number('x') %}" }, top: jsonata },
      /has no parameters/,
    ],
    ["verdict", { more: { Output: "{% $number('x') %}" }, top: jsonata }, /can not be read/],
  ])(
    "whose %s can not be evaluated leaves it to the operator",
    async (_what, { more, top = {} }, why) => {
      const state = { Orchestration: { Verify: { Resource: look, ...more } } };
      const { scenario } = await interrupted("verify", { state, top });
      if (scenario.state.activities["0.1"]?.phase === "running")
        await scenario.take(succeeded("0.1", 2));
      expect(activityOf(scenario)?.interrupted?.question?.why).toMatch(why);
      expect(scenario.types).not.toContain("EvaluationFailed");
    },
  );

  test.each<[string, Fields, Fields]>([
    ["ResultSelector", { ResultSelector: { "happened.$": "$.ok", "output.$": "$" } }, {}],
    [
      "Output",
      { Output: "{% { 'happened': $states.result.ok, 'output': $states.result } %}" },
      jsonata,
    ],
  ])("has its verdict made by %s", async (_name, more, top) => {
    const state = { Orchestration: { Verify: { Resource: look, ...more } } };
    const { scenario } = await interrupted("verify", { state, top });
    await scenario.take(succeeded("0.1", 2, { ok: true, id: 3 }));
    expect(ended(scenario)).toEqual({ status: "SUCCEEDED", output: { ok: true, id: 3 } });
  });

  test("of the adapter itself has the activity's parameters, and its verdict as it is", async () => {
    const { scenario, commands } = await interrupted("verify");
    expect(commands).toEqual([run("0.1", 2)]);
    expect(activityOf(scenario)?.interrupted?.probe).toEqual({
      resource: "holdfast:files:copy",
      parameters: { n: 7 },
      isOwn: true,
    });
    await scenario.take(succeeded("0.1", 2, { happened: true, output: "x" }));
    expect(ended(scenario)).toEqual({ status: "SUCCEEDED", output: "x" });
  });

  test("that finds that a call went through lets it wait for its token, with all its time", async () => {
    const { scenario } = await interrupted("verify", {
      state: { Resource: "holdfast:files:copy.waitForTaskToken", TimeoutSeconds: 60 },
    });
    expect(activityOf(scenario)?.interrupted?.probe?.resource).toBe("holdfast:files:copy");
    await scenario.take(succeeded("0.1", 2, { happened: true, output: "sent" }), 50_000);
    expect(activityOf(scenario)).toMatchObject({ phase: "waitingForToken", attempt: 2 });
    expect(scenario.timerInMs).toBe(60_000);
    expect(since(scenario, 1)).toMatchObject([{ type: "TaskSubmitted", output: "sent" }]);
    await scenario.take(succeeded("0.1", 2, "answer"));
    expect(ended(scenario)).toEqual({ status: "SUCCEEDED", output: "answer" });
  });
});

describe("a checkpoint", () => {
  const saved: Fact = {
    kind: "ActivityCheckpoint",
    activity: "0.1",
    attempt: 1,
    checkpoint: { copied: 3 },
  };

  test("is kept over restarts and retries, the newest of them, and goes with the activity", async () => {
    const { scenario } = await begin(
      machine({
        A: task({
          End: undefined,
          Next: "B",
          Retry: [{ ErrorEquals: ["Boom"], IntervalSeconds: 0 }],
        }),
        B: task(),
      }),
    );
    await scenario.take({ ...saved, checkpoint: { copied: 1 } } as Fact);
    await scenario.take(saved);
    await scenario.take(lost("restart"));
    expect(activityOf(scenario)).toMatchObject({ attempt: 2, checkpoint: { copied: 3 } });
    await scenario.take(saved);
    await scenario.take(failed("0.1", 2));
    expect(activityOf(scenario)).toMatchObject({ attempt: 3, checkpoint: { copied: 3 } });
    await scenario.take(succeeded("0.1", 3));
    expect(scenario.state.activities["0.2"]?.checkpoint).toBeUndefined();
  });

  test("moves the deadline of the heartbeat", async () => {
    const { scenario } = await begin(only(task({ HeartbeatSeconds: 20 })));
    await scenario.take(saved, 15_000);
    expect(scenario.timerInMs).toBe(20_000);
  });

  test("is given to the attempt that an operator lets run", async () => {
    const { scenario } = await begin(only(task()));
    await scenario.take(saved);
    await scenario.take(lost("ask"));
    await scenario.take(resolved({ resolution: "retry" }));
    expect(activityOf(scenario)).toMatchObject({ attempt: 2, checkpoint: { copied: 3 } });
  });
});
