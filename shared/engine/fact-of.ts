import type { Fact } from "#core/execution/facts.ts";
import type { ActivityResult } from "#ports/activity-runner.ts";

/** The result of an attempt as a fact. */
export const factOf = (options: {
  readonly activity: string;
  readonly attempt: number;
  readonly result: ActivityResult;
}): Fact => {
  const { activity, attempt, result } = options;
  return result.kind === "succeeded"
    ? { kind: "ActivitySucceeded", activity, attempt, output: result.output }
    : { kind: "ActivityFailed", activity, attempt, error: result.error, cause: result.cause };
};
