import type { EngineContext } from "./context.ts";
import type { Loaded } from "./loading.ts";

/** Until when a turn owns what runs, as the last record or the newest renewal says. */
export const leasedUntilMs = async (
  { platform, peers }: Pick<EngineContext, "platform" | "peers">,
  { state }: Pick<Loaded, "state">,
  nowMs: number,
): Promise<number> => {
  const { lease } = state;
  if (lease === undefined || peers?.isGone(lease.turn) === true) return 0;
  if (lease.untilMs > nowMs) return lease.untilMs;
  const renewed = (await platform.heads.get(state.executionId))?.lease;
  return renewed?.turn === lease.turn ? renewed.untilMs : 0;
};

/** Whether another turn owns what runs: even where it has interrupted nothing, two turns are one too many (I24). */
export const isHeldByOther = async (
  context: Pick<EngineContext, "platform" | "peers" | "clock">,
  loaded: Pick<Loaded, "state">,
  turnId: string,
): Promise<boolean> => {
  const nowMs = context.clock.nowMs();
  const { lease } = loaded.state;
  if (lease === undefined || lease.turn === turnId) return false;
  return (await leasedUntilMs(context, loaded, nowMs)) > nowMs;
};
