/** G5: every execution that has not ended has a time, kept in durable state, by which it is looked at again. */
import { nextTimerAtMs } from "#core/execution/advance.ts";
import { resourceKind } from "#core/execution/resource-kind.ts";
import type { MemoryStore } from "#platforms/memory/memory-store.ts";
import type { Watched } from "./watched.ts";

/** When the store by itself brings somebody to an execution. */
const nextLookAtMs = (store: MemoryStore, executionId: string): number => {
  let atMs = store.executions.get(executionId)?.head?.nextCheckAtMs ?? Number.POSITIVE_INFINITY;
  for (const item of store.items.values())
    if (item.executionId === executionId) atMs = Math.min(atMs, item.visibleAtMs);
  return atMs;
};

/**
 * Answers what is wrong, if anything is. `slackMs` is what clocks that disagree may add; an execution
 * without a head is the concern of whoever repeats its start.
 */
export const missingNet = (
  store: MemoryStore,
  { executionId, state }: Watched,
  at: { readonly nowMs: number; readonly checkMs: number; readonly slackMs: number },
): string | undefined => {
  const head = store.executions.get(executionId)?.head;
  if (state === undefined || head === undefined || head.status !== "RUNNING") return undefined;
  const isBusy =
    state.status !== "RUNNING" ||
    state.owed !== undefined ||
    Object.values(state.activities).some(
      ({ phase, resource }) => phase === "running" && resourceKind(resource) !== "worker",
    );
  const timerAtMs = isBusy ? 0 : (nextTimerAtMs(state) ?? Number.POSITIVE_INFINITY);
  const neededAtMs = Math.max(at.nowMs + at.checkMs, timerAtMs) + at.slackMs;
  const lookAtMs = nextLookAtMs(store, executionId);
  if (lookAtMs <= neededAtMs) return undefined;
  return `${executionId} (${state.status}) is looked at ${lookAtMs - neededAtMs} ms too late`;
};
