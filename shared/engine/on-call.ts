/** A server that works when it is called and does nothing in between, such as a function. */
import type { WorkItem } from "#ports/work-queue.ts";
import type { EngineContext } from "./context.ts";
import type { OnCall } from "./engine.ts";
import type { Listeners } from "./listeners.ts";
import type { Turns } from "./turns.ts";
import { sleep } from "./write-until-done.ts";

/** What is being opened and comes to nothing ends without a word; so it is looked again, ms. */
const lookAgainMs = 100;

/** Whoever waits for the end of any turn listens for this one. */
export const anyExecution = "";

/** Lets the turns come to an end, for `graceMs` at most, and leaves those that go on to others. */
export const endTurns = async (
  context: EngineContext,
  turns: Turns,
  graceMs: number,
): Promise<void> => {
  const untilMs = context.clock.nowMs() + graceMs;
  while (turns.size > 0 && context.clock.nowMs() < untilMs) await sleep(context, 10);
  turns.abandon();
};

/** Takes a turn for one of the items of an execution; the others say nothing more, and go. */
const takeOne = async (
  { platform }: EngineContext,
  turns: Turns,
  [item, ...others]: readonly WorkItem[],
): Promise<void> => {
  if (item === undefined) return;
  const { executionId, itemId, receiveCount } = item;
  await turns.take(executionId, itemId, receiveCount > 1);
  // An item that came twice is the turn's.
  const surplus = others.filter((other) => other.itemId !== itemId);
  const removals = surplus.map((other) => ({ kind: "RemoveItem", itemId: other.itemId }) as const);
  if (removals.length > 0) await platform.journal.write(removals);
};

/** Takes turns for what the queue gives out now; answers whether there was anything. */
const takeItems = async (context: EngineContext, turns: Turns): Promise<boolean> => {
  const { leaseMs, itemHiddenMs = leaseMs, turnsMax } = context.settings;
  const { queue } = context.platform;
  const before = turns.abandonments;
  const items = await queue.receive({ max: turnsMax, visibilityMs: itemHiddenMs });
  // Whoever was left takes no more: the items come again.
  if (before !== turns.abandonments) return false;
  const byExecution = Map.groupBy(items, ({ executionId }) => executionId);
  const taken = [...byExecution.values()].map((some) => takeOne(context, turns, some));
  await Promise.all(taken);
  return items.length > 0 && before === turns.abandonments;
};

/** `isOpen` resolves when the server knows what is drained and set aside; `overs` tells of each turn that is over. */
export const onCall = (
  context: EngineContext,
  turns: Turns,
  { isOpen, overs }: { readonly isOpen: Promise<void>; readonly overs: Listeners },
): OnCall => ({
  takeItems: async () => {
    await isOpen;
    while (turns.hasRoom && (await takeItems(context, turns))) {
      // There may be more.
    }
  },
  idle: async () => {
    const { clock } = context;
    while (turns.size > 0) await overs.next(anyExecution, { clock, timeoutMs: lookAgainMs }).value;
  },
  leave: async ({ graceMs }) => {
    turns.pause("leaving", true);
    await endTurns(context, turns, graceMs);
    turns.pause("leaving", false);
  },
});
