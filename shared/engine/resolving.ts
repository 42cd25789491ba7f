import { OrchestratorError } from "#core/errors.ts";
import type { ActivityResolved } from "#core/execution/facts.ts";
import { resolutionBefore } from "#core/execution/resolutions.ts";
import type { EngineContext } from "./context.ts";
import type { ResolveRequest } from "./engine.ts";
import { executionNotFound } from "./execution-not-found.ts";
import { loadExecution } from "./loading.ts";
import type { Turns } from "./turns.ts";

type Named = Pick<ResolveRequest, "activity"> & { readonly executionId: string };

const factOf = ({ attempt: _, ...said }: ResolveRequest, attempt: number): ActivityResolved => ({
  kind: "ActivityResolved",
  ...said,
  attempt,
});

/**
 * Records what somebody says became of an interrupted activity. The same again is acknowledged, as
 * far back as it is remembered; who was too late, or says something else, is told so.
 */
export const resolveActivity = async (
  context: EngineContext,
  turns: Pick<Turns, "tell">,
  told: { readonly executionId: string; readonly request: ResolveRequest },
): Promise<void> => {
  const { executionId, request } = told;
  const named = { executionId, activity: request.activity };
  const outcome = await turns.tell(executionId, ({ activities }) => {
    const asked = activities[request.activity];
    if (asked?.interrupted === undefined || asked.phase === "waitingToRetry") return [];
    if ((request.attempt ?? asked.attempt) !== asked.attempt) return [];
    return [factOf(request, asked.attempt)];
  });
  if (outcome === undefined) throw executionNotFound(executionId);
  if (outcome !== "recorded") await mustHaveBeenSaid(context, named, request);
};

const mustHaveBeenSaid = async (
  context: EngineContext,
  named: Named,
  request: ResolveRequest,
): Promise<void> => {
  const state = (await loadExecution(context, named.executionId))?.state;
  if (state === undefined) throw executionNotFound(named.executionId);
  const last = state.resolutions?.findLast(({ activity }) => activity === named.activity);
  const attempt = request.attempt ?? last?.attempt;
  const before =
    attempt === undefined ? undefined : resolutionBefore(state, factOf(request, attempt));
  if (before?.isSame !== true) throw notAsking(named, before?.by);
};

const notAsking = ({ executionId, activity }: Named, by: string | undefined) =>
  new OrchestratorError(
    "activity-not-asking",
    `nobody is asked about the activity ${activity} of ${executionId}${
      by === undefined ? "" : ` any more: ${by} has answered`
    }`,
    {
      action: "look at the execution: its open questions are listed there",
      details: { executionId, activity, ...(by !== undefined && { by }) },
    },
  );
