import type { Clock } from "#ports/clock.ts";
import type { ClaimedActivity, ClaimRequest } from "./engine.ts";

/** A worker that waits for something to do. What is claimed for it goes to it, even if its time is over meanwhile. */
export class Poller {
  readonly request: ClaimRequest;
  isOver = false;
  readonly #end: (tell: () => void) => void;
  readonly #resolve: (claimed: ClaimedActivity | undefined) => void;
  readonly #reject: (cause: unknown) => void;
  #isClaiming = false;
  #isDue = false;

  constructor(
    clock: Clock,
    request: ClaimRequest,
    told: {
      readonly resolve: (claimed: ClaimedActivity | undefined) => void;
      readonly reject: (cause: unknown) => void;
      /** It waits no more. */
      readonly over: () => void;
    },
  ) {
    const { timeoutMs, signal } = request;
    this.request = request;
    this.#resolve = told.resolve;
    this.#reject = told.reject;
    const giveUp = () => this.giveUp();
    const cancelTimer = clock.after(timeoutMs, giveUp);
    signal?.addEventListener("abort", giveUp, { once: true });
    this.#end = (tell) => {
      if (this.isOver) return;
      this.isOver = true;
      cancelTimer();
      signal?.removeEventListener("abort", giveUp);
      told.over();
      tell();
    };
  }

  /** Goes away with empty hands, unless something is being claimed for it. */
  giveUp(): void {
    this.#isDue = true;
    if (!this.#isClaiming) this.#end(() => this.#resolve(undefined));
  }

  fail(cause: unknown): void {
    this.#end(() => this.#reject(cause));
  }

  /** Gives it what `claim` answers. */
  async during(claim: () => Promise<ClaimedActivity | undefined>): Promise<void> {
    this.#isClaiming = true;
    try {
      const claimed = await claim();
      if (claimed !== undefined) this.#end(() => this.#resolve(claimed));
    } catch (cause) {
      this.fail(cause);
    }
    this.#isClaiming = false;
    if (this.#isDue) this.giveUp();
  }
}
