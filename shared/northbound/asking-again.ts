import { knownAgeMsMax } from "#access/limits.ts";
import type { Call } from "./operation.ts";

/**
 * Asks whether the caller may still do this, as often as what is known of callers gets old: for answers that
 * are long in coming, or go on for long. Rejects where it may not.
 */
export const askingAgain = (
  { mustStillBeAllowed }: Pick<Call, "mustStillBeAllowed">,
  nowMs: () => number,
): (() => Promise<void>) => {
  let askedAtMs = nowMs();
  return async () => {
    if (nowMs() - askedAtMs < knownAgeMsMax) return;
    await mustStillBeAllowed();
    askedAtMs = nowMs();
  };
};
