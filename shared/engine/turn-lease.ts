import type { Clock } from "#ports/clock.ts";

/** What a turn knows of its lease. */
export class TurnLease {
  /** Instant until which nobody else may take over what runs here. */
  untilMs = 0;
  /** When lease and work item are to be renewed next. */
  renewAtMs: number;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  #hadRunOut = false;

  constructor(clock: Clock, leaseMs: number) {
    this.#clock = clock;
    this.#leaseMs = leaseMs;
    this.renewAtMs = clock.nowMs() + leaseMs / 3;
  }

  /** Whether enough of it is left to begin something (I20). */
  get mayStart(): boolean {
    return this.untilMs - this.#clock.nowMs() >= this.#leaseMs / 3;
  }

  /** The log is to be looked at: by the time that is done the lease may be renewed, although another turn has what ran here. */
  noteLapse(): void {
    this.#hadRunOut ||= this.untilMs <= this.#clock.nowMs();
  }

  /** Whether it had run out since this was last asked. */
  takeLapse(): boolean {
    this.noteLapse();
    const hadRunOut = this.#hadRunOut;
    this.#hadRunOut = false;
    return hadRunOut;
  }
}
