import type { Clock } from "#ports/clock.ts";

/** Rings once at the earliest of the instants that it was set to. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #set: { readonly atMs: number; readonly cancel: () => void } | undefined;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** An instant in the past rings as soon as possible. */
  set(atMs: number): void {
    if (this.#set !== undefined && this.#set.atMs <= atMs) return;
    this.cancel();
    const cancel = this.#clock.after(Math.max(0, atMs - this.#clock.nowMs()), () => {
      this.#set = undefined;
      this.#ring();
    });
    this.#set = { atMs, cancel };
  }

  cancel(): void {
    this.#set?.cancel();
    this.#set = undefined;
  }
}
