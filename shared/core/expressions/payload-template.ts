import { unreachable } from "../errors.ts";
import { inOrder } from "../exact-json/in-order.ts";
import { isJsonObject, type Json, type JsonObject, printJson } from "../json.ts";
import { putMember } from "../put-member.ts";
import type { Scope } from "./evaluation.ts";
import { evaluateIntrinsic } from "./intrinsics/evaluate-intrinsic.ts";
import { tryReadPath } from "./jsonpath/read-path.ts";
import { runtimeFailure } from "./wording.ts";

type Plan =
  | { readonly kind: "constant"; readonly value: Json }
  | { readonly kind: "array"; readonly items: readonly Plan[] }
  | { readonly kind: "object"; readonly members: readonly (readonly [string, Plan])[] }
  | { readonly kind: "path"; readonly text: string; readonly field: string }
  | { readonly kind: "intrinsic"; readonly text: string };

const plans = new WeakMap<object, Plan>();

/**
 * A JSONPath payload template with its `key.$` members replaced by what their paths and intrinsic
 * functions give. A part without such members is handed on as it is, not copied.
 */
export const fillTemplate = (template: Json, scope: Scope, _field?: string): Json => {
  if (typeof template !== "object" || template === null) return template;
  let plan = plans.get(template);
  if (plan === undefined) {
    plan = planOf(template);
    plans.set(template, plan);
  }
  return fill(plan, scope);
};

const planOf = (template: Json): Plan => {
  if (Array.isArray(template)) {
    const items = template.map((item: Json) => planOf(item));
    return items.every(isConstant)
      ? { kind: "constant", value: template }
      : { kind: "array", items };
  }
  return isJsonObject(template) ? planOfObject(template) : { kind: "constant", value: template };
};

const planOfObject = (template: JsonObject): Plan => {
  const members = Object.entries(template).map(([key, value]): readonly [string, Plan] =>
    key.endsWith(".$") && typeof value === "string"
      ? [key.slice(0, -2), planOfText(value, key)]
      : [key, planOf(value)],
  );
  return members.every(([, plan]) => isConstant(plan))
    ? { kind: "constant", value: template }
    : { kind: "object", members };
};

const planOfText = (text: string, field: string): Plan =>
  text.startsWith("$") ? { kind: "path", text, field } : { kind: "intrinsic", text };

const isConstant = (plan: Plan): boolean => plan.kind === "constant";

const fill = (plan: Plan, scope: Scope): Json => {
  switch (plan.kind) {
    case "constant":
      return plan.value;
    case "array":
      return plan.items.map((item) => fill(item, scope));
    case "object": {
      const filled: Record<string, Json> = {};
      for (const [key, member] of plan.members) putMember(filled, key, fill(member, scope));
      return inOrder(filled, () => plan.members.map(([key]) => key));
    }
    case "path":
      return readField(plan.text, plan.field, scope);
    case "intrinsic":
      return evaluateIntrinsic(plan.text, scope);
    default:
      return unreachable(plan);
  }
};

const readField = (path: string, field: string, scope: Scope): Json => {
  const value = tryReadPath(path, scope);
  if (value !== undefined) return value;
  const searched = path.startsWith("$$") ? scope.context : scope.input;
  throw runtimeFailure(
    scope,
    `The JSONPath '${path}' specified for the field '${field}' could not be found in the input '${printJson(searched)}'`,
  );
};
