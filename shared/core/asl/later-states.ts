/** Which states can come after a state: what a restart may do. */
import type { State, StateMachine } from "./definition.ts";

/** A state that may be entered, and where it stands: the names and branch indexes around it (`Branch.machine`). */
export interface LaterState {
  readonly machine: readonly (string | number)[];
  readonly name: string;
  readonly state: State;
}

const nextOf = (state: State): readonly string[] => {
  const targets: (string | undefined)[] = [];
  if ("Next" in state) targets.push(state.Next);
  if (state.Type === "Choice")
    targets.push(...state.Choices.map(({ Next }) => Next), state.Default);
  if ("Catch" in state) targets.push(...(state.Catch ?? []).map(({ Next }) => Next));
  return targets.filter((target) => target !== undefined);
};

const machinesOf = (
  name: string,
  state: State,
): readonly { readonly path: readonly (string | number)[]; readonly machine: StateMachine }[] => {
  if (state.Type === "Parallel")
    return state.Branches.map((machine, index) => ({ path: [name, index], machine }));
  if (state.Type !== "Map") return [];
  const machine = state.ItemProcessor ?? state.Iterator;
  return machine === undefined ? [] : [{ path: [name], machine }];
};

/**
 * A state of a machine and all that can follow it, in the order in which they are come upon; what
 * stands within a Parallel or Map state follows that state.
 */
export const laterStates = (
  machine: StateMachine,
  from: string,
  around: LaterState["machine"] = [],
): readonly LaterState[] => {
  const later: LaterState[] = [];
  const reached = new Set([from]);
  for (const name of reached) {
    const state = machine.States[name];
    if (state === undefined) continue;
    later.push({ machine: around, name, state });
    for (const inner of machinesOf(name, state))
      later.push(...laterStates(inner.machine, inner.machine.StartAt, [...around, ...inner.path]));
    for (const next of nextOf(state)) reached.add(next);
  }
  return later;
};
