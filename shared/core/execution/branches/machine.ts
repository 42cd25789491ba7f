import type { QueryLanguage, State, StateMachine } from "../../asl/definition.ts";
import { InvariantViolation } from "../../errors.ts";
import type { Program } from "../program.ts";
import type { Branch } from "../state.ts";

const broken = (branch: Branch, what: string): never => {
  throw new InvariantViolation(
    `branch ${branch.id} names a ${what} that its process does not have`,
  );
};

/** The state machine within the definition that a branch runs. */
export const machineOf = (program: Program, branch: Branch): StateMachine => {
  let machine = program.definition;
  for (let at = 0; at < branch.machine.length; at += 1) {
    const state = machine.States[branch.machine[at] as string];
    if (state?.Type === "Map")
      machine = state.ItemProcessor ?? state.Iterator ?? broken(branch, "processor");
    else if (state?.Type === "Parallel") {
      at += 1;
      machine = state.Branches[branch.machine[at] as number] ?? broken(branch, "machine");
    } else return broken(branch, "machine");
  }
  return machine;
};

/** The definition of the state that a branch is in. */
export const definitionOf = (program: Program, branch: Branch): State =>
  machineOf(program, branch).States[branch.state] ?? broken(branch, "state");

/** The language of a state: its own, else that of the whole definition. */
export const languageOf = (program: Program, state: State): QueryLanguage =>
  state.QueryLanguage ?? program.definition.QueryLanguage ?? "JSONPath";
