import { calledBy } from "#core/execution/called.ts";
import type { Activity } from "#core/execution/state.ts";
import type { DrainedAttempt } from "./drain.ts";

/** An attempt that this server runs. */
export interface InFlightActivity extends DrainedAttempt {
  readonly executionId: string;
  /** Name of the Task state. */
  readonly state: string;
  readonly activity: string;
  readonly attempt: number;
  readonly sinceMs: number;
  /** When it fails unless it has ended. */
  readonly untilMs?: number;
}

/** A running attempt of an activity. */
export const inFlightOf = (
  {
    executionId,
    process,
    resource,
  }: Pick<InFlightActivity, "executionId" | "process" | "resource">,
  activity: Activity,
): InFlightActivity => ({
  executionId,
  process,
  state: activity.state,
  activity: activity.id,
  attempt: activity.attempt,
  resource,
  parameters: calledBy(activity).parameters,
  sinceMs: activity.startedAtMs,
  ...(activity.timeoutAtMs !== undefined && { untilMs: activity.timeoutAtMs }),
});
