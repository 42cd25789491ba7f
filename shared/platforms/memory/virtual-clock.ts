import type { Clock } from "#ports/clock.ts";

/** A clock that stands still until it is told to go on: for simulations and tests. */
export interface VirtualClock extends Clock {
  /** Fires everything that is due by `untilMs`, each task at its own instant, then stands at `untilMs`. */
  readonly advanceTo: (untilMs: number) => void;
  /** Goes on to the next task and fires it; false if there is none. */
  readonly runNext: () => boolean;
  /** The instant of the next task. */
  readonly nextAtMs: () => number | undefined;
}

interface Task {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** A clock that stands at `startMs`; tasks of one instant fire in the order in which they were set. */
export const virtualClock = (startMs: number): VirtualClock => {
  const tasks = new Set<Task>();
  let nowMs = startMs;
  let order = 0;

  const first = (): Task | undefined => {
    let found: Task | undefined;
    for (const task of tasks) {
      if (
        found === undefined ||
        task.atMs < found.atMs ||
        (task.atMs === found.atMs && task.order < found.order)
      )
        found = task;
    }
    return found;
  };
  const fire = (task: Task): void => {
    tasks.delete(task);
    nowMs = Math.max(nowMs, task.atMs);
    task.run();
  };

  return {
    nowMs: () => nowMs,
    after: (delayMs, run) => {
      order += 1;
      const task = { atMs: nowMs + Math.max(0, delayMs), order, run };
      tasks.add(task);
      return () => tasks.delete(task);
    },
    advanceTo: (untilMs) => {
      for (let task = first(); task !== undefined && task.atMs <= untilMs; task = first())
        fire(task);
      nowMs = Math.max(nowMs, untilMs);
    },
    runNext: () => {
      const task = first();
      if (task === undefined) return false;
      fire(task);
      return true;
    },
    nextAtMs: () => first()?.atMs,
  };
};
