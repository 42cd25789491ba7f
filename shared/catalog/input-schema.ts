import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { plainJson } from "#core/exact-json/plain-json.ts";
import { BoundedRegExp, regexBound, TextTooLong } from "#core/expressions/regular-expression.ts";
import type { Json, JsonObject } from "#core/json.ts";
import { inputProblemCountMax } from "./limits.ts";

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

const problemsBy =
  (validate: ValidateFunction) =>
  (input: Json): readonly InputProblem[] => {
    try {
      return validate(plainJson(input)) ? [] : problemsOf(validate.errors);
    } catch (thrown) {
      if (thrown instanceof TextTooLong) return [{ path: "", message: thrown.message }];
      if (!(thrown instanceof RangeError)) throw thrown;
      return [{ path: "", message: "can not be checked: the schema refers to itself without end" }];
    }
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
      return { kind: "compiled", problems: problemsBy(ajv.compile(schema)) };
    return { kind: "refused", problems: problemsOf(ajv.errors) };
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return { kind: "refused", problems: [{ path: "", message: `can not be used: ${reason}` }] };
  }
};
