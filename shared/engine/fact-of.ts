import { unreachable } from "#core/errors.ts";
import type { ResultFact } from "./late-results.ts";
import type { AttemptResult } from "./turn-context.ts";

/** The result of an attempt as a fact. */
export const factOf = (options: {
  readonly activity: string;
  readonly attempt: number;
  readonly result: AttemptResult;
}): ResultFact => {
  const { activity, attempt, result } = options;
  switch (result.kind) {
    case "succeeded":
      return { kind: "ActivitySucceeded", activity, attempt, output: result.output };
    case "submitted":
      return { kind: "ActivitySubmitted", activity, attempt, output: result.output };
    case "failed":
      return {
        kind: "ActivityFailed",
        activity,
        attempt,
        error: result.error,
        cause: result.cause,
      };
    default:
      return unreachable(result);
  }
};
