import { OrchestratorError } from "#core/errors.ts";

/** The answer to a call about an execution that is not there. */
export const executionNotFound = (executionId: string): OrchestratorError =>
  new OrchestratorError("execution-not-found", `there is no execution ${executionId}`, {
    action: "list the executions to find its id",
    details: { executionId },
  });
