import { nextTimerAtMs } from "#core/execution/advance.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import type { Enqueue } from "#ports/journal.ts";
import type { EngineContext } from "./context.ts";
import { holdsSome } from "./held-back.ts";
import type { Loaded } from "./loading.ts";
import { hasUnbegun } from "./unbegun.ts";

/** A day: an execution that waits without a timer is looked at again at least this often. */
const idleCheckMs = 86_400_000;

/** By when an execution that nobody works on is to be looked at, if no timer of it is earlier (G5). */
export const idleLookAtMs = (context: EngineContext, loaded: Loaded): number => {
  const { clock, settings, watchdog } = context;
  // Whoever ends a drain wakes what it held; to look every minute is the net below.
  const checkMs = holdsSome(loaded.state) ? settings.headCheckMs : idleCheckMs;
  const atMs = clock.nowMs() + checkMs;
  return Math.min(atMs, watchdog?.look(loaded) ?? atMs);
};

/** By when an execution in a turn is to be looked at. */
export const busyLookAtMs = (context: EngineContext, loaded: Loaded): number => {
  context.watchdog?.look(loaded);
  return context.clock.nowMs() + context.settings.headCheckMs;
};

/** Until when a turn need not keep its head: that of a start is good for a while, and most executions end before. */
export const headKeptUntilMs = (
  { settings }: Pick<EngineContext, "settings">,
  { state, seq }: Loaded,
): number => {
  const isOfStart = seq === -1 || (seq === 0 && hasUnbegun(state));
  return isOfStart ? state.startedAtMs + settings.headCheckMs / 2 : 0;
};

/** The timer of an execution as a work item, where timers are such and it is near enough. */
export const timerItem = (
  { clock, settings: { timerItems } }: Pick<EngineContext, "clock" | "settings">,
  state: ExecutionState,
): Enqueue | undefined => {
  if (timerItems === undefined || state.status !== "RUNNING") return undefined;
  const visibleAtMs = nextTimerAtMs(state);
  if (visibleAtMs === undefined || visibleAtMs > clock.nowMs() + timerItems.delayMsMax)
    return undefined;
  const { executionId } = state;
  return {
    kind: "Enqueue",
    itemId: `${executionId}.timer.${visibleAtMs}`,
    executionId,
    visibleAtMs,
  };
};

/** When an execution wants a turn again after it has settled; never if it has ended. */
export const nextTurnAtMs = (
  { clock }: Pick<EngineContext, "clock">,
  { state }: Loaded,
): number | undefined => {
  if (state.status !== "RUNNING") return undefined;
  return nextTimerAtMs(state) ?? clock.nowMs() + idleCheckMs;
};
