import type { ChildEnded } from "#core/execution/facts.ts";
import { inFlight } from "#core/execution/states/task.ts";
import type { Turns } from "./turns.ts";

/** Ends told in one record at most. */
const batchMax = 1_000;

interface Notice {
  readonly fact: ChildEnded;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

/**
 * Tells parents of the ends of their children. Ends that come while a record of the same parent is
 * under way go into the next one together, so a parent's log grows by batches, not by children.
 */
export class Notices {
  readonly #turns: Pick<Turns, "tell">;
  /** By parent; there while a record of it is under way. */
  readonly #waiting = new Map<string, Notice[]>();

  constructor(turns: Pick<Turns, "tell">) {
    this.#turns = turns;
  }

  /** Resolves when the parent's log has it, or the parent does not wait for it (any more). */
  tell(parentId: string, fact: ChildEnded): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(parentId);
      if (waiting !== undefined) {
        waiting.push({ fact, resolve, reject });
        return;
      }
      this.#waiting.set(parentId, [{ fact, resolve, reject }]);
      void this.#tellAll(parentId);
    });
  }

  async #tellAll(parentId: string): Promise<void> {
    for (;;) {
      const batch = this.#waiting.get(parentId)?.splice(0, batchMax) ?? [];
      if (batch.length === 0) break;
      try {
        const told = await this.#tellWaiting(parentId, batch);
        for (const { resolve } of told) resolve();
        // What came too late beside others is told again by itself: the turn may have been ahead of the log, or behind.
        const late = batch.filter((notice) => !told.includes(notice));
        this.#waiting.get(parentId)?.unshift(...late);
      } catch (cause) {
        for (const { reject } of batch) reject(cause);
      }
    }
    this.#waiting.delete(parentId);
  }

  /** Tells the parent what it still waits for; answers that, or everything where it waits for none of it. */
  async #tellWaiting(parentId: string, batch: readonly Notice[]): Promise<readonly Notice[]> {
    let told: readonly Notice[] = [];
    await this.#turns.tell(parentId, (state) => {
      told = batch.filter(({ fact }) => inFlight(state, fact) !== undefined);
      return told.map(({ fact }) => fact);
    });
    return told.length === 0 ? batch : told;
  }
}
