import { definitionOf } from "../branches/machine.ts";
import type { Interpreter } from "../interpreter.ts";
import type { Branch } from "../state.ts";

/** Whether an iteration that ended well has ended the loop around it (ADR 7). */
export const isBroken = ({ program }: Interpreter, iteration: Branch): boolean => {
  const state = definitionOf(program, iteration);
  return state.Type === "Succeed" && state.Orchestration?.Break === true;
};
