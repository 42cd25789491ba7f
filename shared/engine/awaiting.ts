import type { ExecutionStatus } from "#core/execution/state.ts";
import type { EngineContext } from "./context.ts";
import type { Listeners } from "./listeners.ts";
import { isOnItsOwn } from "./on-its-own.ts";

/** Looks at the execution this often while somebody waits for an end that another server may bring, ms. */
const pollMs = 1_000;
/** Where nothing tells of what others do: sooner at first, and then later and later, ms. */
const eagerPollMs = 100;
const pollGrowth = 1.5;
const pollMsMax = 2_000;

/** The pauses between two looks. */
function* pauses(context: EngineContext): Generator<number, never> {
  if (isOnItsOwn(context)) for (;;) yield pollMs;
  for (let delayMs = eagerPollMs; ; delayMs = Math.min(delayMs * pollGrowth, pollMsMax))
    yield delayMs;
}

/** Waits until an execution has ended, the time is over or the signal aborts. */
export const awaitEnd = async (options: {
  readonly context: EngineContext;
  readonly executionId: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly ends: Listeners<ExecutionStatus | undefined>;
  readonly statusOf: (executionId: string) => Promise<ExecutionStatus>;
}): Promise<ExecutionStatus> => {
  const { context, executionId, signal, ends } = options;
  const { clock } = context;
  const untilMs = clock.nowMs() + options.timeoutMs;
  for (const pauseMs of pauses(context)) {
    // Listening begins before the look, so that an end in between is not missed.
    const timeoutMs = Math.max(0, Math.min(untilMs - clock.nowMs(), pauseMs));
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
  return "RUNNING";
};
