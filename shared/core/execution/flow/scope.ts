import type { Scope } from "../../expressions/evaluation.ts";
import type { Json } from "../../json.ts";
import { draw } from "../draws.ts";
import type { Interpreter } from "../interpreter.ts";
import type { Branch, ExecutionState } from "../state.ts";
import { type ContextExtras, contextObject } from "./context-object.ts";

/** What an expression may see beyond its branch. */
export interface View extends ContextExtras {
  readonly input: Json;
  readonly result?: Json;
  readonly errorOutput?: Json;
}

const variablesOf = (execution: ExecutionState, branch: Branch): Readonly<Record<string, Json>> => {
  if (branch.parent === undefined) return branch.variables;
  const parent = execution.branches[branch.parent];
  const isCutOff = branch.isApart === true && parent?.isApart !== true;
  return parent === undefined || isCutOff
    ? branch.variables
    : { ...variablesOf(execution, parent), ...branch.variables };
};

/** The scope of expressions of the state a branch is in. What costs is put together when it is asked for. */
export const scopeOf = (interpreter: Interpreter, branch: Branch, view: View): Scope => {
  const { state: execution } = interpreter;
  let context: Json | undefined;
  let variables: Readonly<Record<string, Json>> | undefined;
  return {
    input: view.input,
    get context() {
      context ??=
        interpreter.inspection?.context?.(view) ?? contextObject(interpreter, branch, view);
      return context;
    },
    get variables() {
      variables ??= variablesOf(execution, branch);
      return variables;
    },
    ...(view.result !== undefined && { result: view.result }),
    ...(view.errorOutput !== undefined && { errorOutput: view.errorOutput }),
    nowMs: execution.nowMs,
    draw: () => draw(execution),
    state: branch.state,
    enteredEventId: branch.enteredEventId,
  };
};
