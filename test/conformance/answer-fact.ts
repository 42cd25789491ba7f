import { exactOriginal } from "#core/exact-json/plain-json.ts";
import type { Fact } from "#core/execution/facts.ts";
import type { Activity } from "#core/execution/state.ts";
import type { Json } from "#core/json.ts";
import type { TaskAnswer } from "./recorded/compare.mjs";

/** What an answer is as a fact; `undefined`: it never comes. */
export const answerFact = (
  { id: activity, attempt }: Activity,
  answer: TaskAnswer,
): Fact | undefined => {
  if (answer.timeout === true || answer.never === true) return undefined;
  if (answer.output !== undefined) {
    // The answers stand in the case with plain numbers, for the comparer.
    const exact = (exactOriginal(answer) ?? answer) as { readonly output: Json };
    return { kind: "ActivitySucceeded", activity, attempt, output: exact.output };
  }
  return {
    kind: "ActivityFailed",
    activity,
    attempt,
    ...(typeof answer.error === "string" && { error: answer.error }),
    ...(typeof answer.cause === "string" && { cause: answer.cause }),
  };
};
