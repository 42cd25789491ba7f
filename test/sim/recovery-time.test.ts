/** What the death of a server costs at most: none of its executions waits for the time in its head, the last net (G5). */
import { describe, expect, it } from "vitest";
import type { StateMachine } from "#core/asl/definition.ts";
import { embeddedSettings } from "#engine/settings.ts";
import type { Write } from "#ports/journal.ts";
import { type Server, world } from "./world.ts";

const parent: StateMachine = {
  StartAt: "Call",
  States: {
    Call: {
      Type: "Task",
      Resource: "arn:aws:states:::states:startExecution.sync:2",
      Parameters: { StateMachineArn: "child", Input: {}, Name: "y" },
      End: true,
    },
  },
};
const child: StateMachine = {
  StartAt: "Rest",
  States: {
    Rest: { Type: "Wait", Seconds: 1, Next: "Write" },
    Write: { Type: "Task", Resource: "holdfast:test:write", End: true },
  },
};

/** A lease or a work item that runs out, the Wait of the child, and again where two looks meet. */
const costsMsMax = 2 * embeddedSettings.leaseMs + 1_000;

interface Deaths {
  /** Before or after which batch of writes each server dies, in turn: `2 * n` before the n-th, `2 * n + 1` after it. */
  readonly cuts: readonly number[];
  /** How long nobody is there after a death. */
  readonly pauseMs: number;
  /** After how many microtasks of a server the start is sent to it again. */
  readonly hops: number;
  readonly suspects: boolean;
}

/** Starts an execution on servers that die, until one has brought it to its end; answers how long that one took. */
const takesMs = async ({ cuts, pauseMs, hops, suspects }: Deaths) => {
  const w = world({ definition: parent, others: { child } });
  const { write } = w.platform.journal;
  let deathCount = 0;
  let diedAtMs = 0;
  const serverThatDies = (cut: number | undefined): Server => {
    let batchCount = 0;
    const die = async (writes: readonly Write[], isWritten: boolean) => {
      if (isWritten) await write(writes);
      server.kill();
      deathCount += 1;
      diedAtMs = w.clock.nowMs();
      return new Promise<never>(() => {});
    };
    const dying = (writes: readonly Write[]) => {
      batchCount += 1;
      const isLast = cut !== undefined && batchCount === Math.floor(cut / 2) + 1;
      return isLast ? die(writes, cut % 2 === 1) : write(writes);
    };
    Object.assign(w.platform.journal, { write: dying });
    const server = w.server({}, { suspects });
    Object.assign(w.platform.journal, { write });
    return server;
  };
  let isAcknowledged = false;
  for (let turn = 0; ; turn += 1) {
    const { engine } = serverThatDies(cuts[turn]);
    for (let hop = 0; hop < hops; hop += 1) await undefined;
    const request = { process: "p", name: "x", input: 1, startedBy: "t" };
    if (!isAcknowledged)
      void engine.start(request).then(() => {
        isAcknowledged = true;
      });
    await w.run(async () => deathCount > turn || (await w.hasEnded("p:x")));
    if (deathCount === turn) break;
    const backAtMs = w.clock.nowMs() + pauseMs;
    w.clock.after(pauseMs, () => {});
    await w.run(() => w.clock.nowMs() >= backAtMs);
  }
  return { tookMs: w.clock.nowMs() - diedAtMs, deathCount };
};

/** Deaths between any two writes of the first server, and of the one after it where `isTwice`. */
const everyDeath = async (options: Omit<Deaths, "cuts">, isTwice: boolean) => {
  const slow: string[] = [];
  let count = 0;
  const note = async (cuts: readonly number[]): Promise<boolean> => {
    const { tookMs, deathCount } = await takesMs({ ...options, cuts });
    if (deathCount < cuts.length) return false;
    count += 1;
    if (tookMs > costsMsMax) slow.push(`${tookMs} ms after ${cuts} of ${JSON.stringify(options)}`);
    return true;
  };
  for (let cut = 0; await note([cut]); cut += 1)
    for (let next = 0; isTwice && (await note([cut, next])); next += 1);
  return { slow, count };
};

describe("an execution with a child, whose start is repeated until it is acknowledged", () => {
  it.each([
    [0, false],
    [0, true],
    [embeddedSettings.leaseMs, false],
    [embeddedSettings.leaseMs, true],
  ])(
    "goes on soon when servers die (%i ms until the next, suspects: %s)",
    async (pauseMs, suspects) => {
      for (let hops = 0; hops < 16; hops += 1) {
        const { slow, count } = await everyDeath({ pauseMs, hops, suspects }, hops % 8 === 0);
        expect(slow).toEqual([]);
        expect(count).toBeGreaterThan(10);
      }
    },
  );
});

const one: StateMachine = {
  StartAt: "Write",
  States: { Write: { Type: "Task", Resource: "holdfast:test:write", End: true } },
};

describe("a turn whose work item another server has let go, for the sake of a second one", () => {
  it("has one again when it lets the second one go: the death of its server costs no more", async () => {
    const w = world({
      definition: one,
      script: ({ attempt, parameters }) =>
        attempt === 1 ? new Promise(() => {}) : { kind: "succeeded", output: parameters },
    });
    const first = w.server();
    const { executionId } = await first.engine.start({
      process: "p",
      name: "x",
      input: 1,
      startedBy: "t",
    });
    await w.run(() => w.began.length === 1);
    const { journal, log } = w.platform;
    const own = (await log.read(executionId, { fromSeq: 0, limit: 1 }))[0]?.commitId ?? "";
    const second = { itemId: "second", executionId, visibleAtMs: w.clock.nowMs() };
    await journal.write([
      { kind: "RemoveItem", itemId: own },
      { kind: "Enqueue", ...second },
    ]);
    await w.settle();
    first.kill();
    const diedAtMs = w.clock.nowMs();
    w.server();
    await w.run(() => w.hasEnded(executionId));
    expect(w.clock.nowMs() - diedAtMs).toBeLessThanOrEqual(costsMsMax);
  });
});
