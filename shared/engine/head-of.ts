import { nextTimerAtMs } from "#core/execution/advance.ts";
import { isAwaitedChild, resourceKind } from "#core/execution/resource-kind.ts";
import type { Activity, Branch, ExecutionState } from "#core/execution/state.ts";
import type { Head, WaitingFor, WaitingKind } from "#ports/heads.ts";

type Wait = Omit<WaitingFor, "count">;

const kindOf = ({ phase, resource }: Activity): WaitingKind => {
  if (phase === "waitingToRetry") return "retry";
  if (phase === "waitingForSignals") return "signal";
  if (phase === "waitingForOperator") return "operator";
  if (isAwaitedChild(resource)) return "execution";
  if (phase === "waitingForToken") return "callback";
  return resourceKind(resource) === "worker" ? "worker" : "activity";
};

/** What one branch waits for by itself; nothing if it waits for its own branches. */
const waitOf = ({ activities, mapRun }: ExecutionState, branch: Branch): Wait | undefined => {
  const { waiting, state, enteredAtMs } = branch;
  if (waiting.kind === "mapRun" && mapRun !== undefined)
    return { kind: "activity", state, sinceMs: enteredAtMs };
  if (waiting.kind === "wait") return { kind: "timer", state, sinceMs: enteredAtMs };
  if (waiting.kind === "retry") return { kind: "retry", state, sinceMs: enteredAtMs };
  if (waiting.kind !== "activity") return undefined;
  const activity = activities[waiting.activity];
  if (activity === undefined) return undefined;
  const sinceMs = activity.interrupted?.question?.sinceMs ?? activity.startedAtMs;
  return { kind: kindOf(activity), state, sinceMs };
};

/** A question comes first: nothing else of an execution waits for a person who may not know of it. */
const isBefore = (a: Wait, b: Wait): boolean => {
  const isAsked = a.kind === "operator";
  return isAsked === (b.kind === "operator") ? a.sinceMs < b.sinceMs : isAsked;
};

/** What a running execution waits for: an operator, or the oldest of its waits, and how many there are. */
export const waitingForOf = (state: ExecutionState): WaitingFor => {
  let count = 0;
  let first: Wait | undefined;
  for (const id in state.branches) {
    const branch = state.branches[id];
    const wait = branch && waitOf(state, branch);
    if (wait === undefined) continue;
    count += 1;
    if (first === undefined || isBefore(wait, first)) first = wait;
  }
  if (first === undefined) return { kind: "turn", sinceMs: state.nowMs };
  return count > 1 ? { ...first, count } : first;
};

const commonOf = (state: ExecutionState, seq: number) => ({
  executionId: state.executionId,
  epoch: 0,
  seq,
  process: state.process,
  version: state.version,
  name: state.name,
  status: state.status,
  startedAtMs: state.startedAtMs,
  startedBy: state.startedBy,
});

/** The open head of an execution that has ended and is about to go on. */
export const reopenedHead = (state: ExecutionState, seq: number, nextCheckAtMs: number): Head => ({
  ...commonOf(state, seq),
  status: "RUNNING",
  waitingFor: { kind: "turn", sinceMs: state.nowMs },
  nextCheckAtMs,
});

/** The head that reflects `state` at `seq`; `checkAtMs` is used where no timer is due earlier. */
export const headOf = (state: ExecutionState, seq: number, checkAtMs: number): Head => {
  const common = commonOf(state, seq);
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
    ...(state.outcome === undefined ? {} : { outcome: state.outcome }),
  };
};
