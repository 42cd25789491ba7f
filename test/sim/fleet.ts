/**
 * Functions of a simulation: servers that work when they are called and stand still in between. An event source
 * gives them work items, callers call them, and a sweep comes every minute, mostly.
 */

import { OrchestratorError } from "#core/errors.ts";
import type { Duty } from "#engine/duty.ts";
import type { Engine, OnCall } from "#engine/engine.ts";
import { HandOver } from "#engine/hand-over.ts";
import type { EngineSettings } from "#engine/settings.ts";
import { sweepAheadMs } from "#engine/settings.ts";
import { watchWrites } from "#lambdas/pending-writes.ts";
import { takeTurns } from "#lambdas/take-turns.ts";
import { AwsQueue } from "#platforms/aws/aws-queue.ts";
import type { WorkInbox } from "#platforms/aws/work-inbox.ts";
import type { VirtualClock } from "#platforms/memory/virtual-clock.ts";
import type { Clock } from "#ports/clock.ts";
import type { Journal, Write } from "#ports/journal.ts";
import type { Platform } from "#ports/platform.ts";
import type { FaultRates } from "./faults.ts";
import type { Random } from "./random.ts";
import { type ServerOptions, type SimServer, simServer } from "./sim-server.ts";
import { SimSqs } from "./sim-sqs.ts";
import { Line, type Storage } from "./storage.ts";
import { lifeGate } from "./world.ts";

/** What begins and ends with a call. */
const callMs = 29_000;
const graceMs = 500;
const settleMs = 2_000;
const sweepEveryMs = 60_000;
/** So long before its time is up a function that takes turns begins to let go of them. */
const reservedMs = 13_000;

interface Instance extends SimServer {
  readonly unit: Duty;
  readonly inbox: WorkInbox;
  readonly clock: Clock;
  readonly settled: () => Promise<void>;
  isBusy: boolean;
}

export interface FleetOptions {
  readonly random: Random;
  readonly storage: Storage;
  readonly clock: VirtualClock;
  readonly settings: EngineSettings;
  readonly rates: () => FaultRates | undefined;
  /** Time of a function that takes turns, ms. */
  readonly turnMs: number;
  /** Functions that take turns at the same time. */
  readonly turnsAtOnceMax: number;
  readonly server: (
    name: string,
  ) => Omit<ServerOptions, "name" | "settings" | "storage" | "clock" | "rates" | "sabotage">;
  readonly note: (line: string) => void;
  readonly violated: (kind: string, message: string) => void;
  readonly joined: (server: SimServer) => void;
  readonly isOver: () => boolean;
}

/** A journal whose queue is that of SQS. */
const withQueue = (journal: Journal, queue: AwsQueue): Journal => {
  const writeOne = async (write: Write) => {
    if (write.kind === "Enqueue") await queue.enqueue(write);
    else if (write.kind === "ExtendItems") await queue.extend(write);
    else if (write.kind === "RemoveItem") await queue.remove(write);
    else return journal.write([write]);
    return { kind: "written" } as const;
  };
  return {
    write: async ([write, ...more]) => {
      if (write === undefined || more.length > 0) throw new Error("a line writes one at a time");
      return writeOne(write);
    },
  };
};

export class Fleet {
  readonly #options: FleetOptions;
  readonly #sqs: SimSqs;
  readonly #instances: Instance[] = [];
  /** Functions that gave up what still ran when they had answered a caller, or when their time was nearly up. */
  readonly #givingUp = new Set<string>();
  #handOver: HandOver | undefined;
  #sweeps = 0;
  #isDispatchSet = false;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#sqs = new SimSqs(options);
    options.storage.platform.queue.onVisible(() => this.#dispatchSoon());
    this.#sweepLater();
  }

