import { OrchestratorError } from "#core/errors.ts";
import type { Write, WriteOutcome } from "#ports/journal.ts";
import type { EngineContext } from "./context.ts";

const firstDelayMs = 50;
const delayMsMax = 2_000;
const firstAskDelayMs = 100;
const askDelayMsMax = 5_000;
/** A first record whose fate is unknown is sent so often before the caller is told; what is left then is for the work item. */
export const beginTriesMax = 4;

/** Resolves after `delayMs`. */
export const sleep = (context: Pick<EngineContext, "clock">, delayMs: number): Promise<void> =>
  new Promise((resolve) => {
    context.clock.after(delayMs, resolve);
  });

/**
 * Writes, and writes the same again for as long as the storage cannot take it: an outage costs time,
 * never work. Rejects with what is no passing fault, and with the last fault once `isWanted` is false.
 */
export const writeUntilDone = async (
  context: EngineContext,
  writes: readonly Write[],
  options: {
    readonly executionId: string;
    readonly isWanted: () => boolean;
    /** Rejects after so many tries. */
    readonly triesMax: number;
  },
): Promise<WriteOutcome> => {
  let delayMs = firstDelayMs;
  for (let tries = 1; ; tries += 1) {
    try {
      return await context.platform.journal.write(writes);
    } catch (error) {
      const passes = error instanceof OrchestratorError && error.scope === "retry-call";
      if (!passes || !options.isWanted() || tries === options.triesMax) throw error;
      if (tries === 1) {
        context.onSystemEvent({
          severity: "error",
          kind: "storage-failing",
          message: `a record of ${options.executionId} cannot be written and is tried again: ${error.message}`,
          executionId: options.executionId,
        });
      }
      await sleep(context, delayMs);
      delayMs = Math.min(2 * delayMs, delayMsMax);
    }
  }
};

/**
 * Asks, and asks again for as long as the storage does not answer. Rejects with what is no passing
 * fault, and with the last fault once `isWanted` is false.
 */
export const untilAnswered = async <T>(
  context: Pick<EngineContext, "clock">,
  ask: () => Promise<T>,
  isWanted: () => boolean = () => true,
): Promise<T> => {
  for (let delayMs = firstAskDelayMs; ; delayMs = Math.min(2 * delayMs, askDelayMsMax)) {
    try {
      return await ask();
    } catch (error) {
      const passes = error instanceof OrchestratorError && error.scope === "retry-call";
      if (!passes || !isWanted()) throw error;
      await sleep(context, delayMs);
    }
  }
};
