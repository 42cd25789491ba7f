import { unreachable } from "../errors.ts";
import { numberOf } from "../exact-json/exact-number.ts";
import { inOrder } from "../exact-json/in-order.ts";
import { isJsonObject, type Json, type JsonObject, jsonTypeOf, printJson } from "../json.ts";
import { compiledExpressionsMax } from "../limits.ts";
import { putMember } from "../put-member.ts";
import { boundedCache } from "./bounded-cache.ts";
import type { Evaluating, JsonataCall, Scope } from "./evaluation.ts";
import { expressionMessage } from "./jsonata-evaluator.ts";
import { queryFailure } from "./wording.ts";

export type ResultType = "array" | "boolean" | "number" | "integer" | "object" | "string";

/** Whether a value is a JSONata expression: a string that is exactly `{% ... %}`. */
export const isJsonata = (value: unknown): value is string =>
  typeof value === "string" && value.length >= 4 && value.startsWith("{%") && value.endsWith("%}");

/** An expression string taken apart once. */
interface Expression {
  /** The text between the marks, trimmed. */
  readonly text: string;
  /** For `$name.member.member`: the names, which a few look-ups answer without JSONata. */
  readonly names: readonly string[] | undefined;
}

const reserved = new Set(["and", "or", "in", "true", "false", "null", "function"]);

const expressionOf = boundedCache((marked: string): Expression => {
  const text = marked.slice(2, -2).trim();
  const names = /^\$[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/.test(text)
    ? text.slice(1).split(".")
    : undefined;
  return { text, names: names?.some((name) => reserved.has(name)) ? undefined : names };
}, compiledExpressionsMax);

type Plan =
  | { readonly kind: "constant"; readonly value: Json }
  | { readonly kind: "array"; readonly items: readonly Plan[] }
  | { readonly kind: "object"; readonly members: readonly (readonly [string, Plan])[] }
  | {
      readonly kind: "expression";
      readonly expression: Expression;
      /** Where in the template it stands, such as `/a/b[0]`. */
      readonly at: string;
    };

const plans = new WeakMap<object, Plan>();

/**
 * Evaluates every expression string within a value (Arguments, Output, Assign, ...). `location` is
 * the field's name, to which messages append where in the value they are (`Output/a/b[0]`). An
 * undefined result fails with `States.QueryEvaluationError`. A value without expressions is handed on
 * as it is.
 */
export function* evaluateTemplate(
  template: Json,
  scope: Scope,
  location: string,
): Evaluating<Json> {
  if (typeof template !== "object" || template === null) {
    return isJsonata(template)
      ? yield* evaluateExpression(expressionOf(template), scope, location)
      : template;
  }
  let plan = plans.get(template);
  if (plan === undefined) {
    plan = planOf(template, "");
    plans.set(template, plan);
  }
  return yield* evaluatePlan(plan, scope, location);
}

/**
 * Evaluates a field that must give a value of one type (Items, Seconds, Condition, ...): a literal
 * is taken as it is, an expression is evaluated, a result of another type fails in the service's words.
 */
export function* evaluateAs(
  value: Json,
  scope: Scope,
  field: { readonly location: string; readonly expected: ResultType },
): Evaluating<Json> {
  const { location, expected } = field;
  const given = yield* evaluateTemplate(value, scope, location);
  // Whoever wants a number computes with it.
  const result =
    expected === "number" || expected === "integer" ? (numberOf(given) ?? given) : given;
  if (hasType(result, expected)) return result;
  const actual = `Expected '${expected}', but was '${jsonTypeOf(result)}' for value: ${printJson(given)}`;
  throw queryFailure(
    scope,
    location,
    isJsonata(value)
      ? expressionMessage(
          expressionOf(value).text,
          location,
          `returned an unexpected result type. ${actual}`,
        )
      : `The field '${location}' has an unexpected type. ${actual}`,
  );
}

const hasType = (value: Json, expected: ResultType): boolean =>
  expected === "integer" ? Number.isInteger(value) : jsonTypeOf(value) === expected;

const planOf = (template: Json, at: string): Plan => {
  if (isJsonata(template)) return { kind: "expression", expression: expressionOf(template), at };
  if (Array.isArray(template)) {
    const items = template.map((item: Json, index) => planOf(item, `${at}[${index}]`));
    return items.every(isConstant)
      ? { kind: "constant", value: template }
      : { kind: "array", items };
  }
  return isJsonObject(template)
    ? planOfObject(template, at)
    : { kind: "constant", value: template };
};

const planOfObject = (template: JsonObject, at: string): Plan => {
  const members = Object.entries(template).map(([key, value]): readonly [string, Plan] => [
    key,
    planOf(value, `${at}/${key}`),
  ]);
  return members.every(([, plan]) => isConstant(plan))
    ? { kind: "constant", value: template }
    : { kind: "object", members };
};

const isConstant = (plan: Plan): boolean => plan.kind === "constant";

function* evaluatePlan(plan: Plan, scope: Scope, location: string): Evaluating<Json> {
  switch (plan.kind) {
    case "constant":
      return plan.value;
    case "expression":
      return yield* evaluateExpression(plan.expression, scope, location + plan.at);
    case "array": {
      const items: Json[] = [];
      for (const item of plan.items) items.push(yield* evaluatePlan(item, scope, location));
      return items;
    }
    case "object": {
      const members: Record<string, Json> = {};
      for (const [key, member] of plan.members) {
        putMember(members, key, yield* evaluatePlan(member, scope, location));
      }
      return inOrder(members, () => plan.members.map(([key]) => key));
    }
    default:
      return unreachable(plan);
  }
}

function* evaluateExpression(
  expression: Expression,
  scope: Scope,
  location: string,
): Evaluating<Json> {
  const { text, names } = expression;
  const found = names === undefined ? undefined : lookUp(names, scope);
  if (found !== undefined) return found;
  const result = yield callOf(text, scope, location);
  if (result !== undefined) return result;
  throw queryFailure(
    scope,
    location,
    expressionMessage(text, location, "returned nothing (undefined)."),
  );
}

const callOf = (expression: string, scope: Scope, location: string): JsonataCall => ({
  expression,
  bindings: { ...scope.variables, states: statesOf(scope) },
  nowMs: scope.nowMs,
  draw: scope.draw,
  location,
  state: scope.state,
  enteredEventId: scope.enteredEventId,
});

/** `$states`. */
const statesOf = ({ input, context, result, errorOutput }: Scope): JsonObject => ({
  input,
  context,
  ...(result === undefined ? {} : { result }),
  ...(errorOutput === undefined ? {} : { errorOutput }),
});

/**
 * What JSONata gives for members of objects within objects; `undefined` wherever it may do more than
 * look up: something is missing, or an array is on the way, over which JSONata would map.
 */
const lookUp = (names: readonly string[], scope: Scope): Json | undefined => {
  const [root = "", field = ""] = names;
  if (root !== "states") return descend(ownMember(scope.variables, root), names, 1);
  switch (field) {
    case "input":
    case "context":
    case "result":
    case "errorOutput":
      return descend(scope[field], names, 2);
    default:
      return names.length === 1 ? statesOf(scope) : undefined;
  }
};

const descend = (
  from: Json | undefined,
  names: readonly string[],
  depth: number,
): Json | undefined => {
  let value = from;
  for (let at = depth; at < names.length; at += 1) {
    if (!isJsonObject(value)) return undefined;
    value = ownMember(value, names[at] ?? "");
  }
  return value;
};

const ownMember = (object: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined;
