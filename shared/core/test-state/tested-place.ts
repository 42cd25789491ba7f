/** Where the state under test stands: in a whole definition, or in one that is made around it. */
import type { State, StateMachine } from "../asl/definition.ts";
import { refusalOf } from "../asl/diagnostic.ts";
import { parseDefinition } from "../asl/parse.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { refused, type TestStateRefusal, type TestStateRequest } from "./answer.ts";

export interface TestedPlace {
  readonly definition: StateMachine;
  /** The state machine within it, as a branch names it. */
  readonly machine: readonly (string | number)[];
  readonly name: string;
  readonly state: State;
}

/** What the service calls a state that is tested on its own. */
export const loneStateName = "StateName";

const targetsOf = (value: Json | undefined): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap(targetsOf);
  if (value === undefined || !isJsonObject(value)) return [];
  const own = [value["Next"], value["Default"]].filter((name) => typeof name === "string");
  return [...own, ...targetsOf(value["Choices"]), ...targetsOf(value["Catch"])];
};

/** A definition with the state as its first; wherever it leads to is there as well. */
const around = (state: Json): JsonObject => {
  const targets = targetsOf(state).map((name) => [name, { Type: "Succeed" }] as const);
  return {
    StartAt: loneStateName,
    States: { ...Object.fromEntries(targets), [loneStateName]: state },
  };
};

const machinesOf = (
  state: State,
): readonly { readonly steps: readonly (string | number)[]; readonly machine: StateMachine }[] => {
  if (state.Type === "Parallel")
    return state.Branches.map((machine, index) => ({ steps: [index], machine }));
  const machine = state.Type === "Map" ? (state.ItemProcessor ?? state.Iterator) : undefined;
  return machine === undefined ? [] : [{ steps: [], machine }];
};

const find = (
  within: { readonly machine: StateMachine; readonly path: TestedPlace["machine"] },
  name: string,
): Pick<TestedPlace, "machine" | "state"> | undefined => {
  const { States } = within.machine;
  const state = Object.hasOwn(States, name) ? States[name] : undefined;
  if (state !== undefined) return { machine: within.path, state };
  for (const [outer, around] of Object.entries(States))
    for (const { steps, machine } of machinesOf(around)) {
      const found = find({ machine, path: [...within.path, outer, ...steps] }, name);
      if (found !== undefined) return found;
    }
  return undefined;
};

/** Whether a state of that name stands somewhere within a Map or Parallel state. */
export const holdsState = (state: State, name: string): boolean =>
  machinesOf(state).some(({ machine }) => find({ machine, path: [] }, name) !== undefined);

/** The state that a request names, in a definition that holds. */
export const placeOf = (request: TestStateRequest): TestedPlace | TestStateRefusal => {
  const { definition: given, stateName } = request;
  const isWhole = isJsonObject(given) && Object.hasOwn(given, "States");
  if (stateName === undefined && isWhole)
    return refused("StateName must be specified when a state machine definition is given");
  const name = stateName ?? loneStateName;
  const parsed = parseDefinition(isWhole ? given : around(given));
  if (parsed.kind === "invalid") {
    return refused(refusalOf(parsed.diagnostics), "InvalidDefinition");
  }
  const { definition } = parsed;
  const found = find({ machine: definition, path: [] }, name);
  return found === undefined
    ? refused("State not found in definition")
    : { definition, name, ...found };
};
