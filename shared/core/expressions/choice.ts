import type { ChoiceRule, QueryLanguage } from "../asl/definition.ts";
import type { Json } from "../json.ts";
import { type Compare, comparisonOf } from "./comparison.ts";
import type { Evaluating, Scope } from "./evaluation.ts";
import { evaluateAs } from "./jsonata-template.ts";
import { tryReadPath } from "./jsonpath/read-path.ts";
import { runtimeFailure } from "./wording.ts";

type Test = (scope: Scope) => boolean;
type Rule = { readonly [field: string]: unknown };

const tests = new WeakMap<object, Test>();

/**
 * Whether a rule of a Choice state holds. `location` names it (`Choices[0]`). A `Variable` without a
 * match fails with `States.Runtime`, except for IsPresent.
 */
export function* matchesRule(
  rule: ChoiceRule,
  scope: Scope,
  at: { readonly language: QueryLanguage; readonly location: string },
): Evaluating<boolean> {
  if (at.language === "JSONPath") return testOf(rule)(scope);
  const field = { location: `${at.location}/Condition`, expected: "boolean" } as const;
  return (yield* evaluateAs((rule.Condition ?? null) as Json, scope, field)) === true;
}

const testOf = (rule: Rule): Test => {
  let test = tests.get(rule);
  if (test === undefined) {
    test = compile(rule);
    tests.set(rule, test);
  }
  return test;
};

const compile = (rule: Rule): Test => {
  if (Array.isArray(rule["And"])) {
    const parts = (rule["And"] as Rule[]).map(testOf);
    return (scope) => parts.every((part) => part(scope));
  }
  if (Array.isArray(rule["Or"])) {
    const parts = (rule["Or"] as Rule[]).map(testOf);
    return (scope) => parts.some((part) => part(scope));
  }
  if (typeof rule["Not"] === "object" && rule["Not"] !== null) {
    const part = testOf(rule["Not"] as Rule);
    return (scope) => !part(scope);
  }
  return compileComparison(rule);
};

const compileComparison = (rule: Rule): Test => {
  const variable = String(rule["Variable"]);
  for (const [operator, operand] of Object.entries(rule)) {
    if (operator === "IsPresent") {
      return (scope) => (tryReadPath(variable, scope) !== undefined) === operand;
    }
    const comparison = comparisonOf(operator);
    if (comparison === undefined) continue;
    return comparison.isPath
      ? againstPath(variable, String(operand), comparison.compare)
      : (scope) => comparison.compare(readVariable(variable, scope), operand as Json);
  }
  return (scope) => {
    throw runtimeFailure(scope, "The choice rule has no comparison operator.");
  };
};

const againstPath =
  (variable: string, path: string, compare: Compare): Test =>
  (scope) =>
    compare(readVariable(variable, scope), readVariable(path, scope));

const readVariable = (path: string, scope: Scope): Json => {
  const value = tryReadPath(path, scope);
  if (value !== undefined) return value;
  throw runtimeFailure(
    scope,
    `Invalid path '${path}': The choice state's condition path references an invalid value.`,
  );
};
