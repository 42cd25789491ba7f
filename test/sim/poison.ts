/**
 * An execution whose turns end their servers, until it is mended, and the operator who releases what
 * was set aside (ADR 14).
 *
 * S6 An execution is set aside only if so many servers have died or stood still since it was there last
 *    that it may have been its fault.
 * S7 One that is poison is set aside after a bounded number of deaths.
 */
import type { Engine } from "#engine/engine.ts";
import { suspectTriesMax } from "#engine/suspects.ts";
import type { Write } from "#ports/journal.ts";
import { type Callers, codeOf, mayTryAgain, within } from "./clients.ts";
import { poisonProcess } from "./deep-processes.ts";
import type { Random } from "./random.ts";

export interface PoisonOptions {
  readonly callers: Callers;
  readonly random: Random;
  /** What is set aside. */
  readonly setAside: () => readonly string[];
  readonly hasEnded: (executionId: string) => boolean;
  readonly areFaultsOn: () => boolean;
  readonly note: (line: string) => void;
}

/** Deaths of servers until what is poison must have been set aside: tries, those that nothing counts, and some by chance. */
const deathsMax = 20;

/** What may be deadly to commit. */
const deadlyFacts = ["ActivitySucceeded", "TimePassed"] as const;

export class Poison {
  readonly #options: PoisonOptions;
  /** The execution that is poison. */
  readonly #executionId: string;
  readonly #deadly: readonly string[];
  #isMended = false;
  /** Servers that it has ended since it was released last. */
  #deaths = 0;
  /** Servers that have died or stood still, or were cut off, for whatever reason. */
  #mishaps = 0;
  /** What this was when an execution was released last. */
  readonly #mishapsBefore = new Map<string, number>();

  constructor(options: PoisonOptions, name: string | undefined) {
    this.#options = options;
    this.#executionId = name === undefined ? "" : `${poisonProcess}:${name}`;
    this.#isMended = name === undefined;
    this.#deadly = [options.random.pick(deadlyFacts)];
  }

  /** Whether servers go on to die of it. */
  get isActive(): boolean {
    return !this.#isMended && !this.#options.hasEnded(this.#executionId);
  }

  /** Whether servers may come to die of it: one that has ended may be redriven by a call on its way. */
  get mayKill(): boolean {
    return !this.#isMended;
  }

  mishap(): void {
    this.#mishaps += 1;
  }

  /** Whether to commit this ends the server. */
  isDeadly(write: Write): boolean {
    if (this.#isMended || write.kind !== "AppendRecord") return false;
    const { executionId, isOutside, facts } = write.record;
    if (executionId !== this.#executionId || isOutside === true) return false;
    return facts.some(({ kind }) => this.#deadly.includes(kind));
  }

  killed(): void {
    const { callers } = this.#options;
    this.#deaths += 1;
    if (this.#deaths > deathsMax)
      callers.violated("S7", `${this.#executionId} has ended ${this.#deaths} servers`);
  }

  /** S6. */
  wasSetAside(executionId: string): void {
    const { callers } = this.#options;
    const mishaps = this.#mishaps - (this.#mishapsBefore.get(executionId) ?? 0);
    if (mishaps < suspectTriesMax)
      callers.violated(
        "S6",
        `${executionId} is set aside after ${mishaps} servers have died or stood still`,
      );
  }

  /** Releases what is set aside, some time later; what is poison is mended first, or is set aside again. */
  async operate(isOver: () => boolean): Promise<void> {
    const { callers, random, setAside, areFaultsOn } = this.#options;
    while (!isOver()) {
      await callers.sleep(random.int(3_000, 20_000));
      for (const executionId of setAside()) {
        if (executionId === this.#executionId && (!areFaultsOn() || random.chance(0.5)))
          this.#isMended = true;
        const engine = callers.server();
        if (engine !== undefined) await this.#releaseOnce(engine, executionId);
      }
    }
  }

  /** One that was stopped, or never set aside, needs nobody. */
  get isDone(): boolean {
    return !this.isActive && this.#options.setAside().length === 0;
  }

  async #releaseOnce(engine: Engine, executionId: string): Promise<void> {
    const { callers, note } = this.#options;
    const mishaps = this.#mishaps;
    try {
      const answer = await within(callers, engine.release(executionId, "sim"));
      if (answer.kind === "silent") return;
      note(`${executionId} is released`);
    } catch (error) {
      const code = codeOf(error);
      if (!mayTryAgain(code) && code !== "execution-not-set-aside" && code !== "version-conflict")
        callers.violated("call", `release of ${executionId}: ${code}`);
    }
    // It has its tries anew, whether the answer came or not.
    this.#mishapsBefore.set(executionId, mishaps);
    if (executionId === this.#executionId) this.#deaths = 0;
  }
}
