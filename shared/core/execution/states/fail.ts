import type { FailState } from "../../asl/definition.ts";
import type { Evaluating, Scope } from "../../expressions/evaluation.ts";
import { evaluateAs } from "../../expressions/jsonata-template.ts";
import { readPath } from "../../expressions/jsonpath/read-path.ts";
import { fillTemplate } from "../../expressions/payload-template.ts";
import { runtimeFailure } from "../../expressions/wording.ts";
import { isJsonObject, printJson } from "../../json.ts";
import { languageOf } from "../branches/machine.ts";
import { scopeOf } from "../flow/scope.ts";
import type { Interpreter, Outcome } from "../interpreter.ts";
import type { Branch } from "../state.ts";

/** A path or an intrinsic function that must give text. */
const textAt = (scope: Scope, field: "ErrorPath" | "CausePath", expression: string): string => {
  const template = expression.startsWith("$")
    ? readPath(expression, scope)
    : fillTemplate({ "value.$": expression }, scope, field);
  const value =
    isJsonObject(template) && !expression.startsWith("$") ? template["value"] : template;
  if (typeof value !== "string")
    throw runtimeFailure(
      scope,
      `The ${field} field refers to value ${printJson(value ?? null)} which is not a string: ${expression}`,
    );
  return value;
};

function* textOf(
  scope: Scope,
  field: { readonly name: "Error" | "Cause"; readonly isJsonata: boolean },
  given: { readonly value: string | undefined; readonly path: string | undefined },
): Evaluating<string | undefined> {
  if (given.path !== undefined) return textAt(scope, `${field.name}Path`, given.path);
  if (given.value === undefined || !field.isJsonata) return given.value;
  const evaluated = yield* evaluateAs(given.value, scope, {
    location: field.name,
    expected: "string",
  });
  return evaluated as string;
}

/** A Fail state fails its branch with the error and the cause that it names. */
export function* beginFail(
  interpreter: Interpreter,
  branch: Branch,
  state: FailState,
): Evaluating<Outcome> {
  const scope = scopeOf(interpreter, branch, { input: branch.input });
  const isJsonata = languageOf(interpreter.program, state) === "JSONata";
  const error = yield* textOf(
    scope,
    { name: "Error", isJsonata },
    { value: state.Error, path: state.ErrorPath },
  );
  const cause = yield* textOf(
    scope,
    { name: "Cause", isJsonata },
    { value: state.Cause, path: state.CausePath },
  );
  return state.Orchestration?.Completed === true
    ? { kind: "fails", failure: { error, cause, isCompleted: true } }
    : { kind: "fails", failure: { error, cause } };
}
