import { expect, it } from "vitest";
import type { StateMachine } from "#core/asl/definition.ts";
import { world } from "./world.ts";

const hourMs = 3_600_000;

const waiting = (more: object): StateMachine => ({
  StartAt: "Ask",
  States: {
    Ask: {
      Type: "Task",
      Resource: "holdfast:signals:wait",
      Parameters: { Names: ["go"] },
      End: true,
      ...more,
    },
  },
});

const setUp = async (definition: StateMachine, settings: object = {}) => {
  const w = world({ definition, script: () => new Promise(() => {}) });
  const server = () => w.server(settings, { watchdog: true });
  const { engine } = server();
  const startedAtMs = w.clock.nowMs();
  const asked = { process: "p", name: "x", input: {}, startedBy: "t" };
  const { executionId } = await engine.start(asked);
  await w.settle();
  return {
    w,
    engine,
    server,
    executionId,
    /** Lets time go on, step by step. */
    until: async (afterMs: number) => w.run(() => w.clock.nowMs() >= startedAtMs + afterMs, 1e9),
    overdue: () => w.events.filter(({ kind }) => kind === "wait-overdue"),
  };
};

it("a wait beyond the deadline of its state is told of, once and in time", async () => {
  const d = await setUp(waiting({ Orchestration: { WaitDeadlineSeconds: 60 } }));
  await d.until(59_000);
  expect(d.overdue()).toEqual([]);
  await d.until(61_000);
  expect(d.overdue()).toMatchObject([
    { severity: "warning", executionId: d.executionId, details: { kind: "signal", state: "Ask" } },
  ]);
  await d.until(2 * hourMs);
  expect(d.overdue()).toHaveLength(1);
});

it("a server that starts later tells of it under the same key", async () => {
  const d = await setUp(waiting({ Orchestration: { WaitDeadlineSeconds: 60 } }));
  await d.until(61_000);
  d.server();
  await d.until(3 * hourMs);
  const keys = d.overdue().map(({ key }) => key);
  expect(new Set(keys)).toEqual(new Set(["wait-overdue p:x 0.1"]));
});

it("a wait without a deadline of its own is told of at the age of its kind", async () => {
  const d = await setUp(waiting({}), { waitAgeMsMax: { signal: hourMs } });
  await d.until(hourMs - 1_000);
  expect(d.overdue()).toEqual([]);
  await d.until(hourMs + 1_000);
  expect(d.overdue()).toHaveLength(1);
});

it("a wait that ends in time, a timer, and an execution that has ended are not told of", async () => {
  const ended = await setUp(waiting({ Orchestration: { WaitDeadlineSeconds: 60 } }));
  await ended.until(30_000);
  await ended.engine.signal(ended.executionId, { name: "go", payload: null, by: "t" });
  await ended.w.run(() => ended.w.hasEnded(ended.executionId));
  const timer = await setUp({
    StartAt: "Rest",
    States: { Rest: { Type: "Wait", Seconds: 10_000, End: true } },
  });
  await timer.w.run(() => timer.w.hasEnded(timer.executionId), 1e9);
  expect([...ended.overdue(), ...timer.overdue()]).toEqual([]);
});

it("an activity that runs for too long is told of while it runs", async () => {
  const definition: StateMachine = {
    StartAt: "A",
    States: {
      A: {
        Type: "Task",
        Resource: "holdfast:test:a",
        End: true,
        Orchestration: { WaitDeadlineSeconds: 120 },
      },
    },
  };
  const d = await setUp(definition);
  await d.until(100_000);
  expect(d.overdue()).toEqual([]);
  await d.until(200_000);
  expect(d.overdue()).toMatchObject([{ details: { kind: "activity", state: "A" } }]);
});
