/** What a function leaves undone when its time is up, on the memory platform under a virtual clock. */
import { describe, expect, it } from "vitest";
import type { StateMachine } from "#core/asl/definition.ts";
import { createEngine } from "#engine/create-engine.ts";
import { awsSettings } from "#engine/settings.ts";
import { takeTurns } from "#lambdas/take-turns.ts";
import { memoryPlatform } from "#platforms/memory/memory-platform.ts";
import { seededEntropy } from "#platforms/memory/seeded-entropy.ts";
import { virtualClock } from "#platforms/memory/virtual-clock.ts";

const definition: StateMachine = {
  StartAt: "Do",
  States: { Do: { Type: "Task", Resource: "holdfast:test:do", End: true } },
};
const program = () => ({ process: "p", version: 1, definition });
/** Time of the function, ms. */
const timeMs = 60_000;

/** Two executions wait for a turn; of one of them the log is not read before `answer` is called. */
const openFunction = async () => {
  const clock = virtualClock(0);
  const platform = memoryPlatform({ clock });
  const began: string[] = [];
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const engineOf = (duty: "items" | "callers") =>
    createEngine({
      platform: {
        ...platform,
        log: {
          ...platform.log,
          load: async (executionId) => {
            const loaded = await platform.log.load(executionId);
            if (executionId === "p:silent") await answered;
            return loaded;
          },
        },
      },
      clock,
      entropy: seededEntropy(1),
      runner: {
        run: async ({ executionId }) => {
          began.push(executionId);
          await new Promise<void>((resolve) => {
            clock.after(20_000, resolve);
          });
          return { kind: "succeeded", output: null };
        },
        mayRestart: () => true,
        mayVerify: () => false,
      },
      program,
      settings: awsSettings,
      duty,
      server: duty,
      onSystemEvent: () => {},
    });
  const callers = engineOf("callers");
  for (const name of ["lively", "silent"])
    await callers.start({ process: "p", name, input: null, startedBy: "test" });
  const engine = engineOf("items");
  return { clock, platform, began, engine, answer };
};

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

type Function = Awaited<ReturnType<typeof openFunction>>;

/** One invocation; answers when it was over, ms after its beginning, if it was in its time. */
const invoke = async ({ clock, engine }: Function): Promise<number | undefined> => {
  let overAtMs: number | undefined;
  const inbox = { put: () => ({ end: () => [] }) };
  const logger = { error: () => {} };
  const runtime = {
    engine,
    clock,
    inbox,
    logger,
    refresh: async () => {},
    settled: async () => {},
  };
  void takeTurns(runtime, [], timeMs).then(() => {
    overAtMs = clock.nowMs();
  });
  for (;;) {
    await settle();
    if (overAtMs !== undefined || clock.nowMs() >= timeMs) return overAtMs;
    clock.advanceTo(clock.nowMs() + 100);
  }
};

describe("a function for turns", () => {
  it("answers in its time although the log of an execution is not read", async () => {
    const opened = await openFunction();
    expect(await invoke(opened)).toBeLessThan(timeMs);
    expect((await opened.platform.heads.get("p:lively"))?.head.status).toBe("SUCCEEDED");
  });

  it("begins nothing of an execution whose log was read when the function had answered", async () => {
    const opened = await openFunction();
    const { began, engine, answer } = opened;
    await invoke(opened);
    answer();
    await settle();
    expect(engine.load()).toBe(0);
    expect(began).toEqual(["p:lively"]);
  });
});
