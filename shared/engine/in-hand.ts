import { resourceKind } from "#core/execution/resource-kind.ts";
import type { Activity, ExecutionState } from "#core/execution/state.ts";
import type { Mailbox } from "./mailbox.ts";
import type { RunningActivities } from "./running-activities.ts";

/** The attempts that run in a turn, and the facts that wait for its next record. */
export interface InHand {
  readonly running: Pick<RunningActivities, "sizeAfter" | "has">;
  readonly mailbox: Pick<Mailbox, "isEmpty" | "hasResult">;
}

/** What somebody has in hand who takes no turn. */
export const nothingInHand: InHand = {
  running: { sizeAfter: () => 0, has: () => false },
  mailbox: { isEmpty: true, hasResult: () => false },
};

/** Whether the result of an activity waits in the mailbox. */
export const hasUnrecordedResult = ({ activities }: ExecutionState, { mailbox }: InHand): boolean =>
  !mailbox.isEmpty &&
  Object.values(activities).some(({ id, attempt }) => mailbox.hasResult(id, attempt));

/** Whether there are activities to begin, or to resolve, that are not in hand. */
export const hasOthersToRun = (
  { activities, status }: ExecutionState,
  { running, mailbox }: InHand,
  isHeld: (activity: Activity) => boolean,
): boolean =>
  status === "RUNNING" &&
  Object.values(activities).some(
    (activity) =>
      activity.phase === "running" &&
      resourceKind(activity.resource) !== "worker" &&
      !running.has(activity.id, activity.attempt) &&
      !mailbox.hasResult(activity.id, activity.attempt) &&
      !isHeld(activity),
  );
