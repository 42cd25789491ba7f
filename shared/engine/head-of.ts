import { nextTimerAtMs } from "#core/execution/advance.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import type { Head, WaitingFor } from "#ports/heads.ts";

/** What a running execution waits for: the oldest activity, else a retry, else a timer. */
export const waitingForOf = (state: ExecutionState): WaitingFor => {
  let count = 0;
  let oldest: { state: string; startedAtMs: number; phase: string } | undefined;
  for (const id in state.activities) {
    const activity = state.activities[id];
    if (activity === undefined) continue;
    count += 1;
    if (oldest === undefined || activity.startedAtMs < oldest.startedAtMs) oldest = activity;
  }
  if (oldest === undefined) return { kind: "timer", sinceMs: state.nowMs };
  const kinds = { waitingToRetry: "retry", waitingForToken: "callback" } as const;
  return {
    kind: kinds[oldest.phase as keyof typeof kinds] ?? "activity",
    state: oldest.state,
    sinceMs: oldest.startedAtMs,
    ...(count > 1 ? { count } : {}),
  };
};

/** The head that reflects `state` at `seq`; `checkAtMs` is used where no timer is due earlier. */
export const headOf = (state: ExecutionState, seq: number, checkAtMs: number): Head => {
  const common = {
    executionId: state.executionId,
    epoch: 0,
    seq,
    process: state.process,
    version: state.version,
    name: state.name,
    status: state.status,
    startedAtMs: state.startedAtMs,
    startedBy: state.startedBy,
  };
  if (state.status === "RUNNING") {
    const timer = nextTimerAtMs(state);
    return {
      ...common,
      waitingFor: waitingForOf(state),
      nextCheckAtMs: timer === undefined ? checkAtMs : Math.min(timer, checkAtMs),
    };
  }
  return {
    ...common,
    ...(state.stoppedAtMs === undefined ? {} : { stoppedAtMs: state.stoppedAtMs }),
    ...(state.error === undefined ? {} : { error: state.error }),
  };
};
