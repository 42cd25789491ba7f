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
  { id, attempt, state, parameters, startedAtMs, timeoutAtMs }: Activity,
): InFlightActivity => ({
  executionId,
  process,
  state,
  activity: id,
  attempt,
  resource,
  parameters,
  sinceMs: startedAtMs,
  ...(timeoutAtMs !== undefined && { untilMs: timeoutAtMs }),
});
