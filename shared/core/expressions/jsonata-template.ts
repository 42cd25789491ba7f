import { unreachable } from "../errors.ts";
import type { Json } from "../json.ts";
import type { Evaluating, Scope } from "./evaluation.ts";

export type ResultType = "array" | "boolean" | "number" | "integer" | "object" | "string";

/** Whether a value is a JSONata expression: a string that is exactly `{% ... %}`. */
export const isJsonata = (value: unknown): value is string =>
  typeof value === "string" && value.startsWith("{%") && value.endsWith("%}") && value.length >= 4;

/**
 * Evaluates every expression string within a value (Arguments, Output, Assign, ...). `location` is
 * the field's name; nested keys are appended to it. An undefined result fails with
 * `States.QueryEvaluationError`.
 */
// biome-ignore lint/correctness/useYield: placeholder
export function* evaluateTemplate(
  _template: Json,
  _scope: Scope,
  _location: string,
): Evaluating<Json> {
  return unreachable(undefined as never);
}

/**
 * Evaluates a field that must give a value of one type (Items, Seconds, Condition, ...): a literal
 * is taken as it is, an expression is evaluated, another type fails in the service's words.
 */
// biome-ignore lint/correctness/useYield: placeholder
export function* evaluateAs(
  _value: Json,
  _scope: Scope,
  _field: { readonly location: string; readonly expected: ResultType },
): Evaluating<Json> {
  return unreachable(undefined as never);
}
