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
        await this.#turns.tell(parentId, (state) =>
          batch.map(({ fact }) => fact).filter((fact) => inFlight(state, fact) !== undefined),
        );
        for (const { resolve } of batch) resolve();
      } catch (cause) {
        for (const { reject } of batch) reject(cause);
      }
    }
    this.#waiting.delete(parentId);
  }
}
