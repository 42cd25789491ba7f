import type { EngineContext } from "./context.ts";
import type { Turns } from "./turns.ts";
import { sleep } from "./write-until-done.ts";

/** Takes turns for work items: after a crash, and for what other servers leave to this one. */
export class Receiver {
  readonly #context: EngineContext;
  readonly #turns: Turns;
  readonly #unsubscribe: () => void;
  #cancelPoll: () => void = () => {};
  #isReceiving = false;
  #isAskedAgain = false;
  #isClosed = false;

  constructor(context: EngineContext, turns: Turns) {
    this.#context = context;
    this.#turns = turns;
    this.#unsubscribe = context.platform.queue.onVisible(() => this.wake());
  }

  /** There may be an item, or room for one. */
  wake(): void {
    if (this.#isReceiving || this.#isClosed) {
      this.#isAskedAgain = true;
      return;
    }
    this.#isReceiving = true;
    this.#isAskedAgain = false;
    this.#cancelPoll();
    void this.#receive();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelPoll();
    this.#unsubscribe();
  }

  async #receive(): Promise<void> {
    const { clock, settings, onSystemEvent } = this.#context;
    try {
      while (!this.#isClosed && this.#turns.hasRoom && (await this.#takeSome())) {
        // More may be visible.
      }
    } catch (cause) {
      onSystemEvent({
        severity: "error",
        kind: "receive-failed",
        message: "receiving work items failed and is tried again",
        cause,
      });
    }
    this.#isReceiving = false;
    if (this.#isClosed) return;
    if (this.#isAskedAgain && this.#turns.hasRoom) this.wake();
    else this.#cancelPoll = clock.after(settings.sweepMs, () => this.wake());
  }

  async #takeSome(): Promise<boolean> {
    const { platform, settings } = this.#context;
    const { max, afterMs } = this.#turns.sharing.appetite;
    if (afterMs > 0) await sleep(this.#context, afterMs);
    if (this.#isClosed) return false;
    const items = await platform.queue.receive({
      max,
      visibilityMs: settings.leaseMs,
    });
    const taken = items.map(({ executionId, itemId, receiveCount }) =>
      this.#turns.take(executionId, itemId, receiveCount > 1),
    );
    await Promise.all(taken);
    return items.length > 0;
  }
}
