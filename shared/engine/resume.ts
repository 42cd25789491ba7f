import type { Command } from "#core/execution/commands.ts";
import type { TakenOver } from "#core/execution/facts.ts";
import { resourceKind } from "#core/execution/resource-kind.ts";
import type { Activity, ExecutionState } from "#core/execution/state.ts";
import type { ActivityRunner } from "#ports/activity-runner.ts";
import type { Drains } from "./drains.ts";
import { staysHeld } from "./held-back.ts";
import { resolutionOf } from "./resolution.ts";
import type { Place } from "./turn-context.ts";

const beginningOf = ({ id, attempt, resource }: Activity): Command => ({
  kind: resourceKind(resource) === "worker" ? "OfferActivity" : "RunActivity",
  activity: id,
  attempt,
});

interface ResumeOptions {
  readonly turnId: string;
  /** Whether this turn runs the attempt, or has its result. */
  readonly isInHand: (activity: string, attempt: number) => boolean;
  readonly runner: Pick<ActivityRunner, "mayRestart" | "mayVerify">;
  readonly drains: Drains | undefined;
}

/** What a turn has to do about an activity. */
const duty = (
  state: ExecutionState,
  activity: Activity,
  { turnId, isInHand, drains }: ResumeOptions,
): "begin" | "handOff" | "resolve" | undefined => {
  const { id, phase, attempt, resource, held, turn } = activity;
  if (phase !== "running" || isInHand(id, attempt)) return undefined;
  if (held !== undefined) return staysHeld(drains, state, activity) ? undefined : "begin";
  const kind = resourceKind(resource);
  if (kind === "child") return "handOff";
  // What is laid out for a worker is owed, not run.
  if (kind === "worker") return undefined;
  return turn === undefined || turn === turnId ? "begin" : "resolve";
};

/**
 * What a turn finds that takes up an execution: activities that another turn may have begun are
 * interrupted (G4), those that nobody has begun are to be claimed, and those that no adapter runs are
 * handed off again, which changes nothing.
 */
export const resumeFrom = (
  place: Place,
  options: ResumeOptions,
): {
  readonly interrupted: TakenOver | undefined;
  readonly claims: readonly Command[];
  readonly handOffs: readonly Activity[];
} => {
  const handOffs: Activity[] = [];
  const interrupted: TakenOver["interrupted"][number][] = [];
  const claims: Command[] = [];
  let fromTurn: string | undefined;
  for (const activity of Object.values(place.state.activities)) {
    const { id, attempt } = activity;
    const what = duty(place.state, activity, options);
    if (what === "handOff") handOffs.push(activity);
    if (what === "begin") claims.push(beginningOf(activity));
    if (what !== "resolve") continue;
    fromTurn = activity.turn;
    interrupted.push({
      activity: id,
      attempt,
      resolution: resolutionOf(place, activity, options.runner),
    });
  }
  return {
    interrupted: fromTurn === undefined ? undefined : { kind: "TakenOver", fromTurn, interrupted },
    claims,
    handOffs,
  };
};
