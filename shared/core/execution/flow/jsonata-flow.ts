import type { Evaluating } from "../../expressions/evaluation.ts";
import { evaluateTemplate } from "../../expressions/jsonata-template.ts";
import type { Json, JsonObject } from "../../json.ts";
import type { DataFlow, Flowing, Left } from "./data-flow.ts";
import { scopeOf, type View } from "./scope.ts";
import { seen } from "./seen.ts";

interface Leaving {
  readonly Output?: Json;
  readonly Assign?: JsonObject;
}

/** Output and Assign both see the variables as they were on entry. */
function* leave(
  flowing: Flowing,
  fields: Leaving,
  leaving: { readonly view: View; readonly otherwise: Json },
): Evaluating<Left> {
  if (fields.Output === undefined && fields.Assign === undefined)
    return { output: leaving.otherwise, assigned: undefined };
  const scope = scopeOf(flowing.interpreter, flowing.branch, leaving.view);
  const assigned =
    fields.Assign === undefined
      ? undefined
      : ((yield* evaluateTemplate(fields.Assign, scope, "Assign")) as JsonObject);
  const output =
    fields.Output === undefined
      ? leaving.otherwise
      : yield* evaluateTemplate(fields.Output, scope, "Output");
  return { output, assigned };
}

/** Arguments and Output. */
export const jsonataFlow: DataFlow = {
  effectiveInput: (flowing) => flowing.branch.input,

  *argument(flowing, input, extras) {
    const { Arguments } = flowing.fields;
    if (Arguments === undefined) return input;
    const scope = scopeOf(flowing.interpreter, flowing.branch, { ...extras, input });
    const evaluated = yield* evaluateTemplate(Arguments, scope, "Arguments");
    return seen(flowing, "afterArguments", evaluated);
  },

  *fieldValue(flowing, input, { name, template }) {
    const scope = scopeOf(flowing.interpreter, flowing.branch, { input });
    return yield* evaluateTemplate(template, scope, name);
  },

  *itemInput(flowing, input, item) {
    const { ItemSelector } = flowing.fields;
    if (ItemSelector === undefined) return item.value;
    const scope = scopeOf(flowing.interpreter, flowing.branch, { input, item });
    return yield* evaluateTemplate(ItemSelector, scope, "ItemSelector");
  },

  leaveWith: (flowing, result) =>
    leave(flowing, flowing.fields, {
      view: { input: flowing.branch.input, result },
      otherwise: result,
    }),

  passOn: (flowing, input) => leave(flowing, flowing.fields, { view: { input }, otherwise: input }),

  caught: (flowing, catcher, errorOutput) =>
    leave(flowing, catcher, {
      view: { input: flowing.branch.input, errorOutput },
      otherwise: errorOutput,
    }),
};
