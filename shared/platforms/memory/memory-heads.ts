import type { Head, HeadFilter, Heads } from "#ports/heads.ts";
import { copy, type MemoryStore } from "./memory-store.ts";

const matches = (head: Head, filter: HeadFilter): boolean =>
  (filter.process === undefined || head.process === filter.process) &&
  (filter.status === undefined || head.status === filter.status) &&
  (filter.waitingFor === undefined || head.waitingFor?.kind === filter.waitingFor) &&
  (filter.waitingSinceMs === undefined ||
    (head.waitingFor !== undefined && head.waitingFor.sinceMs <= filter.waitingSinceMs));

type WaitingHead = Head & { readonly nextCheckAtMs: number };

const isWaiting = (head: Head): head is WaitingHead => head.nextCheckAtMs !== undefined;

/** Heads of the memory platform; a page is continued behind the place of its last execution. */
export const memoryHeads = (store: MemoryStore): Heads => {
  const waiting = (): WaitingHead[] =>
    [...store.executions.values()]
      .flatMap(({ head }) => head ?? [])
      .filter(isWaiting)
      .sort((a, b) => a.nextCheckAtMs - b.nextCheckAtMs);

  return {
    get: async (executionId) => {
      const execution = store.executions.get(executionId);
      if (execution?.head === undefined) return undefined;
      return copy({ head: execution.head, lease: execution.lease });
    },
    list: async ({ limit, after, ...filter }) => {
      const before = after === undefined ? Number.POSITIVE_INFINITY : Number(after);
      const found = [...store.executions.values()]
        .flatMap(({ order, head }) => (head === undefined ? [] : { order, head }))
        .filter(({ order, head }) => order < before && matches(head, filter))
        .sort((a, b) => b.order - a.order);
      const page = found.slice(0, limit);
      return {
        heads: copy(page.map(({ head }) => head)),
        next: found.length > limit ? String(page.at(-1)?.order) : undefined,
      };
    },
    due: async (nowMs, limit) =>
      copy(
        waiting()
          .filter(({ nextCheckAtMs }) => nextCheckAtMs <= nowMs)
          .slice(0, limit),
      ),
    nextDueAtMs: async (afterMs) =>
      waiting().find(({ nextCheckAtMs }) => nextCheckAtMs > afterMs)?.nextCheckAtMs,
  };
};
