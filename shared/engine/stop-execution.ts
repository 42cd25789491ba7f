import { OrchestratorError } from "#core/errors.ts";
import type { StopRequested } from "#core/execution/facts.ts";
import type { StopReason } from "./engine.ts";
import { executionNotFound } from "./execution-not-found.ts";
import type { Suspects } from "./suspects.ts";
import type { Turns } from "./turns.ts";

/** Records that an execution is to stop. */
export const stopExecution = async (
  { turns, suspects }: { readonly turns: Turns; readonly suspects: Suspects | undefined },
  executionId: string,
  { error, cause, by }: StopReason,
): Promise<void> => {
  const fact: StopRequested = {
    kind: "StopRequested",
    by,
    ...(error !== undefined && { error }),
    ...(cause !== undefined && { cause }),
  };
  // To end is no more than what its turns have done before.
  if (suspects?.isSetAside(executionId) === true) await suspects.forget(executionId);
  const outcome = await turns.tell(executionId, () => [fact]);
  if (outcome === undefined) throw executionNotFound(executionId);
  if (outcome === "ended") throw hasEnded(executionId);
};

const hasEnded = (executionId: string) =>
  new OrchestratorError("execution-ended", `the execution ${executionId} has ended already`, {
    action: "look at its status",
    details: { executionId },
  });
