import type { Evaluating } from "../../expressions/evaluation.ts";
import { StateFailed } from "../../failure.ts";
import { noteAside } from "../history/note.ts";
import type { Fails, Interpreter } from "../interpreter.ts";
import type { Branch } from "../state.ts";
import { definitionOf } from "./machine.ts";

/**
 * The event an EvaluationFailed follows: the service links it to what came before the state while
 * the state has done nothing else; a Wait state is the exception.
 */
const linkOf = (interpreter: Interpreter, branch: Branch): number =>
  branch.lastEventId === branch.enteredEventId &&
  definitionOf(interpreter.program, branch).Type !== "Wait"
    ? branch.previousEventId
    : branch.lastEventId;

const noteEvaluationFailed = (
  interpreter: Interpreter,
  branch: Branch,
  { failure, location }: StateFailed,
): void => {
  branch.lastEventId = noteAside(interpreter, branch, {
    type: "EvaluationFailed",
    previousEventId: linkOf(interpreter, branch),
    details: () => ({
      error: failure.error,
      cause: failure.cause,
      location: location === "" ? undefined : location,
      state: branch.state,
    }),
  });
};

/** Does work in a branch's state; what it throws as {@link StateFailed} is a failure of the state. */
export function* guarded<T>(
  interpreter: Interpreter,
  branch: Branch,
  work: Evaluating<T>,
): Evaluating<T | Fails> {
  try {
    return yield* work;
  } catch (error) {
    if (!(error instanceof StateFailed)) throw error;
    if (error.failure.error === "States.QueryEvaluationError")
      noteEvaluationFailed(interpreter, branch, error);
    return { kind: "fails", failure: error.failure };
  }
}
