import { StateFailed } from "../failure.ts";
import { causeLengthMax } from "../limits.ts";
import type { Scope } from "./evaluation.ts";

/** Where in an execution something fails. */
export type Place = Pick<Scope, "state" | "enteredEventId">;

/**
 * A cause as the service words it: what failed, after the state in which it did. A scope without an
 * entered event (0: a state tested on its own) gives the bare message.
 */
export const atState = (scope: Place, message: string): string => {
  const place = `An error occurred while executing the state '${scope.state}' (entered at the event id #${scope.enteredEventId}). `;
  return (scope.enteredEventId === 0 ? message : place + message).slice(0, causeLengthMax);
};

/** `States.Runtime`, which no Catch catches. */
export const runtimeFailure = (scope: Place, message: string): StateFailed =>
  new StateFailed("States.Runtime", atState(scope, message));

/** `States.QueryEvaluationError` of the field at `location`. */
export const queryFailure = (scope: Place, location: string, message: string): StateFailed =>
  new StateFailed("States.QueryEvaluationError", atState(scope, message), location);
