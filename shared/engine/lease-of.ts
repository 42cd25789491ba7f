import type { EngineContext } from "./context.ts";
import type { Loaded } from "./loading.ts";

type LeaseContext = Pick<EngineContext, "platform" | "peers" | "settings">;

/**
 * Until when a lease is to be respected that ran out while nothing could be written: nobody could renew it. Its
 * turn has the time of one renewal from when writing goes on.
 */
const respectedUntilMs = ({ platform, settings }: LeaseContext, untilMs: number): number => {
  const renewalMs = settings.leaseMs / 3;
  const stall = platform.lastStall?.();
  // The stall is known only since this server itself had something to write.
  const ranOutInIt = stall !== undefined && untilMs >= stall.fromMs - renewalMs;
  return ranOutInIt ? Math.max(untilMs, stall.toMs + renewalMs) : untilMs;
};

/** Until when a turn owns what runs, as the last record or the newest renewal says. */
export const leasedUntilMs = async (
  context: LeaseContext,
  { state }: Pick<Loaded, "state">,
  nowMs: number,
): Promise<number> => {
  const { lease } = state;
  if (lease === undefined || context.peers?.isGone(lease.turn) === true) return 0;
  if (lease.untilMs > nowMs) return lease.untilMs;
  const renewed = (await context.platform.heads.get(state.executionId))?.lease;
  const untilMs = renewed?.turn === lease.turn ? renewed.untilMs : lease.untilMs;
  return respectedUntilMs(context, untilMs);
};

/** Whether another turn owns what runs: even where it has interrupted nothing, two turns are one too many (I24). */
export const isHeldByOther = async (
  context: LeaseContext & Pick<EngineContext, "clock">,
  loaded: Pick<Loaded, "state">,
  turnId: string,
): Promise<boolean> => {
  const nowMs = context.clock.nowMs();
  const { lease } = loaded.state;
  if (lease === undefined || lease.turn === turnId) return false;
  return (await leasedUntilMs(context, loaded, nowMs)) > nowMs;
};
