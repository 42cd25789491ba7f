import type { Clock } from "#ports/clock.ts";

const firstDelayMs = 1_000;
const delayMsMax = 60_000;
/** More than this many at once is an outage, not a few executions that fail. */
const countMax = 10_000;

/**
 * Executions whose turns failed by an error of ours, and when each may be tried again: later and
 * later, so that one that can never be worked on does not keep a server busy.
 */
export class FailingExecutions {
  readonly #clock: Clock;
  readonly #byId = new Map<string, { readonly delayMs: number; readonly untilMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Answers when to try again. */
  failed(executionId: string): number {
    const before = this.#byId.get(executionId);
    const delayMs = before === undefined ? firstDelayMs : Math.min(2 * before.delayMs, delayMsMax);
    const untilMs = this.#clock.nowMs() + delayMs;
    if (this.#byId.size >= countMax) this.#byId.clear();
    this.#byId.set(executionId, { delayMs, untilMs });
    return untilMs;
  }

  succeeded(executionId: string): void {
    if (this.#byId.size > 0) this.#byId.delete(executionId);
  }

  /** When it may be tried again, if that is later than now. */
  notBeforeMs(executionId: string): number | undefined {
    const untilMs = this.#byId.get(executionId)?.untilMs;
    return untilMs !== undefined && untilMs > this.#clock.nowMs() ? untilMs : undefined;
  }
}
