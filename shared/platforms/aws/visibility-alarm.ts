import type { Clock } from "#ports/clock.ts";

/** Instants that are remembered; a receiver that is not woken asks by itself. */
const instantsMax = 1_000;

/** Wakes listeners when messages become visible that this process knows of. */
export class VisibilityAlarm {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  readonly #instants = new Set<number>();
  #cancel: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  becomesVisible(atMs: number): void {
    if (atMs <= this.#clock.nowMs()) this.#wake();
    else if (this.#instants.size < instantsMax) {
      this.#instants.add(atMs);
      this.#set();
    }
  }

  listen(listener: () => void): () => void {
    // Wrapped, so that a function that listens twice can stop listening once.
    const entry = (): void => listener();
    this.#listeners.add(entry);
    this.#set();
    return () => {
      this.#listeners.delete(entry);
      this.#set();
    };
  }

  stop(): void {
    this.#cancel();
    this.#instants.clear();
  }

  #wake(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #set(): void {
    this.#cancel();
    if (this.#listeners.size === 0 || this.#instants.size === 0) return;
    const atMs = Math.min(...this.#instants);
    this.#cancel = this.#clock.after(atMs - this.#clock.nowMs(), () => {
      const nowMs = this.#clock.nowMs();
      for (const instant of this.#instants) if (instant <= nowMs) this.#instants.delete(instant);
      this.#wake();
      this.#set();
    });
  }
}
