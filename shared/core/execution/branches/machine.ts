import type { QueryLanguage, State, StateMachine } from "../../asl/definition.ts";
import { InvariantViolation } from "../../errors.ts";
import type { Program } from "../program.ts";
import type { Branch } from "../state.ts";

const broken = (path: Branch["machine"], what: string): never => {
  throw new InvariantViolation(
    `a branch at ${JSON.stringify(path)} names a ${what} that its process does not have`,
  );
};

/** The state machine within the definition that stands at a path (`Branch.machine`). */
export const machineAt = (program: Program, path: Branch["machine"]): StateMachine => {
  let machine = program.definition;
  for (let at = 0; at < path.length; at += 1) {
    const state = machine.States[path[at] as string];
    if (state?.Type === "Map")
      machine = state.ItemProcessor ?? state.Iterator ?? broken(path, "processor");
    else if (state?.Type === "Parallel") {
      at += 1;
      machine = state.Branches[path[at] as number] ?? broken(path, "machine");
    } else return broken(path, "machine");
  }
  return machine;
};

/** The state machine that a branch runs. */
export const machineOf = (program: Program, branch: Branch): StateMachine =>
  machineAt(program, branch.machine);

/** The definition of the state that a branch is in. */
export const definitionOf = (program: Program, branch: Branch): State =>
  machineOf(program, branch).States[branch.state] ?? broken(branch.machine, "state");

/** The language of a state: its own, else that of the whole definition. */
export const languageOf = (program: Program, state: State): QueryLanguage =>
  state.QueryLanguage ?? program.definition.QueryLanguage ?? "JSONPath";
