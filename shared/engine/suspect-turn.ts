import { nextTimerAtMs } from "#core/execution/advance.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import type { EngineContext } from "./context.ts";
import type { Suspects } from "./suspects.ts";

/** What a guard sees of a turn. */
interface GuardedTurn {
  readonly executionId: string;
  readonly state: ExecutionState;
  readonly seq: number;
}

/** Whether an execution that has no turn should have one: its lease is left over, or a timer of it. */
export const isLeftOver = (
  { clock, settings }: Pick<EngineContext, "clock" | "settings">,
  state: ExecutionState,
): boolean => {
  const timerAtMs = nextTimerAtMs(state) ?? Number.POSITIVE_INFINITY;
  return state.lease !== undefined || clock.nowMs() - timerAtMs > settings.leaseMs;
};

/** Does something of a turn. Rejects with `execution-set-aside` if the turn may not. */
export type Guard = <T>(stretch: () => Promise<T>) => Promise<T>;

/**
 * Guards each stretch of a turn that is suspect, until it has done what may have ended the turn before:
 * until the activities that it found in flight have ended, no timer is due, and a record was written. `settled` is to be
 * called when the turn has ended as it should.
 */
export const suspectGuard = (suspects: Suspects, turn: () => GuardedTurn) => {
  let awaited: readonly string[] | undefined;
  let firstSeq = -1;
  let isCleared = false;
  let hasSettled = false;
  const guard: Guard = async (stretch) => {
    if (isCleared) return stretch();
    const { executionId, state } = turn();
    const isNewTurn = awaited === undefined;
    if (awaited === undefined) {
      awaited = Object.keys(state.activities);
      firstSeq = turn().seq;
    }
    const value = await suspects.attempt(executionId, stretch, isNewTurn);
    const { activities, status } = turn().state;
    const ids = awaited ?? [];
    // What somebody outside has told is not what may have ended the turn before, a timer perhaps.
    const hasDue = (nextTimerAtMs(turn().state) ?? Number.POSITIVE_INFINITY) <= turn().state.nowMs;
    const isDone = !hasDue && !ids.some((id) => activities[id] !== undefined);
    const hasProgressed = turn().seq > firstSeq && isDone;
    if (hasSettled || hasProgressed || status !== "RUNNING") {
      isCleared = true;
      await suspects.clear(executionId);
    }
    return value;
  };
  /** Called within a stretch, so what was counted is put back before it is cleared. */
  const settled = (): void => {
    hasSettled = true;
  };
  return { guard, settled };
};
