import type { ExecutionState } from "#core/execution/state.ts";
import type { Suspects } from "./suspects.ts";

/** What a guard sees of a turn. */
interface GuardedTurn {
  readonly executionId: string;
  readonly state: ExecutionState;
  readonly seq: number;
}

/** Does something of a turn. Rejects with `execution-set-aside` if the turn may not. */
export type Guard = <T>(stretch: () => Promise<T>) => Promise<T>;

/**
 * Guards each stretch of a turn that is suspect, until it has done what may have ended the turn before:
 * until the activities that it found in flight have ended, and a record was written.
 */
export const suspectGuard = (suspects: Suspects, turn: () => GuardedTurn): Guard => {
  let awaited: readonly string[] | undefined;
  let firstSeq = -1;
  let isCleared = false;
  return async (stretch) => {
    if (isCleared) return stretch();
    const { executionId, state } = turn();
    if (awaited === undefined) {
      awaited = Object.keys(state.activities);
      firstSeq = turn().seq;
    }
    const value = await suspects.attempt(executionId, stretch);
    const { activities } = turn().state;
    if (turn().seq > firstSeq && !awaited.some((id) => activities[id] !== undefined)) {
      isCleared = true;
      await suspects.clear(executionId);
    }
    return value;
  };
};
