/** Short ways to write definitions, and to see what became of an execution. */
import type { State, StateMachine } from "#core/asl/definition.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import type { Json } from "#core/json.ts";
import { begin, type Scenario } from "../execution/scenario.ts";

export type Fields = { readonly [field: string]: unknown };

/** A machine that begins with the first of its states. */
export const machine = (states: Readonly<Record<string, Fields>>, top: Fields = {}): StateMachine =>
  ({ StartAt: Object.keys(states)[0] ?? "", States: states, ...top }) as unknown as StateMachine;

/** A machine of one state, and of `Caught` for its catchers. */
export const only = (state: Fields, top: Fields = {}): StateMachine =>
  machine({ A: { End: true, ...state }, Caught: { Type: "Pass", End: true } }, top);

export const jsonata: Fields = { QueryLanguage: "JSONata" };

export const task = (fields: Fields = {}): Fields => ({
  Type: "Task",
  Resource: "holdfast:files:copy",
  End: true,
  ...fields,
});

/** A Map state over `inner`. */
export const mapOver = (inner: Fields, fields: Fields = {}): Fields => ({
  Type: "Map",
  ItemProcessor: { StartAt: "One", States: { One: { End: true, ...inner } as unknown as State } },
  End: true,
  ...fields,
});

/** A Parallel state with a branch of one state for each of `states`. */
export const branches = (states: readonly Fields[], fields: Fields = {}): Fields => ({
  Type: "Parallel",
  Branches: states.map((state, index) => machine({ [`B${index}`]: { End: true, ...state } })),
  End: true,
  ...fields,
});

export type Ended = Pick<ExecutionState, "status" | "output" | "error" | "cause">;

/** How an execution stands. */
export const ended = ({ state }: Scenario): Ended => {
  const { status, output, error, cause } = state;
  return {
    status,
    ...(output !== undefined && { output }),
    ...(error !== undefined && { error }),
    ...(cause !== undefined && { cause }),
  };
};

/** What becomes of an execution that nobody has to answer. */
export const outcome = async (definition: StateMachine, input: Json = {}): Promise<Ended> =>
  ended((await begin(definition, input)).scenario);
