import { resourceKind } from "#core/execution/resource-kind.ts";
import type { Activity, ExecutionState } from "#core/execution/state.ts";

/** Whether a server could begin an activity and no turn has been told to. */
export const isUnbegun = ({ phase, resource, turn }: Activity): boolean =>
  phase === "running" && turn === undefined && resourceKind(resource) === "adapter";

/**
 * Whether there is an activity that nobody has begun and no drain holds. Every turn that knows it has it begun, or
 * leaves its work item to another: none lets the item go and leaves a head behind that says to look much later.
 */
export const hasUnbegun = ({ activities, status }: ExecutionState): boolean =>
  status === "RUNNING" &&
  Object.values(activities).some((activity) => activity.held === undefined && isUnbegun(activity));
