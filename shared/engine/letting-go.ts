import type { Write } from "#ports/journal.ts";
import type { EngineContext } from "./context.ts";
import type { ExecutionTurn } from "./execution-turn.ts";
import { writeUntilDone } from "./write-until-done.ts";

const write = async (
  context: EngineContext,
  executionId: string,
  writes: readonly Write[],
): Promise<void> => {
  const options = { executionId, isWanted: () => true, triesMax: Number.POSITIVE_INFINITY };
  await writeUntilDone(context, writes, options);
};

/** Removes the work item of an execution, where there is one. */
export const removeItem = async (
  context: EngineContext,
  executionId: string,
  itemId: string | undefined,
): Promise<void> => {
  if (itemId !== undefined) await write(context, executionId, [{ kind: "RemoveItem", itemId }]);
};

/**
 * Lets go of an item of an execution that has a turn here. Not if the turn has none of its own: it may come to
 * nothing, such as a repeated start, and this one brings the next. The turn's own is put where it is not there:
 * another server may have let it go for the sake of this one.
 */
export const letGoBeside = async (
  context: EngineContext,
  { executionId, itemId: own }: ExecutionTurn,
  itemId: string | undefined,
): Promise<void> => {
  if (own === undefined || itemId === undefined || itemId === own) return;
  const { leaseMs, itemHiddenMs = leaseMs } = context.settings;
  const visibleAtMs = context.clock.nowMs() + itemHiddenMs;
  await write(context, executionId, [
    { kind: "Enqueue", itemId: own, executionId, visibleAtMs },
    { kind: "RemoveItem", itemId },
  ]);
};
