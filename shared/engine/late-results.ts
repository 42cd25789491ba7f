import type { Fact } from "#core/execution/facts.ts";
import { printStored } from "#core/json.ts";
import type { SystemEvent } from "#ports/system-event.ts";

/** Characters of a late result that are kept. */
export const lateResultLengthMax = 4_096;

/** How long attempts that another server has taken over may go on, ms: what is done is told, what is not is given up. */
export const lateAttemptMs = 3_000;

/** The result of an attempt, as a fact. */
export type ResultFact = Extract<
  Fact,
  { readonly kind: "ActivitySucceeded" | "ActivitySubmitted" | "ActivityFailed" }
>;

/** The end of an attempt that was not this turn's any more. */
export interface LateResult {
  readonly fact: ResultFact;
  /** Name of the Task state, where it is known. */
  readonly state: string | undefined;
}

const resultOf = (fact: ResultFact) =>
  fact.kind === "ActivityFailed"
    ? { outcome: "failed", error: fact.error ?? null, result: fact.cause ?? "" }
    : { outcome: "succeeded", result: printStored(fact.output) };

/** An attempt that another server had taken over has ended after all: the execution does not know, people should. */
export const lateResultEvent = (
  turn: { readonly executionId: string; readonly turnId: string },
  { fact, state }: LateResult,
): SystemEvent => {
  const { executionId, turnId } = turn;
  const { activity, attempt } = fact;
  const { result, ...outcome } = resultOf(fact);
  const isCut = result.length > lateResultLengthMax;
  const named = state === undefined ? activity : `"${state}"`;
  return {
    severity: "warning",
    kind: "late-result",
    message: `attempt ${attempt} of ${named} of ${executionId} ${outcome.outcome} after it was taken over from turn ${turnId}; the execution goes by what came of the takeover`,
    executionId,
    details: {
      activity,
      attempt,
      ...(state !== undefined && { state }),
      turn: turnId,
      ...outcome,
      result: result.slice(0, lateResultLengthMax),
      ...(isCut && { isCut }),
    },
  };
};
