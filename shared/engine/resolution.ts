import { askingBehaviour } from "#core/execution/behaviours.ts";
import { definitionOf } from "#core/execution/branches/machine.ts";
import { calledBy } from "#core/execution/called.ts";
import type { TakenOver } from "#core/execution/facts.ts";
import { calledResource } from "#core/execution/resource-kind.ts";
import type { Activity } from "#core/execution/state.ts";
import type { ActivityRunner } from "#ports/activity-runner.ts";
import type { Place } from "./turn-context.ts";

type Resolving = Pick<ActivityRunner, "mayRestart" | "mayVerify">;
type Resolution = TakenOver["interrupted"][number]["resolution"];

/** What the state says beyond ASL; nothing of an activity that its execution has made up (a map run's). */
const wordsOf = ({ program, state }: Place, { branch: id }: Activity) => {
  const branch = state.branches[id];
  return (branch && definitionOf(program, branch).Orchestration) ?? {};
};

/** Under earlier behaviours, and in map runs, whose activities no state describes. */
const plainly = (mayRestart: boolean): Resolution => (mayRestart ? "restart" : "fail");

/** A probe changes nothing if its adapter says so. */
const ofProbe = (isHarmless: boolean): Resolution => (isHarmless ? "restart" : "ask");

const withoutWord = (mayRestart: boolean, mayVerify: boolean): Resolution => {
  if (mayRestart) return "restart";
  return mayVerify ? "verify" : "ask";
};

/** What becomes of an activity that was begun and did not end: its server was lost, or a drain has ended it (G4, ADR 10). */
export const resolutionOf = (place: Place, activity: Activity, runner: Resolving): Resolution => {
  const { behaviour, part } = place.state;
  const { resource, parameters } = calledBy(activity);
  const called = calledResource(resource);
  const mayRestart = runner.mayRestart(called, parameters);
  if (behaviour < askingBehaviour || part?.kind === "mapRun") return plainly(mayRestart);
  const probe = activity.interrupted?.probe;
  if (probe !== undefined) return ofProbe(probe.isOwn === true || mayRestart);
  const { OnInterrupted: word, Verify } = wordsOf(place, activity);
  if (word !== undefined && word !== "verify") return word;
  if (Verify !== undefined) return "verify";
  const mayVerify = runner.mayVerify(called, parameters);
  return withoutWord(mayRestart && word === undefined, mayVerify);
};
