import type { JsonObject } from "#core/json.ts";

/** What clients of Step Functions say of a state machine beside its definition: kept and shown, without effect. */
export interface StateMachineSettings {
  readonly roleArn?: string;
  readonly loggingConfiguration?: JsonObject;
  readonly tracingConfiguration?: JsonObject;
}

/** ARN of a role. */
export const rolePattern = /^arn:[^:]+:iam::\d{12}:role\/.+$/;

/** What may be logged; nothing is. */
export const loggingLevels = ["ALL", "ERROR", "FATAL", "OFF"] as const;

/** Why it can be no logging configuration; undefined: it can. */
export const loggingProblem = (logging: {
  readonly level?: string | undefined;
  readonly destinations?: readonly unknown[] | undefined;
}): string | undefined => {
  const { level = "OFF", destinations = [] } = logging;
  if (level === "OFF" || destinations.length > 0) return undefined;
  return `the level ${level} needs a destination`;
};
