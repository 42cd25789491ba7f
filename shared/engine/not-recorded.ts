/** What callers are told whose facts are not recorded (yet). */
import { OrchestratorError } from "#core/errors.ts";

/** The storage takes nothing. */
export const notTaken = (executionId: string) =>
  new OrchestratorError(
    "storage-unavailable",
    `what was told ${executionId} is not recorded yet: the storage takes nothing`,
    { action: "look at the server's log; it is recorded as soon as the storage takes it" },
  );

/** The call lost one race after the other. */
export const tooFast = (executionId: string) =>
  new OrchestratorError(
    "storage-unavailable",
    `${executionId} is changing too fast to record what was told`,
    { action: "try again" },
  );
