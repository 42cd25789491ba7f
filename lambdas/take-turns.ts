import { setTimeout as sleep } from "node:timers/promises";
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

type TurnRuntime = Pick<Runtime, "inbox" | "engine" | "refresh" | "settled" | "logger">;

/** Looks now and then at what is drained and set aside; the result ends it. */
const watchControl = ({ refresh }: TurnRuntime): (() => void) => {
  const timer = setInterval(() => void refresh().catch(() => {}), refreshMs);
  return () => clearInterval(timer);
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
  const { inbox, engine, refresh, settled, logger } = runtime;
  const reserveMs = Math.min(reserveMsMax, share * timeMs);
  const drainMs = Math.min(drainMsMax, share * timeMs);
  const delivery = inbox.put(messages);
  const stopWatching = watchControl(runtime);
  const timeUp = new AbortController();
  try {
    await refresh();
    await engine.takeItems();
    const waiting = sleep(timeMs - reserveMs - drainMs, undefined, { signal: timeUp.signal });
    await Promise.race([engine.idle(), waiting.catch(() => {})]);
  } catch (error) {
    logger.error("work items could not be taken; they come again", error as Error);
  }
  timeUp.abort();
  stopWatching();
  await engine.leave({ graceMs: drainMs });
  await settled();
  return delivery.end();
};