  /** The engine behind the functions for calls: each call is an invocation. */
  get callers(): Engine {
    const called = (method: keyof Engine, given: readonly never[]) =>
      this.#call((engine) =>
        (engine[method] as (...given: unknown[]) => Promise<unknown>)(...given),
      );
    const start: Engine["start"] = (request) =>
      this.#call(async (engine) => {
        if (this.#options.random.chance(0.7)) return engine.start(request);
        const started = await engine.start({ ...request, isAwaited: true });
        await engine.awaitEnd(started.executionId, this.#options.random.int(0, 20_000));
        return started;
      });
    return new Proxy({} as Engine, {
      get: (_, method) =>
        method === "start" ? start : (...given: never[]) => called(method as keyof Engine, given),
    });
  }

  /** Those that an invocation goes on in. */
  get working(): readonly SimServer[] {
    return this.#instances.filter(({ isBusy }) => isBusy);
  }

  /** Whether a takeover need not mean that anything was wrong: what is done may take longer than somebody waits, or than a function has. */
  mayTakeOver(message: string): boolean {
    return [...this.#givingUp].some((name) => message.includes(` from turn ${name}-`));
  }

  #idle(unit: Duty): Instance {
    const idle = this.#instances.filter((one) => one.unit === unit && !one.isBusy && !one.isDead());
    const { random } = this.#options;
    if (idle.length > 0 && random.chance(0.9)) return random.pick(idle);
    return this.#open(unit);
  }

  #open(unit: Duty): Instance {
    const { storage, clock, settings, rates, joined, server } = this.#options;
    const name = `${unit}${this.#instances.length + 1}`;
    let own: Clock = clock;
    let settled = async (_timeoutMs: number) => {};
    // The queue is there before its server is.
    const ownClock: Clock = {
      nowMs: () => own.nowMs(),
      after: (delayMs, task) => own.after(delayMs, task),
    };
    const queue = new AwsQueue({
      messages: this.#sqs.messages,
      clock: ownClock,
      source: "inbox",
    });
    const platform: Platform = {
      ...storage.platform,
      journal: withQueue(storage.platform.journal, queue),
      queue: {
        receive: (asked) => queue.receive(asked),
        onVisible: (wake) => queue.onVisible(wake),
      },
    };
    const made = simServer({
      ...server(name),
      name,
      settings,
      clock,
      rates,
      isOnCall: true,
      storage: { ...storage, platform },
      sabotage: (given) => {
        own = given.clock;
        const watched = watchWrites(given.platform, given.clock);
        settled = watched.settled;
        return { ...given, platform: watched.platform, duty: unit };
      },
    });
    const instance: Instance = {
      ...made,
      unit,
      inbox: queue.inbox,
      clock: ownClock,
      settled: () => settled(settleMs),
      isBusy: false,
    };
    this.#instances.push(instance);
    joined(instance);
    return instance;
  }

  /** Thaws an instance for an invocation, and freezes it after that; dead is whoever takes too long. */
  async #invoke<T>(instance: Instance, timeMs: number, work: () => Promise<T>): Promise<T> {
    const { clock, note, violated } = this.#options;
    instance.isBusy = true;
    instance.thaw();
    const cancel = clock.after(timeMs, () => {
      note(`${instance.name} has timed out`);
      instance.kill();
      this.#dispatchSoon();
    });
    try {
      return await work();
    } finally {
      cancel();
      if (!instance.isDead()) {
        const [left] = instance.engine.inFlight();
        if (left !== undefined)
          violated(
            "frozen",
            `${instance.name} ends while ${left.executionId} runs ${left.activity}`,
          );
        instance.freeze();
        instance.isBusy = false;
      }
    }
  }

  #call<T>(work: (engine: Engine & OnCall) => Promise<T>): Promise<T> {
    const instance = this.#idle("callers");
    const { engine, settled } = instance;
    return this.#invoke(instance, callMs, async () => {
      try {
        return await work(engine);
      } finally {
        if (engine.load() > 0) {
          this.#givingUp.add(instance.name);
          await engine.leave({ graceMs });
        }
        await settled();
      }
    });
  }

  /** An event source is not there at once. */
  #dispatchSoon(): void {
    if (this.#isDispatchSet) return;
    this.#isDispatchSet = true;
    const { clock, random } = this.#options;
    clock.after(random.int(5, 50), () => {
      this.#isDispatchSet = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    if (this.#options.isOver()) return;
    const { turnMs, turnsAtOnceMax, violated } = this.#options;
    const busy = () =>
      this.#instances.filter(({ unit, isBusy, isDead }) => unit === "items" && isBusy && !isDead());
    while (busy().length < turnsAtOnceMax) {
      const messages = this.#sqs.deliver(turnMs);
      if (messages.length === 0) return;
      const instance = this.#idle("items");
      void this.#invoke(instance, turnMs, async () => {
        const { inbox, engine, settled, clock } = instance;
        const logger = {
          error: (message: string, cause: unknown) => {
            if (!(cause instanceof OrchestratorError)) violated("bug", `${message}: ${cause}`);
          },
        };
        const runtime = { inbox, engine, settled, clock, logger, refresh: async () => {} };
        const timeUpAtMs = clock.nowMs() + turnMs - reservedMs;
        const again = new Set(await takeTurns(runtime as never, messages, turnMs));
        if (clock.nowMs() >= timeUpAtMs) this.#givingUp.add(instance.name);
        for (const { messageId, receiptHandle } of messages)
          if (!again.has(messageId)) this.#sqs.remove(receiptHandle);
      }).then(() => this.#dispatchSoon());
    }
  }

  #sweepLater(): void {
    const { clock, random, rates, isOver } = this.#options;
    const isLate = rates() !== undefined && random.chance(0.2);
    const afterMs = isLate ? random.int(1, 10 * sweepEveryMs) : sweepEveryMs;
    clock.after(afterMs, () => {
      if (isOver()) return;
      const times = rates() !== undefined && random.chance(0.2) ? 2 : 1;
      for (let time = 0; time < times; time += 1) void this.#sweep();
      this.#sweepLater();
    });
  }

  /** A sweep by an instance of its own: it dies now and then, and its memory with it. */
  async #sweep(): Promise<void> {
    const { storage, clock, random, rates, server, note } = this.#options;
    this.#sweeps += 1;
    if (this.#handOver === undefined || random.chance(0.1)) {
      const gate = lifeGate();
      const queue = new AwsQueue({ messages: this.#sqs.messages, clock, source: "inbox" });
      const platform = {
        ...storage.platform,
        journal: withQueue(storage.platform.journal, queue),
      };
      const { random: draws, isOut, applied } = server(`sweep${this.#sweeps}`);
      const line = new Line({
        storage: { ...storage, platform },
        clock,
        gate,
        random: draws,
        rates,
        isOut,
        applied,
        crash: () => {
          gate.kill();
          this.#handOver = undefined;
        },
      });
      this.#handOver = new HandOver({ platform: line.platform, clock, aheadMs: sweepAheadMs });
    }
    try {
      const { handedOver, overdue } = await this.#handOver.sweep();
      note(`sweep: ${handedOver} handed over, ${overdue} overdue`);
    } catch (error) {
      if (!(error instanceof OrchestratorError)) throw error;
      note(`sweep failed: ${error.message}`);
    }
  }
}
