import { nextTimerAtMs } from "#core/execution/advance.ts";
import { isAwaitedChild, resourceKind } from "#core/execution/resource-kind.ts";
import type { Activity, Branch, ExecutionState } from "#core/execution/state.ts";
import type { Head, WaitingFor, WaitingKind } from "#ports/heads.ts";

type Wait = Omit<WaitingFor, "count">;

const kindOf = ({ phase, resource, turn }: Activity): WaitingKind => {
  if (phase === "waitingToRetry") return "retry";
  if (phase === "waitingForSignals") return "signal";
  if (phase === "waitingForOperator") return "operator";
  if (isAwaitedChild(resource)) return "execution";
  if (phase === "waitingForToken") return "callback";
  const kind = resourceKind(resource);
  if (kind === "worker") return "worker";
  return kind === "adapter" && turn === undefined ? "turn" : "activity";
};

const until = (untilMs: number | undefined) => (untilMs === undefined ? {} : { untilMs });

const waitOfActivity = (activity: Activity): Wait => {
  const { state, startedAtMs: sinceMs, held, phase, retryAtMs, timeoutAtMs } = activity;
  if (held !== undefined) return { kind: "drain", state, sinceMs, drain: held.drain };
  const endsAtMs = phase === "waitingToRetry" ? retryAtMs : timeoutAtMs;
  const since = { sinceMs: activity.interrupted?.question?.sinceMs ?? sinceMs };
  return { kind: kindOf(activity), state, ...since, ...until(endsAtMs) };
};

/** What a map run waits for: its children, or a drain. */
const waitOfMapRun = ({ activities }: ExecutionState, branch: Branch): Wait => {
  const held = Object.values(activities).find((activity) => activity.held !== undefined);
  const wait = { kind: "activity", state: branch.state, sinceMs: branch.enteredAtMs } as const;
  return held === undefined ? wait : { ...waitOfActivity(held), state: branch.state };
};

/** What one branch waits for by itself; nothing if it waits for its own branches. */
const waitOf = (execution: ExecutionState, branch: Branch): Wait | undefined => {
  const { waiting, state, enteredAtMs: sinceMs } = branch;
  switch (waiting.kind) {
    case "mapRun":
      return execution.mapRun && waitOfMapRun(execution, branch);
    case "wait":
      return { kind: "timer", state, sinceMs, untilMs: waiting.atMs };
    case "retry":
      return { kind: "retry", state, sinceMs, untilMs: waiting.atMs };
    case "activity": {
      const activity = execution.activities[waiting.activity];
      return activity && waitOfActivity(activity);
    }
    default:
      return undefined;
  }
};

/** Each wait of an execution, with the branch that waits. */
export function* waitsOf(state: ExecutionState): Generator<{ branch: Branch; wait: Wait }> {
  for (const id in state.branches) {
    const branch = state.branches[id];
    const wait = branch && waitOf(state, branch);
    if (branch !== undefined && wait !== undefined) yield { branch, wait };
  }
}

/** What operators have made, or are asked, is shown before what goes on by itself. */
const rankOf = ({ kind }: Wait): number => {
  if (kind === "drain") return 0;
  return kind === "operator" ? 1 : 2;
};

/** Whether a wait is rather shown than another: a drain, a question, else the older one. */
const isBefore = (wait: Wait, other: Wait): boolean => {
  const [rank, otherRank] = [rankOf(wait), rankOf(other)];
  return rank === otherRank ? wait.sinceMs < other.sinceMs : rank < otherRank;
};

/** What a running execution waits for: one of its waits, and how many there are. */
export const waitingForOf = (state: ExecutionState): WaitingFor => {
  let count = 0;
  let shown: Wait | undefined;
  for (const { wait } of waitsOf(state)) {
    count += 1;
    if (shown === undefined || isBefore(wait, shown)) shown = wait;
  }
  if (shown === undefined) return { kind: "turn", sinceMs: state.nowMs };
  return count > 1 ? { ...shown, count } : shown;
};

/** How often an execution was redriven, where it was. */
export const redrivenOf = ({
  redriveCount: count,
  redrivenAtMs: atMs,
}: ExecutionState): Pick<Head, "redriven"> =>
  count === undefined ? {} : { redriven: { count, ...(atMs !== undefined && { atMs }) } };

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
  ...redrivenOf(state),
});

/** The open head of an execution that has ended and is about to be redriven. */
export const reopenedHead = (
  state: ExecutionState,
  seq: number,
  { nowMs, nextCheckAtMs }: { readonly nowMs: number; readonly nextCheckAtMs: number },
): Head => ({
  ...commonOf(state, seq),
  status: "RUNNING",
  redriven: { count: (state.redriveCount ?? 0) + 1, atMs: nowMs },
  waitingFor: { kind: "turn", sinceMs: state.nowMs },
  nextCheckAtMs,
});

/** Characters of an error in a head, which is small: an expression may make a longer one, and that stands in the log. */
const errorLengthMax = 1_000;

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
    ...(state.error === undefined ? {} : { error: state.error.slice(0, errorLengthMax) }),
    ...(state.outcome === undefined ? {} : { outcome: state.outcome }),
  };
};
