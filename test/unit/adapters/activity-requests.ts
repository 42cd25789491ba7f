import type { Json } from "#core/json.ts";
import type { ActivityRequest } from "#ports/activity-runner.ts";

/** A request as the engine makes it; `overrides` says what a test cares about. */
export const requestOf = (
  resource: string,
  parameters: Json,
  overrides: Partial<ActivityRequest> = {},
): ActivityRequest => ({
  executionId: "health:1",
  process: "health",
  state: "Check",
  activity: "0.3",
  attempt: 1,
  resource,
  parameters,
  signal: new AbortController().signal,
  heartbeat: () => undefined,
  saveCheckpoint: async () => undefined,
  ...overrides,
});
