import { createContext, Script } from "node:vm";
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { plainJson } from "#core/exact-json/plain-json.ts";
import { isWithin } from "#core/execution/measure.ts";
import { BoundedRegExp, regexBound, TextTooLong } from "#core/expressions/regular-expression.ts";
import { type Json, type JsonObject, printJson } from "#core/json.ts";
import { inputCheckMsMax, inputProblemCountMax, quickCheckLengthMax } from "./limits.ts";

/** One thing that is wrong with an input; `path` is a JSON pointer. */
export interface InputProblem {
  readonly path: string;
  readonly message: string;
}

export type CompiledSchema =
  | { readonly kind: "compiled"; readonly problems: (input: Json) => readonly InputProblem[] }
  | { readonly kind: "refused"; readonly problems: readonly InputProblem[] };

const escaped = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1");

/** The field that is missing or too much is part of the path. */
const pathOf = ({ instancePath, params }: ErrorObject): string => {
  const { missingProperty, additionalProperty, unevaluatedProperty } = params as Record<
    string,
    unknown
  >;
  const field = missingProperty ?? additionalProperty ?? unevaluatedProperty;
  return typeof field === "string" ? `${instancePath}/${escaped(field)}` : instancePath;
};

const messageOf = ({ keyword, message, params }: ErrorObject): string => {
  const { allowedValues, allowedValue } = params as Record<string, unknown>;
  switch (keyword) {
    case "required":
      return "is required";
    case "additionalProperties":
    case "unevaluatedProperties":
      return "is not known here";
    case "enum":
      return `must be one of ${JSON.stringify(allowedValues)}`;
    case "const":
      return `must be ${JSON.stringify(allowedValue)}`;
    default:
      return message ?? "is not valid";
  }
};

const problemsOf = (errors: readonly ErrorObject[] | null | undefined): readonly InputProblem[] =>
  (errors ?? [])
    .slice(0, inputProblemCountMax)
    .map((fault) => ({ path: pathOf(fault), message: messageOf(fault) }));

/** What the checks that are watched run in: V8 watches the time of scripts only. */
const watched = { check: () => true };
const running = new Script("check()");

/** Carries out a check that is ended when it has taken too long. */
const inTime = (check: () => boolean): boolean => {
  watched.check = check;
  return running.runInContext(createContext(watched), { timeout: inputCheckMsMax });
};

const isTimeUp = (thrown: unknown): boolean =>
  typeof thrown === "object" &&
  thrown !== null &&
  "code" in thrown &&
  thrown.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";

/** Each of its words is held once against each value, and none against pairs of them. */
const isQuick = (schema: JsonObject): boolean => {
  const text = printJson(schema);
  return text.length <= quickCheckLengthMax && !/"(?:\$ref|\$dynamicRef|uniqueItems)"/.test(text);
};

/** What is to be said of a check that did not end. Throws what is a bug. */
const whyNotChecked = (thrown: unknown): string => {
  if (isTimeUp(thrown))
    return `can not be checked: it takes longer than ${inputCheckMsMax} ms; send less, or let the schema say less`;
  if (thrown instanceof TextTooLong) return thrown.message;
  if (!(thrown instanceof RangeError)) throw thrown;
  return "can not be checked: the schema refers to itself without end";
};

const problemsBy = (validate: ValidateFunction, schema: JsonObject) => {
  const isQuickSchema = isQuick(schema);
  return (input: Json): readonly InputProblem[] => {
    const check = () => validate(plainJson(input));
    const isQuickCheck = isQuickSchema && isWithin(input, quickCheckLengthMax);
    try {
      return (isQuickCheck ? check() : inTime(check)) ? [] : problemsOf(validate.errors);
    } catch (thrown) {
      return [{ path: "", message: whyNotChecked(thrown) }];
    }
  };
};

/** True where a pattern means the same without the flag u, but for characters beyond U+FFFF. */
const isPlain = (pattern: string): boolean =>
  /^[\x20-\x7e]*$/.test(pattern) && !/\\[pPu]/.test(pattern);

/** JSON Schema has the flag u, with which V8 only backtracks; where that may take for ever, it goes without. */
const regExp = Object.assign(
  (pattern: string, flags: string): RegExp => {
    const { kind } = regexBound(new RegExp(pattern, flags));
    return new BoundedRegExp(pattern, kind === "refused" && isPlain(pattern) ? "" : flags);
  },
  // Only for code that is written to a file.
  { code: "RegExp" },
);

/** Compiles a JSON Schema (2020-12); of one that can not be compiled it says why and where. */
export const compileSchema = (given: JsonObject): CompiledSchema => {
  const schema = plainJson(given) as JsonObject;
  const ajv = new Ajv2020({
    allErrors: true,
    strict: false,
    validateFormats: false,
    code: { regExp },
  });
  try {
    if (ajv.validateSchema(schema) === true)
      return { kind: "compiled", problems: problemsBy(ajv.compile(schema), schema) };
    return { kind: "refused", problems: problemsOf(ajv.errors) };
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return { kind: "refused", problems: [{ path: "", message: `can not be used: ${reason}` }] };
  }
};
