/** Fields that hold a number: a literal, a JSONata expression, or a path beside them (`...Path`). */
import { numberOf } from "../../exact-json/exact-number.ts";
import type { Evaluating } from "../../expressions/evaluation.ts";
import { evaluateAs } from "../../expressions/jsonata-template.ts";
import { readPath } from "../../expressions/jsonpath/read-path.ts";
import { queryFailure, runtimeFailure } from "../../expressions/wording.ts";
import { type Json, printJson } from "../../json.ts";
import { limitedSecondsBehaviour } from "../behaviours.ts";
import type { Interpreter } from "../interpreter.ts";
import type { Branch } from "../state.ts";
import { scopeOf } from "./scope.ts";

/** What the service takes for a number: a number, or text that is one. */
const numberIn = (value: Json, kind: "integer" | "float"): number | undefined => {
  const isNumeric = typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value);
  const number = isNumeric ? Number(value) : (numberOf(value) ?? Number.NaN);
  return kind === "float" || Number.isInteger(number) ? number : undefined;
};

const textOf = (value: Json): string => (typeof value === "string" ? value : printJson(value));

/** A field of a state that holds a number. */
export interface Amount {
  readonly name: string;
  readonly kind: "integer" | "float";
  readonly value: number | string | undefined;
  readonly path: string | undefined;
  /** More than that may not be written, nor computed. */
  readonly max?: number;
}

const isTooMuch = (number: number, { max }: Amount, { state }: Interpreter): boolean =>
  max !== undefined && number > max && state.behaviour >= limitedSecondsBehaviour;

/** The number in a field, `undefined` where neither the field nor its path is there. */
export function* amountOf(
  interpreter: Interpreter,
  branch: Branch,
  asked: { readonly amount: Amount; readonly input: Json },
): Evaluating<number | undefined> {
  const { name, kind, value, path, max } = asked.amount;
  if (typeof value === "number") return value;
  if (value === undefined && path === undefined) return undefined;
  const scope = scopeOf(interpreter, branch, { input: asked.input });
  if (value !== undefined) {
    const expected = kind === "integer" ? "integer" : "number";
    const number = (yield* evaluateAs(value, scope, { location: name, expected })) as number;
    if (isTooMuch(number, asked.amount, interpreter))
      throw queryFailure(scope, name, `The ${name} field cannot be more than ${max}: ${number}`);
    return number;
  }
  if (path === undefined) return undefined;
  const found = readPath(path, scope);
  const number = numberIn(found, kind);
  if (number === undefined || Number.isNaN(number))
    throw runtimeFailure(
      scope,
      `The ${name}Path field refers to value "${textOf(found)}" which is not a valid ${kind}: ${path}`,
    );
  if (isTooMuch(number, asked.amount, interpreter))
    throw runtimeFailure(
      scope,
      `The ${name}Path field cannot be more than ${max}: ${path} == ${textOf(found)}`,
    );
  return number;
}
