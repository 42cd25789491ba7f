import { setTimeout as sleep } from "node:timers/promises";
import { OrchestratorError } from "#core/errors.ts";
import type { Entropy } from "#ports/clock.ts";

/** Beyond the repetitions of the client itself: about six seconds in all. */
const triesMax = 8;
const firstDelayMs = 50;
const delayMsMax = 2_000;

/**
 * Sends a batch, and what AWS left undone of it again, with a growing and random pause. `send` answers
 * what is left. Rejects with `storage-unavailable` when something is left after the last try.
 */
export const untilNoneIsLeft = async <Entry>(
  { entropy, place }: { readonly entropy: Entropy; readonly place: string },
  entries: readonly Entry[],
  send: (entries: readonly Entry[]) => Promise<readonly Entry[]>,
): Promise<void> => {
  let left = entries;
  let delayMs = firstDelayMs;
  for (let tries = 1; left.length > 0; tries += 1) {
    left = await send(left);
    if (left.length === 0) return;
    if (tries === triesMax)
      throw new OrchestratorError(
        "storage-unavailable",
        `${place} left ${left.length} of ${entries.length} entries undone, ${triesMax} times`,
      );
    await sleep(delayMs * entropy.fraction());
    delayMs = Math.min(2 * delayMs, delayMsMax);
  }
};

/** Parts of a list, each of at most `size`. */
export const chunksOf = <T>(list: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
