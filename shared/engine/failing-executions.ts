import type { Clock } from "#ports/clock.ts";

const firstDelayMs = 1_000;
const delayMsMax = 60_000;
/** What a newer release works on is looked at again so soon: its work item must not be kept from it. */
const leftDelayMs = 1_000;
/** More than this many at once is an outage, not a few executions that fail. */
const countMax = 10_000;

interface Failing {
  readonly delayMs: number;
  readonly untilMs: number;
  /** Whether it is left to a newer release. */
  readonly isLeft: boolean;
}

/**
 * Executions whose turns failed by an error of ours, and when each may be tried again: later and
 * later, so that one that can never be worked on does not keep a server busy.
 */
export class FailingExecutions {
  readonly #clock: Clock;
  readonly #byId = new Map<string, Failing>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Answers when to try again. */
  failed(executionId: string): number {
    const before = this.#byId.get(executionId);
    const delayMs = before === undefined ? firstDelayMs : Math.min(2 * before.delayMs, delayMsMax);
    return this.#note(executionId, { delayMs, isLeft: false });
  }

  /** A newer release has to work on it. Answers when to look again, and whether that is new. */
  left(executionId: string): { readonly untilMs: number; readonly isNew: boolean } {
    const isNew = this.#byId.get(executionId)?.isLeft !== true;
    return { untilMs: this.#note(executionId, { delayMs: leftDelayMs, isLeft: true }), isNew };
  }

  #note(executionId: string, failing: Omit<Failing, "untilMs">): number {
    const untilMs = this.#clock.nowMs() + failing.delayMs;
    if (this.#byId.size >= countMax) this.#byId.clear();
    this.#byId.set(executionId, { ...failing, untilMs });
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
