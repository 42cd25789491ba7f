import { resourceKind } from "#core/execution/resource-kind.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import type { LateResult } from "./late-results.ts";
import type { Mailbox } from "./mailbox.ts";
import type { RunningActivities } from "./running-activities.ts";

/** What a turn has in hand, and how it tells what came too late. */
export interface TurnHand {
  readonly running: RunningActivities;
  readonly mailbox: Mailbox;
  readonly late: (late: LateResult) => void;
}

/** Lets go of what is not, or not any more, a turn's to run; if that may have been taken over, what comes of it is told. */
export const keepOwn = (
  { activities }: ExecutionState,
  { turnId }: { readonly turnId: string },
  { running, mailbox, late, mayBeLate }: TurnHand & { readonly mayBeLate: boolean },
): void => {
  const isOwn = (id: string, attempt: number): boolean => {
    const current = activities[id];
    if (current?.phase !== "running" || current.attempt !== attempt) return false;
    // To start an execution again changes nothing: what came of it is true whoever says it, and has to be said.
    return current.turn === turnId || resourceKind(current.resource) === "child";
  };
  if (mayBeLate)
    for (const fact of mailbox.takeResults(isOwn))
      late({ fact, state: activities[fact.activity]?.state });
  running.keepWanted(isOwn, { mayBeLate });
};
