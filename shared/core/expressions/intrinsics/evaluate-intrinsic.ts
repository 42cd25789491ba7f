import { unreachable } from "../../errors.ts";
import { inOrder } from "../../exact-json/in-order.ts";
import { StateFailed } from "../../failure.ts";
import { type Json, printJson } from "../../json.ts";
import { drawOfSeed, drawUuid } from "../draws.ts";
import type { Scope } from "../evaluation.ts";
import { tryReadPath } from "../jsonpath/read-path.ts";
import { atState, runtimeFailure } from "../wording.ts";
import { ArgumentRefused, Arguments } from "./arguments.ts";
import {
  arrayContains,
  arrayGetItem,
  arrayPartition,
  arrayRange,
  arrayUnique,
} from "./array-functions.ts";
import { type IntrinsicName, intrinsicArity } from "./intrinsic-names.ts";
import { type IntrinsicArgument, type IntrinsicCall, parseIntrinsicCall } from "./parse-call.ts";
import {
  base64Decode,
  base64Encode,
  format,
  hash,
  stringSplit,
  stringToJson,
} from "./text-functions.ts";

type Intrinsic = (args: Arguments, scope: Scope) => Json;

const jsonMerge = (args: Arguments): Json => {
  if (args.value(2) !== false)
    throw new ArgumentRefused("only shallow merging (false) is supported");
  const [first, second] = [args.object(0), args.object(1)];
  return inOrder({ ...first, ...second }, () => [...Object.keys(first), ...Object.keys(second)]);
};

const mathRandom: Intrinsic = (args, scope) => {
  const [start, end] = [args.integer(0), args.integer(1)];
  if (start >= end) throw new ArgumentRefused("the start must be less than the end");
  const draw = args.count > 2 ? drawOfSeed(args.integer(2)) : scope.draw();
  return start + Math.floor(draw * (end - start));
};

const intrinsics: Readonly<Record<Exclude<IntrinsicName, "States.Format">, Intrinsic>> = {
  "States.Array": (args) => args.values,
  "States.ArrayPartition": arrayPartition,
  "States.ArrayContains": arrayContains,
  "States.ArrayRange": arrayRange,
  "States.ArrayGetItem": arrayGetItem,
  "States.ArrayLength": (args) => args.array(0).length,
  "States.ArrayUnique": arrayUnique,
  "States.Base64Encode": base64Encode,
  "States.Base64Decode": base64Decode,
  "States.Hash": hash,
  "States.JsonMerge": jsonMerge,
  "States.StringToJson": stringToJson,
  "States.JsonToString": (args) => printJson(args.value(0)),
  "States.MathRandom": mathRandom,
  "States.MathAdd": (args) => args.integer(0) + args.integer(1),
  "States.StringSplit": stringSplit,
  "States.UUID": (_, scope) => drawUuid(scope.draw),
};

/**
 * Evaluates a call such as `States.Format('{}', $.a)`. An argument's path without a match fails with
 * `States.Runtime`, an argument that the function refuses with `States.IntrinsicFailure`.
 */
export const evaluateIntrinsic = (text: string, scope: Scope): Json => {
  const parsed = parseIntrinsicCall(text);
  if ("error" in parsed) {
    const { message, position } = parsed.error;
    throw runtimeFailure(
      scope,
      `Invalid intrinsic function '${text}' : ${message} at position ${position}`,
    );
  }
  const value = attempt(parsed.call, { text, scope });
  if (!(value instanceof ArgumentRefused)) return value;
  throw new StateFailed(
    "States.IntrinsicFailure",
    atState(scope, `The function '${text}' had the following error: ${value.message}`),
  );
};

const attempt = (call: IntrinsicCall, evaluation: Evaluation): Json | ArgumentRefused => {
  try {
    return evaluateCall(call, evaluation);
  } catch (refused) {
    if (refused instanceof ArgumentRefused) return refused;
    throw refused;
  }
};

interface Evaluation {
  /** The whole expression, for messages: they never name the inner call. */
  readonly text: string;
  readonly scope: Scope;
}

const evaluateCall = (call: IntrinsicCall, evaluation: Evaluation): Json => {
  const [least, most] = intrinsicArity[call.name];
  if (call.args.length < least || call.args.length > most) {
    throw new ArgumentRefused(`${call.name} does not take ${call.args.length} arguments`);
  }
  if (call.name === "States.Format") return evaluateFormat(call, evaluation);
  const args = new Arguments(call.args.map((argument) => evaluateArgument(argument, evaluation)));
  return intrinsics[call.name](args, evaluation.scope);
};

/** In a literal template `\{` stands for a brace; a template out of the data has the same escapes. */
const evaluateFormat = (call: IntrinsicCall, evaluation: Evaluation): Json => {
  const [template, ...others] = call.args;
  const args = others.map((argument) => evaluateArgument(argument, evaluation));
  if (template?.kind === "text") return format(template.raw, args);
  const text = template === undefined ? null : evaluateArgument(template, evaluation);
  return format(new Arguments([text]).text(0), args);
};

const evaluateArgument = (argument: IntrinsicArgument, evaluation: Evaluation): Json => {
  switch (argument.kind) {
    case "text":
    case "literal":
      return argument.value;
    case "path":
      return readArgument(argument.path.text, evaluation);
    case "call":
      return evaluateCall(argument, evaluation);
    default:
      return unreachable(argument);
  }
};

const readArgument = (path: string, { text, scope }: Evaluation): Json => {
  const value = tryReadPath(path, scope);
  if (value !== undefined) return value;
  const searched = path.startsWith("$$") ? scope.context : scope.input;
  throw runtimeFailure(
    scope,
    `The function '${text}' had the following error: The JsonPath argument for the field '${path}' could not be found in the input '${printJson(searched)}'`,
  );
};
