import type { Expression } from "jsonata";
import { plainJson } from "../exact-json/plain-json.ts";
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
import {
  callBinding,
  JsonataRefusal,
  jsonataFunctions,
  memoryExceeded,
} from "./jsonata-functions.ts";
import { parseJsonata } from "./parse-jsonata.ts";
import { plainResult, UnsupportedResult } from "./plain-result.ts";
import { queryFailure } from "./wording.ts";

/** JSONata calls what is bound to this name after each node: a count that needs no clock. */
const exitHook = Symbol.for("jsonata.__evaluate_exit") as unknown as string;

/** What one evaluation has used up; bound beside the call, where the hook finds it. */
class Usage {
  stepCount = 0;
  volume = 0;
  /** Instant that $toMillis completes an incomplete date from. */
  readonly timestamp: Date;

  constructor(nowMs: number) {
    this.timestamp = new Date(nowMs);
  }
}

const usageBinding = "holdfast:usage";

interface Frame {
  readonly base: { readonly depth: number; lookup(name: string): unknown };
  timestamp: Date;
}

const volumeOf = (result: unknown): number => {
  if (Array.isArray(result)) return result.length;
  return typeof result === "string" ? result.length / 16 : 0;
};

const countStep = (_node: unknown, _input: unknown, ...[frame, result]: [Frame, unknown]): void => {
  const usage = frame.base.lookup(usageBinding) as Usage;
  usage.stepCount += 1;
  usage.volume += volumeOf(result);
  if (usage.stepCount > jsonataStepsMax) {
    throw new JsonataRefusal("", `Expression evaluation exceeded ${jsonataStepsMax} steps`);
  }
  // JSONata has the words for this code.
  if (frame.base.depth > jsonataDepthMax) throw new JsonataRefusal("D1011", "");
  if (usage.volume > jsonataVolumeMax) throw memoryExceeded();
  frame.timestamp = usage.timestamp;
};

type Compiled = { readonly expression: Expression } | { readonly error: unknown };

const compile = (text: string): Compiled => {
  try {
    const expression = parseJsonata(text);
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

/** JSONata computes with plain numbers. */
const plainBindings = (bindings: JsonataCall["bindings"]): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(bindings).map(([name, value]) => [name, plainJson(value as Json)]),
  );

/**
 * Evaluates one expression to JSON, bounded in steps, depth and volume. The same call gives the
 * same result, time and chance included. Rejects with `States.QueryEvaluationError`.
 */
export const evaluateJsonata = async (call: JsonataCall): Promise<Json | undefined> => {
  const known = compiled(call.expression);
  if ("error" in known) throw thrownFailure(call, known.error);
  let result: unknown;
  try {
    result = await known.expression.evaluate(undefined, {
      ...plainBindings(call.bindings),
      [callBinding]: call,
      [usageBinding]: new Usage(call.nowMs),
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
  // The engine's own errors for text or a stack that grew too large.
  if (error instanceof RangeError) return memoryExceeded().message;
  const { code, message } = error as { code?: string; message?: string };
  return code === undefined || code === "" ? String(message) : `${code}: ${message}`;
};
