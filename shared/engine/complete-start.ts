import type { ExecutionState } from "#core/execution/state.ts";
import type { Write } from "#ports/journal.ts";
import type { EngineContext } from "./context.ts";
import { headOf } from "./head-of.ts";
import { writeUntilDone } from "./write-until-done.ts";

/**
 * Writes what a start that was cut short has left undone, head and work item: nobody else would look
 * at the execution. `started` gives the state as the start record left it.
 */
export const completeStart = async (
  context: EngineContext,
  executionId: string,
  started: () => Promise<ExecutionState>,
): Promise<void> => {
  if ((await context.platform.heads.get(executionId)) !== undefined) return;
  const state = await started();
  const nowMs = context.clock.nowMs();
  const head = headOf(state, 0, nowMs);
  const isOpen = state.status === "RUNNING" || state.owed !== undefined;
  const writes: readonly Write[] = isOpen
    ? [
        { kind: "PutHead", head: { ...head, status: "RUNNING", nextCheckAtMs: nowMs } },
        { kind: "Enqueue", itemId: `${executionId}.start`, executionId, visibleAtMs: nowMs },
      ]
    : [{ kind: "PutHead", head }];
  await writeUntilDone(context, writes, {
    executionId,
    isWanted: () => true,
    triesMax: Number.POSITIVE_INFINITY,
  });
};
