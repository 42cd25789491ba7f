import { resourceKind } from "#core/execution/resource-kind.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import type { Head } from "#ports/heads.ts";
import type { EngineContext } from "./context.ts";
import { type InFlightActivity, inFlightOf } from "./in-flight.ts";
import { loadExecution } from "./loading.ts";

/** Heads read at a time. */
const pageSize = 500;

/** Whether a worker may have an activity of it: the head shows one wait of several. */
const mayBeClaimed = ({ waitingFor }: Head): boolean =>
  waitingFor?.kind === "callback" || waitingFor?.kind === "worker" || (waitingFor?.count ?? 1) > 1;

const claimedOf = ({ executionId, process, activities }: ExecutionState) =>
  Object.values(activities)
    .filter(
      ({ phase, resource }) => phase === "waitingForToken" && resourceKind(resource) === "worker",
    )
    .map((activity) => inFlightOf({ executionId, process, resource: activity.resource }, activity));

/**
 * What workers have claimed and not answered, as the logs say. One that cannot be looked at is passed over. Asked
 * only while there are drains, so that a claim costs nothing for it.
 */
export const claimedActivities = async (
  context: EngineContext,
): Promise<readonly InFlightActivity[]> => {
  const found: InFlightActivity[] = [];
  let after: string | undefined;
  do {
    const page = await context.platform.heads.list({
      status: "RUNNING",
      limit: pageSize,
      ...(after !== undefined && { after }),
    });
    for (const { executionId } of page.heads.filter(mayBeClaimed)) {
      const loaded = await loadExecution(context, executionId).catch(() => undefined);
      if (loaded !== undefined) found.push(...claimedOf(loaded.state));
    }
    after = page.next;
  } while (after !== undefined);
  return found;
};
