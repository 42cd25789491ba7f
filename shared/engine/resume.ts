import type { Command } from "#core/execution/commands.ts";
import type { TakenOver } from "#core/execution/facts.ts";
import { resourceKind } from "#core/execution/resource-kind.ts";
import type { Activity } from "#core/execution/state.ts";
import type { ActivityRunner } from "#ports/activity-runner.ts";
import { resolutionOf } from "./resolution.ts";
import type { Place } from "./turn-context.ts";

/**
 * What a turn finds that takes up an execution: activities that another turn may have begun are
 * interrupted (G4), those that nobody has begun are to be claimed, and those that no adapter runs are
 * handed off again, which changes nothing.
 */
export const resumeFrom = (
  place: Place,
  options: {
    readonly turnId: string;
    /** Whether this turn runs the attempt, or has its result. */
    readonly isInHand: (activity: string, attempt: number) => boolean;
    readonly runner: Pick<ActivityRunner, "mayRestart" | "mayVerify">;
  },
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
    const { id, phase, resource } = activity;
    const kind = resourceKind(resource);
    // What is laid out for a worker is owed, not run.
    if (kind === "worker" || phase !== "running" || options.isInHand(id, activity.attempt))
      continue;
    if (kind === "child") {
      handOffs.push(activity);
      continue;
    }
    const { attempt, turn } = activity;
    if (turn === undefined || turn === options.turnId) {
      claims.push({ kind: "RunActivity", activity: id, attempt });
      continue;
    }
    fromTurn = turn;
    const resolution = resolutionOf(place, activity, options.runner);
    interrupted.push({ activity: id, attempt, resolution });
  }
  return {
    interrupted: fromTurn === undefined ? undefined : { kind: "TakenOver", fromTurn, interrupted },
    claims,
    handOffs,
  };
};
