/**
 * The memory platform as one server sees it over a line that loses, delays and cuts. Each single
 * write of a batch reaches the store by itself, so that anything may happen between two of them.
 */
import { OrchestratorError } from "#core/errors.ts";
import { memoryDocuments } from "#platforms/memory/memory-documents.ts";
import { memoryHeads } from "#platforms/memory/memory-heads.ts";
import { memoryJournal } from "#platforms/memory/memory-journal.ts";
import { memoryLog } from "#platforms/memory/memory-log.ts";
import { memoryQueue } from "#platforms/memory/memory-queue.ts";
import { copy, type MemoryStore } from "#platforms/memory/memory-store.ts";
import type { VirtualClock } from "#platforms/memory/virtual-clock.ts";
import type { Journal, Write, WriteOutcome } from "#ports/journal.ts";
import type { Platform } from "#ports/platform.ts";
import type { FaultRates } from "./faults.ts";
import type { Random } from "./random.ts";
import { type lifeGate, never } from "./world.ts";

export interface Storage {
  readonly store: MemoryStore;
  readonly platform: Platform;
  /** To be called when the store was changed past the journal. */
  readonly changed: () => void;
}

/** The store itself, without any fault. */
export const storage = (clock: VirtualClock): Storage => {
  const store: MemoryStore = { executions: new Map(), items: new Map(), documents: new Map() };
  const { queue, changed } = memoryQueue(store, clock);
  return {
    store,
    changed,
    platform: {
      journal: memoryJournal({ store, beforeWrite: undefined, changed }),
      log: memoryLog(store),
      heads: memoryHeads(store),
      queue,
      documents: memoryDocuments(store),
    },
  };
};

export interface LineOptions {
  readonly storage: Storage;
  readonly clock: VirtualClock;
  readonly gate: ReturnType<typeof lifeGate>;
  readonly random: Random;
  /** `undefined` once the faults have stopped. */
  readonly rates: () => FaultRates | undefined;
  readonly isOut: () => boolean;
  readonly crash: () => void;
  /** Whether it stands still between two writes of a batch, too, as a server does that writes each by itself. */
  readonly isOnCall?: boolean;
  readonly applied: (write: Write, outcome: WriteOutcome) => void;
  /** Whether what was on its way when the server died may still arrive; absent: it may. */
  readonly mayStillArrive?: () => boolean;
  /** Whether the server dies of trying to write this. */
  readonly isDeadly?: (write: Write) => boolean;
  /** Called with each batch before anything becomes of it. */
  readonly sent?: (writes: readonly Write[]) => void;
  /** Whether servers die while they write documents, and are not told that they were written. */
  readonly hasDocumentFaults?: boolean;
}

/** Lists lag by so much at most, ms. */
const lagMsMax = 5_000;

const unavailable = (what: string) =>
  new OrchestratorError("storage-unavailable", `simulated: ${what}`);

/** One server's line to the store. */
export class Line {
  readonly #options: LineOptions;
  /** What lists have answered: by their name and what was asked. */
  readonly #listed = new Map<string, { readonly atMs: number; readonly answer: unknown }>();

  constructor(options: LineOptions) {
    this.#options = options;
  }

