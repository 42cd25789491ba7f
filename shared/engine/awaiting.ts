import type { ExecutionStatus } from "#core/execution/state.ts";
import type { Clock } from "#ports/clock.ts";
import type { Listeners } from "./listeners.ts";

/** Looks at the execution this often while somebody waits for an end that another server may bring, ms. */
const pollMs = 1_000;

/** Waits until an execution has ended, the time is over or the signal aborts. */
export const awaitEnd = async (options: {
  readonly executionId: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
  readonly ends: Listeners<ExecutionStatus | undefined>;
  readonly statusOf: (executionId: string) => Promise<ExecutionStatus>;
}): Promise<ExecutionStatus> => {
  const { executionId, signal, clock, ends } = options;
  const untilMs = clock.nowMs() + options.timeoutMs;
  for (;;) {
    // Listening begins before the look, so that an end in between is not missed.
    const timeoutMs = Math.max(0, Math.min(untilMs - clock.nowMs(), pollMs));
    const news = ends.next(executionId, { clock, timeoutMs, ...(signal ? { signal } : {}) });
    const status = await options.statusOf(executionId).catch((error: unknown) => {
      news.cancel();
      throw error;
    });
    if (status !== "RUNNING") {
      news.cancel();
      return status;
    }
    const told = await news.value;
    if (told !== undefined) return told;
    if (clock.nowMs() >= untilMs || signal?.aborted === true) return "RUNNING";
  }
};
