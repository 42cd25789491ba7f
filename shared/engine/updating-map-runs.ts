import { OrchestratorError } from "#core/errors.ts";
import type { MapRunUpdated } from "#core/execution/facts.ts";
import { distributedConcurrencyMax } from "#core/limits.ts";
import type { MapRunUpdate } from "./engine.ts";
import { executionNotFound } from "./execution-not-found.ts";
import type { Turns } from "./turns.ts";

/** As in the definition, 0 is as many as there may be. */
const concurrencyFor = (asked: number): number =>
  Math.min(asked === 0 ? distributedConcurrencyMax : asked, distributedConcurrencyMax);

/** Records that a map run goes on with another concurrency or tolerance. */
export const updateMapRun = async (
  turns: Pick<Turns, "tell">,
  mapRunId: string,
  { maxConcurrency, ...given }: MapRunUpdate,
): Promise<void> => {
  const fact: MapRunUpdated = {
    kind: "MapRunUpdated",
    ...given,
    ...(maxConcurrency !== undefined && { concurrency: concurrencyFor(maxConcurrency) }),
  };
  const outcome = await turns.tell(mapRunId, ({ part }) => {
    if (part?.kind !== "mapRun") throw executionNotFound(mapRunId);
    return [fact];
  });
  if (outcome === undefined) throw executionNotFound(mapRunId);
  if (outcome === "ended")
    throw new OrchestratorError("execution-ended", `the map run ${mapRunId} has ended already`, {
      action: "look at its status",
      details: { executionId: mapRunId },
    });
};
