/** Whether what an execution has done so far is given up when somebody takes it up (ADR 11). */
import { nextTimerAtMs } from "#core/execution/advance.ts";
import type { ProgressDropped } from "#core/execution/facts.ts";
import type { Program } from "#core/execution/program.ts";
import { staysHeld } from "./held-back.ts";
import type { TurnOptions } from "./turn-options.ts";
import { isUnbegun } from "./unbegun.ts";

type TakingUp = Pick<TurnOptions, "context" | "turnId" | "loaded" | "leaseEndedAtMs">;

/** What becomes of an execution of which work is lost. */
export const lostProgress = ({ settings }: Pick<Program, "settings">): ProgressDropped => ({
  kind: "ProgressDropped",
  reason: "lost",
  follows: settings?.onLoss === "rerun" ? "startOver" : "end",
});

/** Whether somebody could go on with it, and nobody has. */
const isLeft = ({ context: { drains }, loaded: { state } }: TakingUp): boolean =>
  Object.values(state.activities).some(
    (activity) => isUnbegun(activity) && !staysHeld(drains, state, activity),
  );

/** Whether another turn had the right to run its activities. */
const isForeign = ({ loaded: { state }, turnId }: TakingUp): boolean =>
  state.lease !== undefined && state.lease.turn !== turnId;

/** For how long it could have gone on and nobody did. */
const standsStillMs = (taking: TakingUp): number => {
  const { state } = taking.loaded;
  const nowMs = taking.context.clock.nowMs();
  const endedAtMs = isForeign(taking)
    ? Math.max(state.lease?.untilMs ?? 0, taking.leaseEndedAtMs ?? 0)
    : nowMs;
  const timerAtMs = nextTimerAtMs(state) ?? nowMs;
  const leftAtMs = isLeft(taking) ? state.nowMs : nowMs;
  return nowMs - Math.min(endedAtMs, timerAtMs, leftAtMs);
};

/** Whether another turn, which is gone, has done what nothing is kept of. */
export const isLost = (taking: TakingUp): boolean => {
  const { program, state } = taking.loaded;
  const isOpen = state.status === "RUNNING" && state.part?.kind !== "mapRun";
  return isOpen && program.settings?.persistence === "none" && isForeign(taking);
};

/** What becomes of an execution that a turn takes up; `undefined`: it is gone on with. */
export const progressToDrop = (taking: TakingUp): ProgressDropped | undefined => {
  const { program, state } = taking.loaded;
  const { settings } = program;
  if (settings === undefined || state.status !== "RUNNING" || state.part?.kind === "mapRun")
    return undefined;
  if (isLost(taking)) return lostProgress(program);
  const { freshness, onStale } = settings;
  if (freshness === undefined || standsStillMs(taking) <= freshness * 1000) return undefined;
  const follows = onStale === "drop" ? "end" : "startOver";
  return { kind: "ProgressDropped", reason: "stale", follows };
};
