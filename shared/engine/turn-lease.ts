import type { LogRecord } from "#core/execution/record.ts";
import type { EngineContext } from "./context.ts";

/** The right of a turn to run activities, as the log and the head give it. */
export class TurnLease {
  /** Instant until which nobody else may take over what runs here. */
  untilMs = 0;
  /** When lease and work item are to be renewed next. */
  renewAtMs: number;
  readonly #context: Pick<EngineContext, "clock" | "settings">;

  constructor(context: Pick<EngineContext, "clock" | "settings">) {
    this.#context = context;
    this.renewAtMs = context.clock.nowMs() + context.settings.leaseMs / 3;
  }

  /** Whether enough is left of it to begin an activity (I20). */
  isLongEnough(): boolean {
    const { clock, settings } = this.#context;
    return this.untilMs - clock.nowMs() >= settings.leaseMs / 3;
  }

  /** A durable record gives it. */
  take({ leaseUntilMs }: Pick<LogRecord, "leaseUntilMs">): void {
    this.untilMs = leaseUntilMs ?? this.untilMs;
  }

  /** It was renewed at `nowMs`. */
  renew(nowMs: number): void {
    const { leaseMs } = this.#context.settings;
    this.renewAtMs = nowMs + leaseMs / 3;
    this.untilMs = Math.max(this.untilMs, nowMs + leaseMs);
  }
}
