import type { Clock } from "#ports/clock.ts";

/** Wakes listeners when items become visible, with one timer for the earliest of them. */
export interface VisibilityAlarm {
  /** Must be told of every instant at which an item becomes visible. */
  readonly becomesVisible: (atMs: number) => void;
  /** Items may have been written that it was not told of. */
  readonly lookAgain: () => void;
  readonly listen: (listener: () => void) => () => void;
  readonly stop: () => void;
}

/** `nextAfter` answers the first instant after one at which an item becomes visible. */
export const visibilityAlarm = (
  clock: Clock,
  nextAfter: (atMs: number) => number | undefined,
): VisibilityAlarm => {
  const listeners = new Set<() => void>();
  let alarmAtMs = Number.POSITIVE_INFINITY;
  let cancelAlarm = (): void => undefined;
  let isWaking = false;

  const wake = (): void => {
    if (isWaking) return;
    isWaking = true;
    // Once for all batches of a group commit.
    queueMicrotask(() => {
      isWaking = false;
      for (const listener of [...listeners]) listener();
    });
  };
  const set = (atMs: number): void => {
    if (atMs >= alarmAtMs) return;
    cancelAlarm();
    alarmAtMs = atMs;
    cancelAlarm = clock.after(atMs - clock.nowMs(), ring);
  };
  const stop = (): void => {
    cancelAlarm();
    alarmAtMs = Number.POSITIVE_INFINITY;
  };
  const setNext = (): void => {
    const next = nextAfter(clock.nowMs());
    if (next !== undefined) set(next);
  };
  const ring = (): void => {
    stop();
    wake();
    setNext();
  };

  const becomesVisible = (atMs: number): void => {
    if (listeners.size === 0) return;
    if (atMs <= clock.nowMs()) wake();
    else set(atMs);
  };

  return {
    stop,
    lookAgain: () => {
      const next = nextAfter(Number.NEGATIVE_INFINITY);
      if (next !== undefined) becomesVisible(next);
    },
    becomesVisible,
    listen: (listener) => {
      // Wrapped, so that a function that listens twice can stop listening once.
      const entry = (): void => listener();
      listeners.add(entry);
      setNext();
      return () => {
        listeners.delete(entry);
        if (listeners.size === 0) stop();
      };
    },
  };
};
