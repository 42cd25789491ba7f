import { resourceKind } from "#core/execution/resource-kind.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import type { TailOptions } from "./tail-options.ts";

/**
 * Whether there is an activity that nobody has begun and no drain holds. Every turn that knows it has it begun, or
 * leaves its work item to another: none lets the item go and leaves a head behind that says to look much later.
 */
const hasUnbegun = ({ activities, status }: ExecutionState): boolean =>
  status === "RUNNING" &&
  Object.values(activities).some(
    ({ phase, resource, turn, held }) =>
      phase === "running" &&
      resourceKind(resource) === "adapter" &&
      turn === undefined &&
      held === undefined,
  );

/**
 * Whether a record behind one that gives its turn no lease is announced in the head before it is put: where somebody
 * who knows no more than the log says now may settle. What comes from outside has no turn that goes on with it.
 */
export const isToBeAnnounced = ({
  loaded: { state, seq },
  isOutside = false,
}: Pick<TailOptions, "loaded" | "isOutside">): boolean =>
  seq >= 0 && (isOutside || !hasUnbegun(state));
