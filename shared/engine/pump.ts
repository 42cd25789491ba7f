import type { Guard } from "./suspect-turn.ts";

/** Does one thing after the other until there is nothing to do, and again when it is woken. */
export class Pump {
  readonly #next: () => Promise<boolean>;
  readonly #guard: Guard | undefined;
  readonly #idle: () => void;
  readonly #failed: (cause: unknown) => void;
  #isRunning = false;
  /** Whether it was woken since it last began to look: what comes during a look must not be lost. */
  #isWoken = false;

  constructor(options: {
    /** Does the next thing; answers whether there was one. */
    readonly next: () => Promise<boolean>;
    /** Stands around everything that is done, where there is one. */
    readonly guard?: Guard | undefined;
    readonly idle: () => void;
    /** Something threw: nothing more is done until it is woken. */
    readonly failed: (cause: unknown) => void;
  }) {
    this.#next = options.next;
    this.#guard = options.guard;
    this.#idle = options.idle;
    this.#failed = options.failed;
  }

  /** There may be something to do. */
  wake(): void {
    this.#isWoken = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  /** Does `work` before anything else; rejects with what it throws. */
  async first<T>(work: () => Promise<T>): Promise<T> {
    this.#isRunning = true;
    try {
      return await this.#do(work);
    } finally {
      this.#isRunning = false;
      this.wake();
    }
  }

  #do<T>(work: () => Promise<T>): Promise<T> {
    return this.#guard === undefined ? work() : this.#guard(work);
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    try {
      do {
        this.#isWoken = false;
      } while ((await this.#do(this.#next)) || this.#isWoken);
      this.#isRunning = false;
      this.#idle();
    } catch (cause) {
      this.#isRunning = false;
      this.#failed(cause);
    }
  }
}
