/** The fields of a Map state that are evaluated before the first item begins. */
import type { MapState } from "../../asl/definition.ts";
import type { Evaluating } from "../../expressions/evaluation.ts";
import { evaluateAs } from "../../expressions/jsonata-template.ts";
import { readPath } from "../../expressions/jsonpath/read-path.ts";
import { queryFailure, runtimeFailure } from "../../expressions/wording.ts";
import { type Json, printJson } from "../../json.ts";
import { inlineConcurrencyMax } from "../../limits.ts";
import type { Tolerance } from "../../map-run/tolerance.ts";
import { languageOf } from "../branches/machine.ts";
import { amountOf } from "../flow/amount.ts";
import type { Flowing } from "../flow/data-flow.ts";
import { scopeOf } from "../flow/scope.ts";
import { seen } from "../flow/seen.ts";
import { isDistributed } from "./map-events.ts";

function* jsonataItems(state: MapState, flowing: Flowing, input: Json): Evaluating<Json> {
  const scope = scopeOf(flowing.interpreter, flowing.branch, { input });
  if (state.Items !== undefined)
    return yield* evaluateAs(state.Items, scope, { location: "Items", expected: "array" });
  if (Array.isArray(input)) return input;
  const failure = queryFailure(
    scope,
    "",
    `Map state input must be an array but was: ${printJson(input)}`,
  );
  throw failure;
}

const jsonpathItems = (state: MapState, flowing: Flowing, input: Json): Json => {
  const path = state.ItemsPath ?? "$";
  const scope = scopeOf(flowing.interpreter, flowing.branch, { input });
  const items = readPath(path, scope);
  if (!Array.isArray(items))
    // The service takes the first of the two signs of the context object off.
    throw runtimeFailure(
      scope,
      `Reference path "${path.replace(/^\$\$/, "$")}" must point to array.`,
    );
  return items;
};

/** The items of a Map state: Items or ItemsPath, else its input. */
export function* itemsOf(
  state: MapState,
  flowing: Flowing,
  input: Json,
): Evaluating<readonly Json[]> {
  const isJsonata = languageOf(flowing.interpreter.program, state) === "JSONata";
  const items = isJsonata
    ? yield* jsonataItems(state, flowing, input)
    : seen(flowing, "afterItemsPath", jsonpathItems(state, flowing, input));
  return items as readonly Json[];
}

/** MaxConcurrency as it is asked for; `undefined`: not at all. */
export function* askedConcurrency(
  state: MapState,
  flowing: Flowing,
  input: Json,
): Evaluating<number | undefined> {
  const { MaxConcurrency, MaxConcurrencyPath } = state;
  const asked = yield* amountOf(flowing.interpreter, flowing.branch, {
    amount: {
      name: "MaxConcurrency",
      kind: "integer",
      value: MaxConcurrency,
      path: MaxConcurrencyPath,
    },
    input,
  });
  seen(flowing, "maxConcurrency", asked ?? 0);
  return asked === undefined || asked <= 0 ? undefined : asked;
}

/** How many items of an inline Map state may live at once. */
export function* concurrencyOf(state: MapState, flowing: Flowing, input: Json): Evaluating<number> {
  return (yield* askedConcurrency(state, flowing, input)) ?? inlineConcurrencyMax;
}

/** How many items may fail, as it is asked for. */
export function* toleranceOf(
  state: MapState,
  flowing: Flowing,
  input: Json,
): Evaluating<Tolerance> {
  const { interpreter, branch } = flowing;
  const count = yield* amountOf(interpreter, branch, {
    amount: {
      name: "ToleratedFailureCount",
      kind: "integer",
      value: state.ToleratedFailureCount,
      path: state.ToleratedFailureCountPath,
    },
    input,
  });
  const percentage = yield* amountOf(interpreter, branch, {
    amount: {
      name: "ToleratedFailurePercentage",
      kind: "float",
      value: state.ToleratedFailurePercentage,
      path: state.ToleratedFailurePercentagePath,
    },
    input,
  });
  const scope = scopeOf(interpreter, branch, { input });
  seen(flowing, "toleratedFailureCount", count);
  seen(flowing, "toleratedFailurePercentage", percentage);
  if (count !== undefined && count < 0)
    throw runtimeFailure(scope, "ToleratedFailureCount cannot be negative.");
  if (percentage !== undefined && (percentage < 0 || percentage > 100))
    throw runtimeFailure(scope, "ToleratedFailurePercentage must be between 0 and 100.");
  return {
    ...(count !== undefined && { count }),
    ...(percentage !== undefined && { percentage }),
  };
}

/** How many of `size` items may fail; `undefined`: the first failure is the state's. */
export function* toleratedOf(
  state: MapState,
  flowing: Flowing,
  of: { readonly input: Json; readonly size: number },
): Evaluating<number | undefined> {
  const { count, percentage } = yield* toleranceOf(state, flowing, of.input);
  if (count === undefined && percentage === undefined) return isDistributed(state) ? 0 : undefined;
  const share = percentage === undefined ? of.size : Math.floor((of.size * percentage) / 100);
  return Math.min(count ?? of.size, share);
}
