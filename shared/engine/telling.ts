/** What telling an execution something needs: what to tell, what becomes of it, and how long it may take. */
import { OrchestratorError } from "#core/errors.ts";
import type { Fact } from "#core/execution/facts.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import type { EngineContext } from "./context.ts";

/** After this many lost races for one fact something is wrong. */
export const tellTries = 10;

/** A turn that does not know of a redrive is given so long to find out, ms. */
export const staleTurnMs = 50;

/** So long the storage may take to record what was told to a turn. */
const tellPatienceMs = 10_000;

/** The storage takes nothing for a while. */
const notTaken = (executionId: string) =>
  new OrchestratorError(
    "storage-unavailable",
    `what was told ${executionId} is not recorded yet: the storage takes nothing`,
    { action: "look at the server's log; it is recorded as soon as the storage takes it" },
  );

/** What a turn answers; an error if the storage takes nothing for so long that a caller should hear of it. */
export const patiently = async <T>(
  { clock }: Pick<EngineContext, "clock">,
  executionId: string,
  answer: Promise<T>,
): Promise<T> => {
  let cancel = () => {};
  const silence = new Promise<never>((_, reject) => {
    cancel = clock.after(tellPatienceMs, () => reject(notTaken(executionId)));
  });
  return await Promise.race([answer, silence]).finally(cancel);
};

/** The call lost one race after the other. */
export const tooFast = (executionId: string) =>
  new OrchestratorError(
    "storage-unavailable",
    `${executionId} is changing too fast to record what was told`,
    { action: "try again" },
  );

/** What became of facts from outside; `late`: nothing waits for them. */
export type Told = "recorded" | "ended" | "late";

/** The facts to record, by the state that they would be recorded on. */
export type FactsFor = (state: ExecutionState) => readonly Fact[];
