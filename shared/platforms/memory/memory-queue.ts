import type { Clock } from "#ports/clock.ts";
import type { WorkQueue } from "#ports/work-queue.ts";
import type { MemoryStore } from "./memory-store.ts";

/** Work queue of the memory platform; `changed` must be called after every change of the items. */
export const memoryQueue = (
  store: MemoryStore,
  clock: Clock,
): { readonly queue: WorkQueue; readonly changed: () => void } => {
  const listeners = new Set<() => void>();
  let cancelAlarm = (): void => undefined;

  const wake = (): void => {
    for (const listener of [...listeners]) listener();
  };
  /** Sets the one alarm to the instant at which the next item becomes visible. */
  const setAlarm = (): void => {
    cancelAlarm();
    const nowMs = clock.nowMs();
    const instants = [...store.items.values()].map((item) => item.visibleAtMs);
    const next = Math.min(...instants.filter((atMs) => atMs > nowMs));
    if (listeners.size === 0 || next === Number.POSITIVE_INFINITY) return;
    cancelAlarm = clock.after(next - nowMs, () => {
      wake();
      setAlarm();
    });
  };
  const isAnyVisible = (): boolean =>
    [...store.items.values()].some((item) => item.visibleAtMs <= clock.nowMs());

  return {
    changed: () => {
      setAlarm();
      if (isAnyVisible()) wake();
    },
    queue: {
      receive: async ({ max, visibilityMs }) => {
        const nowMs = clock.nowMs();
        const received = [...store.items]
          .filter(([, item]) => item.visibleAtMs <= nowMs)
          .sort(([, a], [, b]) => a.visibleAtMs - b.visibleAtMs)
          .slice(0, max)
          .map(([itemId, item]) => {
            item.visibleAtMs = nowMs + visibilityMs;
            item.receiveCount += 1;
            return { itemId, executionId: item.executionId, receiveCount: item.receiveCount };
          });
        setAlarm();
        return received;
      },
      onVisible: (listener) => {
        // Wrapped, so that a function that listens twice can stop listening once.
        const entry = (): void => listener();
        listeners.add(entry);
        setAlarm();
        return () => {
          listeners.delete(entry);
          setAlarm();
        };
      },
    },
  };
};
