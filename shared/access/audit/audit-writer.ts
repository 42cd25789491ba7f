import { OrchestratorError } from "#core/errors.ts";
import type { Clock } from "#ports/clock.ts";
import type { AuditEntry, AuditHead } from "./audit.ts";
import { type AuditBlocks, blockAfter } from "./block.ts";
import { blockEntriesMax, retryDelayMs, waitingCountMax, writeRoundsMax } from "./limits.ts";

interface Waiting {
  readonly entry: AuditEntry;
  /** Of an entry that somebody waits for. */
  readonly settle?: (error: unknown) => void;
}

/**
 * I82 An entry is written at least once. Where the storage has stored a block and said that it has not,
 *     its entries stand in two blocks, under the same ids.
 *
 * Writes entries in the order in which they come, as many as wait in one block. Whoever waits for an
 * entry is told if the storage refuses it; the others are tried again until it does not.
 */
export class AuditWriter {
  readonly #blocks: AuditBlocks;
  readonly #clock: Pick<Clock, "after">;
  readonly #onDropped: (count: number) => void;
  #waiting: Waiting[] = [];
  #head: AuditHead | undefined;
  #writing: Promise<void> | undefined;
  #round: Promise<unknown> = Promise.resolve();
  #isClosing = false;
  #wake = () => {};

  constructor(options: {
    readonly blocks: AuditBlocks;
    readonly clock: Pick<Clock, "after">;
    /** Told how many entries nobody will ever read. */
    readonly onDropped: (count: number) => void;
  }) {
    this.#blocks = options.blocks;
    this.#clock = options.clock;
    this.#onDropped = options.onDropped;
  }

  /** Resolves when the entry is durable; rejects with `storage-*`. */
  write(entry: AuditEntry): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error: unknown) => (error === undefined ? resolve() : reject(error));
      this.#add({ entry, settle });
    });
  }

  /** Writes the entry soon. */
  writeSoon(entry: AuditEntry): void {
    if (this.#waiting.length >= waitingCountMax) this.#onDropped(1);
    else this.#add({ entry });
  }

  /** Resolves when what was to be written soon is durable, unless there is much or the storage takes nothing. */
  async flush(): Promise<void> {
    await Promise.resolve();
    for (let rounds = 0; rounds < 2 && this.#waiting.length > 0; rounds += 1) await this.#round;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#wake();
    await this.#writing;
    if (this.#waiting.length > 0) this.#onDropped(this.#waiting.length);
  }

  #add(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#wake();
    this.#writing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    // What comes in the same moment goes together.
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0) {
        const round = this.#writeSome();
        this.#round = round;
        if (!(await round) && !(await this.#pause())) return;
      }
    } finally {
      // At once: what is added from here on finds nobody who writes.
      this.#writing = undefined;
    }
  }

  /** Whether the storage took it. */
  async #writeSome(): Promise<boolean> {
    const some = this.#waiting.slice(0, blockEntriesMax);
    try {
      await this.#put(some.map(({ entry }) => entry));
      this.#waiting.splice(0, some.length);
      for (const { settle } of some) settle?.(undefined);
      return true;
    } catch (error) {
      // What another server has put meanwhile is found again.
      this.#head = undefined;
      for (const { settle } of this.#waiting) settle?.(error);
      this.#waiting = this.#waiting.filter(({ settle }) => settle === undefined);
      return this.#waiting.length === 0;
    }
  }

  async #put(entries: readonly AuditEntry[]): Promise<void> {
    for (let round = 0; round < writeRoundsMax; round += 1) {
      this.#head ??= await this.#blocks.head();
      const block = blockAfter(this.#head, entries);
      this.#head = await this.#blocks.put(block);
      if (this.#head.hash === block.hash) return;
      // Others may have put many: the last one is asked for, and if that is behind, the next is tried.
      const last = await this.#blocks.head();
      if (last.number > this.#head.number) this.#head = last;
    }
    throw new OrchestratorError(
      "version-conflict",
      `other servers wrote to the audit ${writeRoundsMax} times meanwhile`,
      { action: "send the request again" },
    );
  }

  /** False where it is closing. */
  async #pause(): Promise<boolean> {
    if (this.#isClosing) return false;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(retryDelayMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    return !this.#isClosing;
  }
}
