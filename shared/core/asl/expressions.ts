import { isJsonata } from "../expressions/jsonata-template.ts";
import { parseJsonata } from "../expressions/parse-jsonata.ts";
import { isJsonObject, type Json } from "../json.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { type Check, kindOf } from "./fields.ts";
import { variableNameLengthMax } from "./limits.ts";
import { checkLiteral } from "./literal-text.ts";
import { intrinsicProblem, pathProblem, referencePathProblem } from "./path-syntax.ts";
import { error, errorInBothWords, type Scope, within } from "./scope.ts";

const pathCheck =
  (problemOf: (path: string) => string | undefined): Check =>
  (scope, value) => {
    if (typeof value !== "string") {
      error(scope, `expected a JSONPath such as "$.a.b", found ${kindOf(value)}`);
      return;
    }
    const problem = problemOf(value);
    if (problem !== undefined) error(scope, `the path "${value}" ${problem}`);
  };

/** Any JSONPath. */
export const path = pathCheck(pathProblem);

/** A path to exactly one place of the input. */
export const referencePath = pathCheck(referencePathProblem);

/** `null`, too, is allowed. */
export const nullable =
  (check: Check): Check =>
  (scope, value) => {
    if (value !== null) check(scope, value);
  };

/** A path, or a call of an intrinsic function. */
export const pathOrIntrinsic: Check = (scope, value) => {
  if (typeof value !== "string") {
    error(
      scope,
      `expected a JSONPath such as "$.a" or a call such as "States.UUID()", found ${kindOf(value)}`,
    );
    return;
  }
  const problem = value.startsWith("$") ? pathProblem(value) : intrinsicProblem(value);
  if (problem !== undefined)
    errorInBothWords(scope, {
      message: `${kindOf(value)} is not a valid JSONPath or intrinsic function call: ${problem}`,
      serviceMessage: `The value for the field '${scope.path.at(-1)}' must be a valid JSONPath or a valid intrinsic function call`,
      servicePath: scope.path.slice(0, -1),
    });
};

/** What the parser throws; `position` counts from behind the opening of the expression. */
interface JsonataFault {
  readonly message: string;
  readonly position: number;
}

const checkSyntax = (scope: Scope, expression: string): void => {
  try {
    parseJsonata(expression.slice(2, -2));
  } catch (thrown) {
    const { message = "syntax error", position } = thrown as Partial<JsonataFault>;
    const where = position === undefined ? "" : ` at character ${position + 2}`;
    const reason = thrown instanceof RangeError ? "it is nested too deep" : message;
    error(scope, `the JSONata expression can not be read${where}: ${reason}`);
  }
};

/** In JSONata an expression may stand instead of the value that `check` asks for. */
export const dynamic =
  (check: Check): Check =>
  (scope, value) => {
    if (scope.language !== "JSONata" || typeof value !== "string") check(scope, value);
    else if (isJsonata(value)) checkSyntax(scope, value);
    else {
      const findings: Diagnostic[] = [];
      check({ ...scope, findings }, value);
      for (const { message } of findings)
        error(scope, `${message}; an expression is written "{% ... %}"`);
      if (findings.length === 0) checkLiteral(scope, value);
    }
  };

/** Any JSON; in JSONata its strings may be expressions, in JSONPath fields that end in `.$` are. */
export const template: Check = (scope, value) => {
  if (Array.isArray(value))
    for (const [index, element] of value.entries()) template(within(scope, index), element);
  else if (isJsonObject(value))
    for (const [key, element] of Object.entries(value)) checkMember(scope, { key, element, value });
  else if (typeof value === "string" && scope.language === "JSONata" && isJsonata(value))
    checkSyntax(scope, value);
  else if (typeof value === "string") checkLiteral(scope, value);
};

const checkMember = (
  scope: Scope,
  member: { readonly key: string; readonly element: Json; readonly value: object },
): void => {
  const inner = within(scope, member.key);
  if (scope.language === "JSONata" || !member.key.endsWith(".$")) {
    template(inner, member.element);
    return;
  }
  pathOrIntrinsic(inner, member.element);
  const plain = member.key.slice(0, -2);
  if (Object.hasOwn(member.value, plain))
    error(inner, `"${plain}" and "${member.key}" give the same field; remove one of them`);
};

/** A template that must be an object, as it is written or as an expression gives it. */
export const objectTemplate: Check = dynamic((scope, value) => {
  if (isJsonObject(value)) template(scope, value);
  else error(scope, `expected an object, found ${kindOf(value)}`);
});

const variableName = /^[\p{ID_Start}_][\p{ID_Continue}]*$/u;

const checkVariableName = (scope: Scope, name: string): void => {
  if (name.length > variableNameLengthMax)
    error(scope, `the name of a variable has at most ${variableNameLengthMax} characters`);
  else if (!variableName.test(name))
    error(
      scope,
      `"${name}" can not be the name of a variable: begin with a letter, go on with letters, digits and "_"`,
    );
  else if (name === "states")
    error(scope, `"states" is the name of the built-in variable; choose another`);
};

/** `Assign`: an object whose fields are variables. */
export const assignment: Check = (scope, value) => {
  if (!isJsonObject(value)) {
    error(scope, `expected an object with a field for each variable, found ${kindOf(value)}`);
    return;
  }
  for (const key of Object.keys(value)) {
    const isDynamic = scope.language === "JSONPath" && key.endsWith(".$");
    checkVariableName(within(scope, key), isDynamic ? key.slice(0, -2) : key);
  }
  template(scope, value);
};
