import type { Scope } from "#core/expressions/evaluation.ts";
import { StateFailed } from "#core/failure.ts";

/** A scope for tests: what is not given is empty, time and draws are fixed. */
export const scopeOf = (given: Partial<Scope> = {}): Scope => ({
  input: {},
  context: {},
  variables: {},
  nowMs: Date.UTC(2024, 0, 2, 3, 4, 5),
  draw: () => 0.25,
  state: "S",
  enteredEventId: 2,
  ...given,
});

export const prefix =
  "An error occurred while executing the state 'S' (entered at the event id #2). ";

/** The failure that an action ends in; the action must fail. */
export const failureOf = async (action: () => unknown): Promise<StateFailed> => {
  try {
    await action();
  } catch (error) {
    if (error instanceof StateFailed) return error;
    throw error;
  }
  throw new TypeError("it did not fail");
};