  get platform(): Platform {
    const { platform } = this.#options.storage;
    const { gate } = this.#options;
    const read =
      <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
      (...args: A): Promise<R> =>
        this.#alive(() => this.#read(() => call(...args)));
    return {
      journal: {
        write: (writes) => {
          const batch = copy(writes);
          return this.#alive(() => this.#write(batch));
        },
      },
      log: { load: read(platform.log.load), read: read(platform.log.read) },
      heads: {
        get: read(platform.heads.get),
        list: read(this.#lagging("heads", platform.heads.list)),
        due: read(this.#lagging("due", platform.heads.due)),
        nextDueAtMs: read(platform.heads.nextDueAtMs),
      },
      queue: {
        receive: read(platform.queue.receive),
        onVisible: (wake) => platform.queue.onVisible(() => gate.pass(wake)),
      },
      documents: {
        get: read(platform.documents.get),
        list: read(this.#lagging("documents", platform.documents.list)),
        put: read(this.#lossy(platform.documents.put)),
        remove: read(this.#lossy(platform.documents.remove)),
      },
    };
  }

  /** The answer reaches the server only while it is alive, and no sooner than it is thawed. */
  #alive<T>(call: () => Promise<T>): Promise<T> {
    const { gate } = this.#options;
    if (gate.isDead()) return never();
    return new Promise((resolve, reject) => {
      call().then(
        (result) => gate.pass(() => resolve(result)),
        (error: unknown) => gate.pass(() => reject(error)),
      );
    });
  }

  /** Lists may lag behind writes. */
  #lagging<A extends unknown[], R>(
    name: string,
    list: (...args: A) => Promise<R>,
  ): (...args: A) => Promise<R> {
    return async (...args) => {
      // The time that `due` is asked for differs from call to call.
      const key = name === "due" ? name : `${name} ${JSON.stringify(args)}`;
      const before = this.#listed.get(key);
      const nowMs = this.#options.clock.nowMs();
      if (before !== undefined && nowMs - before.atMs <= lagMsMax && this.#strikes("staleList"))
        return copy(before.answer as R);
      const answer = await list(...args);
      this.#listed.set(key, { atMs: nowMs, answer: copy(answer) });
      return answer;
    };
  }

  /** A document is written, and nobody hears of it; or somebody dies before or after. */
  #lossy<A extends unknown[], R>(put: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
    const { hasDocumentFaults = false, crash } = this.#options;
    if (!hasDocumentFaults) return put;
    return async (...args) => {
      if (this.#strikes("crashAtWrite")) crash();
      if (this.#options.gate.isDead()) return never();
      const answer = await put(...args);
      if (this.#strikes("crashAtWrite")) crash();
      if (this.#strikes("lostAck")) throw unavailable("the acknowledgement was lost");
      return answer;
    };
  }

  #strikes(
    rate:
      | "crashAtWrite"
      | "cutBatch"
      | "lostAck"
      | "refusedRead"
      | "throttledWrite"
      | "staleList"
      | "delay",
  ): boolean {
    const rates = this.#options.rates();
    return rates !== undefined && rates[rate] > 0 && this.#options.random.chance(rates[rate]);
  }

  /** Nothing at all unless there is a delay, so that a line without faults adds no interleavings of its own. */
  #travel(): Promise<void> | undefined {
    const rates = this.#options.rates();
    if (rates === undefined || !this.#strikes("delay")) return undefined;
    const delayMs = this.#options.random.int(1, rates.delayMsMax);
    return new Promise((resolve) => {
      this.#options.clock.after(delayMs, resolve);
    });
  }

  async #read<T>(call: () => Promise<T>): Promise<T> {
    const { isOut } = this.#options;
    await this.#travel();
    if (isOut() || this.#strikes("refusedRead")) throw unavailable("a read is refused");
    const result = await call();
    await this.#travel();
    return result;
  }

  async #write(writes: readonly Write[]): Promise<WriteOutcome> {
    const { gate, isOut, sent } = this.#options;
    sent?.(writes);
    if (isOut()) {
      await this.#travel();
      throw unavailable("the storage is out");
    }
    if (this.#strikes("throttledWrite")) throw unavailable("the writes are throttled");
    const outdated: string[] = [];
    for (const [index, write] of writes.entries()) {
      const outcome = await this.#writeOne(write, index);
      if (outcome.kind !== "written") return outcome;
      outdated.push(...(outcome.outdated ?? []));
      if (gate.isDead()) return never();
      if (this.#strikes("cutBatch")) throw unavailable("the batch was cut");
    }
    await this.#travel();
    if (this.#strikes("lostAck")) throw unavailable("the acknowledgement was lost");
    return outdated.length === 0 ? { kind: "written" } : { kind: "written", outdated };
  }

  async #writeOne(write: Write, index: number): Promise<WriteOutcome> {
    const { gate, random, crash, storage, applied, isDeadly, mayStillArrive, isOnCall } =
      this.#options;
    await this.#travel();
    if (isOnCall === true) await new Promise<void>((resolve) => gate.pass(resolve));
    // What was on its way when the server died may still arrive.
    if (gate.isDead() && (random.chance(0.6) || mayStillArrive?.() === false)) return never();
    if (this.#strikes("crashAtWrite") || (!gate.isDead() && isDeadly?.(write) === true)) {
      crash();
      return never();
    }
    const journal: Journal = storage.platform.journal;
    const outcome = await journal.write([write]);
    const placed = outcome.kind === "written" ? outcome : { ...outcome, index };
    applied(write, placed);
    if (this.#strikes("crashAtWrite")) crash();
    return placed;
  }
}
