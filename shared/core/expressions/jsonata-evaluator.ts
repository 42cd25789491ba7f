import jsonata, { type Expression } from "jsonata";
import type { StateFailed } from "../failure.ts";
import type { Json } from "../json.ts";
import {
  compiledExpressionsMax,
  jsonataDepthMax,
  jsonataStepsMax,
  jsonataVolumeMax,
} from "../limits.ts";
import { boundedCache } from "./bounded-cache.ts";
import type { JsonataCall } from "./evaluation.ts";
import { callBinding, JsonataRefusal, jsonataFunctions } from "./jsonata-functions.ts";
import { plainResult, UnsupportedResult } from "./plain-result.ts";
import { queryFailure } from "./wording.ts";

/** JSONata calls what is bound to this name after each node: a count that needs no clock. */
const exitHook = Symbol.for("jsonata.__evaluate_exit") as unknown as string;

/** The frame of one evaluation, with what the hook counts in it. */
interface BaseFrame {
  readonly depth: number;
  stepCount?: number;
  volume?: number;
  lookup(name: string): unknown;
}

interface Frame {
  readonly base: BaseFrame;
  /** Instant that $toMillis completes a date without a year from. */
  timestamp: Date;
}

const volumeOf = (result: unknown): number => {
  if (Array.isArray(result)) return result.length;
  return typeof result === "string" ? result.length / 16 : 0;
};

const countStep = (_node: unknown, _input: unknown, ...[frame, result]: [Frame, unknown]): void => {
  const { base } = frame;
  base.stepCount = (base.stepCount ?? 0) + 1;
  base.volume = (base.volume ?? 0) + volumeOf(result);
  if (base.stepCount > jsonataStepsMax) {
    throw new JsonataRefusal("", `Expression evaluation exceeded ${jsonataStepsMax} steps`);
  }
  if (base.depth > jsonataDepthMax) {
    throw new JsonataRefusal(
      "D1011",
      `Stack overflow error: Check for non-terminating recursive function. Depth=${base.depth} max=${jsonataDepthMax}`,
    );
  }
  if (base.volume > jsonataVolumeMax) {
    throw new JsonataRefusal("", "Expression evaluation memory limit exceeded");
  }
  frame.timestamp = base.lookup(timestampBinding) as Date;
};

const timestampBinding = "holdfast:timestamp";

type Compiled = { readonly expression: Expression } | { readonly error: unknown };

const compile = (text: string): Compiled => {
  try {
    const expression = jsonata(text);
    expression.assign(exitHook, countStep);
    expression.assign("eval", undefined);
    for (const [name, { implementation, signature }] of Object.entries(jsonataFunctions)) {
      expression.registerFunction(name, implementation as never, signature);
    }
    return { expression };
  } catch (error) {
    return { error };
  }
};

const compiled = boundedCache(compile, compiledExpressionsMax);

/** Why a text is no JSONata expression, in JSONata's words; `undefined` where it is one. */
export const jsonataSyntaxError = (text: string): string | undefined => {
  const known = compiled(text);
  return "error" in known ? errorText(known.error) : undefined;
};

/**
 * Evaluates one expression to plain JSON, bounded in steps, depth and volume. The same call gives the
 * same result, time and chance included. Rejects with `States.QueryEvaluationError`.
 */
export const evaluateJsonata = async (call: JsonataCall): Promise<Json | undefined> => {
  const known = compiled(call.expression);
  if ("error" in known) throw thrownFailure(call, known.error);
  let result: unknown;
  try {
    result = await known.expression.evaluate(undefined, {
      ...call.bindings,
      [callBinding]: call,
      [timestampBinding]: new Date(call.nowMs),
    });
    return plainResult(result);
  } catch (error) {
    throw error instanceof UnsupportedResult
      ? failure(call, "returned an unsupported result type.")
      : thrownFailure(call, error);
  }
};

const thrownFailure = (call: JsonataCall, error: unknown): StateFailed =>
  failure(call, `threw an error during evaluation. ${errorText(error)}`);

const failure = (call: JsonataCall, what: string): StateFailed =>
  queryFailure(call, call.location, expressionMessage(call.expression, call.location, what));

/** The service's sentence about an expression. */
export const expressionMessage = (expression: string, location: string, what: string): string =>
  `The JSONata expression '${expression}' specified for the field '${location}' ${what}`;

/** JSONata throws plain objects as well as errors. */
const errorText = (error: unknown): string => {
  const { code, message } = error as { code?: string; message?: string };
  return code === undefined || code === "" ? String(message) : `${code}: ${message}`;
};
