import type { WorkMessage } from "#platforms/aws/work-messages.ts";
import type { Runtime } from "./runtime.ts";

/** So long before its time is up a function begins no more activities, at most, ms. */
const drainMsMax = 10_000;
/** And so long before that it gives up those that still run, at most, ms. */
const reserveMsMax = 3_000;
/** Both are this part of its time at most, for functions of little time. */
const share = 0.25;
/** While turns go on, what is drained and what is set aside is looked at so often, ms. */
const refreshMs = 5_000;

type TurnRuntime = Pick<Runtime, "inbox" | "engine" | "refresh" | "settled" | "clock"> & {
  readonly logger: Pick<Runtime["logger"], "error">;
};

/** Looks now and then at what is drained and set aside; the result ends it. */
const watchControl = ({ refresh, clock }: TurnRuntime): (() => void) => {
  let cancel = () => {};
  const lookLater = () => {
    cancel = clock.after(refreshMs, () => {
      void refresh().catch(() => {});
      lookLater();
    });
  };
  lookLater();
  return () => cancel();
};

/** Takes turns for what the inbox has, and waits for their end. Never rejects. */
const takeThem = async ({ engine, refresh, logger }: TurnRuntime): Promise<void> => {
  try {
    await refresh();
    await engine.takeItems();
    await engine.idle();
  } catch (error) {
    logger.error("work items could not be taken; they come again", error as Error);
  }
};

/**
 * Takes turns for work items until nothing of their executions runs here, or the function's time is nearly up: then
 * what runs may end for a moment, and the rest is left to the next who gets the item. Answers the messages that are
 * to be delivered again. Never rejects.
 */
export const takeTurns = async (
  runtime: TurnRuntime,
  messages: readonly WorkMessage[],
  timeMs: number,
): Promise<readonly string[]> => {
  const { inbox, engine, settled, clock } = runtime;
  const reserveMs = Math.min(reserveMsMax, share * timeMs);
  const drainMs = Math.min(drainMsMax, share * timeMs);
  const delivery = inbox.put(messages);
  const stopWatching = watchControl(runtime);
  let cancelTimeUp = () => {};
  // From the beginning: what is slow to be taken, such as a log that is not read, leaves less to the rest.
  const timeUp = new Promise<void>((resolve) => {
    cancelTimeUp = clock.after(timeMs - reserveMs - drainMs, resolve);
  });
  await Promise.race([takeThem(runtime), timeUp]);
  cancelTimeUp();
  stopWatching();
  await engine.leave({ graceMs: drainMs });
  await settled();
  return delivery.end();
};
