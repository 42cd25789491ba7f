import type { Clock } from "#ports/clock.ts";

/** Who wants to hear of something about an execution, by execution id. */
export class Listeners<T = undefined> {
  readonly #listeners = new Map<string, Set<(news: T) => void>>();

  add(executionId: string, listener: (news: T) => void): () => void {
    const listeners = this.#listeners.get(executionId) ?? new Set();
    this.#listeners.set(executionId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(executionId) === listeners)
        this.#listeners.delete(executionId);
    };
  }

  tell(executionId: string, news: T): void {
    if (this.#listeners.size === 0) return;
    const listeners = this.#listeners.get(executionId);
    if (listeners === undefined) return;
    for (const listener of [...listeners]) listener(news);
  }

  /** Tells everybody who listens for an execution that `isMeant`. */
  tellAll(news: T, isMeant: (executionId: string) => boolean): void {
    for (const executionId of [...this.#listeners.keys()])
      if (isMeant(executionId)) this.tell(executionId, news);
  }

  /** The next news, or `undefined` when the time is over, the signal aborts or it is cancelled. */
  next(
    executionId: string,
    options: { readonly clock: Clock; readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): { readonly value: Promise<T | undefined>; readonly cancel: () => void } {
    let end: (news: T | undefined) => void = () => {};
    const value = new Promise<T | undefined>((resolve) => {
      const giveUp = () => end(undefined);
      const cancelTimer = options.clock.after(options.timeoutMs, giveUp);
      const remove = this.add(executionId, (news) => end(news));
      options.signal?.addEventListener("abort", giveUp, { once: true });
      end = (news) => {
        cancelTimer();
        remove();
        options.signal?.removeEventListener("abort", giveUp);
        resolve(news);
      };
    });
    return { value, cancel: () => end(undefined) };
  }
}
