/**
 * What is allowed, and hardly meant: looked for in definitions that are valid, so that each check may
 * rely on their shape. Findings are warnings.
 */
import { isDistributedMap, type MapState, type State, type StateMachine } from "../definition.ts";
import { isFull, type Scope, within } from "../scope.ts";
import { reviewChoice } from "./choice-rules.ts";
import { reviewRecovery } from "./recovery.ts";
import { assignedBefore, reviewReads } from "./variables.ts";

interface Inner {
  readonly keys: readonly (string | number)[];
  readonly machine: StateMachine;
}

const processorOf = (state: MapState): readonly Inner[] =>
  (["ItemProcessor", "Iterator"] as const).flatMap((name) => {
    const machine = state[name];
    return machine === undefined ? [] : [{ keys: [name], machine }];
  });

const innerMachines = (state: State): readonly Inner[] => {
  if (state.Type === "Map") return processorOf(state);
  if (state.Type !== "Parallel") return [];
  return state.Branches.map((machine, index) => ({ keys: ["Branches", index], machine }));
};

const nothing: ReadonlySet<string> = new Set();

const reviewState = (place: Scope, state: State, known: ReadonlySet<string> | undefined): void => {
  if (known !== undefined) reviewReads(place, state, known);
  if (state.Type === "Choice") reviewChoice(place, state.Choices);
  if ("Retry" in state) reviewRecovery(within(place, "Retry"), state.Retry ?? [], "retrier");
  if ("Catch" in state) reviewRecovery(within(place, "Catch"), state.Catch ?? [], "catcher");
};

/** The children of a distributed map are executions of their own. */
const seenWithin = (
  state: State,
  known: ReadonlySet<string> | undefined,
): ReadonlySet<string> | undefined =>
  state.Type === "Map" && isDistributedMap(state) ? nothing : known;

/** Reviews a machine and those within it; `assigned`: variables of the scopes around it, where they are known. */
const reviewMachine = (
  scope: Scope,
  machine: StateMachine,
  assigned: ReadonlySet<string> | undefined,
): void => {
  const before = assigned && assignedBefore(machine, assigned);
  for (const [name, state] of Object.entries(machine.States)) {
    if (isFull(scope)) return;
    const place = within(scope, "States", name);
    const known = before && (before.get(name) ?? assigned);
    reviewState({ ...place, language: state.QueryLanguage ?? scope.language }, state, known);
    const seen = seenWithin(state, known);
    for (const { keys, machine: inner } of innerMachines(state))
      reviewMachine(within(place, ...keys), inner, seen);
  }
};

/** Reviews a valid definition. */
export const review = (scope: Scope, definition: StateMachine): void =>
  reviewMachine(
    { ...scope, language: definition.QueryLanguage ?? "JSONPath" },
    definition,
    nothing,
  );
