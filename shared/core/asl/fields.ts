import { isJsonObject, type Json, type JsonObject, jsonTypeOf } from "../json.ts";
import type { QueryLanguage } from "./definition.ts";
import { error, errorInBothWords, type Scope, within } from "./scope.ts";
import { listed, suggestion } from "./suggest.ts";

/** Looks at one value and reports what is wrong with it. */
export type Check = (scope: Scope, value: Json) => void;

export interface Field {
  readonly check: Check;
  /** Where only one of the query languages has the field. */
  readonly language?: QueryLanguage;
  readonly isRequired?: true;
}

export type Fields = Readonly<Record<string, Field>>;

/** What an object may and must have. */
export interface ObjectRule {
  /** What it is called in messages, after "a". */
  readonly noun: string;
  readonly fields: Fields;
  /** What to do instead of fields that are often looked for here. */
  readonly hints?: Readonly<Record<string, string>>;
}

/** The field's value; never what an object inherits (a state may be called "constructor"). */
export const own = (object: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;

/** What kind of JSON value it is, for messages. */
export const kindOf = (value: Json): string => {
  if (typeof value === "string") return `the string ${shorten(value)}`;
  const type = jsonTypeOf(value);
  if (type === "null") return type;
  return type === "array" || type === "object" ? `an ${type}` : `the ${type} ${value}`;
};

const shorten = (text: string): string =>
  JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);

/** What is written in the other query language instead: the first of these that the object has. */
const counterparts: Readonly<Record<string, readonly string[]>> = {
  Parameters: ["Arguments", "ItemSelector", "Output"],
  Result: ["Output"],
  ResultSelector: ["Output"],
  ResultPath: ["Output", "Assign"],
  OutputPath: ["Output"],
  InputPath: ["Arguments", "ItemSelector", "Output"],
  Variable: ["Condition"],
  Arguments: ["Parameters"],
  Output: ["OutputPath", "ResultPath"],
  Items: ["ItemsPath"],
  Condition: ["Variable"],
};

const isUsable = (scope: Scope, field: Field | undefined): boolean =>
  field !== undefined && (field.language === undefined || field.language === scope.language);

const wrongLanguage = (scope: Scope, of: ObjectRule, name: string): string => {
  const other = scope.language === "JSONata" ? "JSONPath" : "JSONata";
  const candidates = Object.hasOwn(counterparts, name)
    ? (counterparts[name] ?? [])
    : [name.replace(/Path$/, "")];
  const instead = candidates.find((candidate) => isUsable(scope, of.fields[candidate]));
  const advice = instead === undefined ? "; remove it" : `; write "${instead}" instead`;
  return `"${name}" belongs to ${other}, and the query language of this ${of.noun} is ${scope.language}${advice}`;
};

const unknownField = (scope: Scope, of: ObjectRule, name: string): string => {
  const hint = of.hints !== undefined && Object.hasOwn(of.hints, name) ? of.hints[name] : undefined;
  const usable = Object.keys(of.fields).filter((known) => isUsable(scope, of.fields[known]));
  const advice = hint === undefined ? suggestion(name, usable) : `; ${hint}`;
  return `a ${of.noun} has no field "${name}"${advice === "" ? "; remove it" : advice}`;
};

const checkMissing = (scope: Scope, value: JsonObject, of: ObjectRule): void => {
  const missing = Object.entries(of.fields)
    .filter(
      ([name, field]) =>
        field.isRequired === true &&
        (field.language ?? scope.language) === scope.language &&
        !Object.hasOwn(value, name),
    )
    .map(([name]) => name);
  if (missing.length > 0)
    errorInBothWords(scope, {
      message: `a ${of.noun} needs the field${missing.length === 1 ? "" : "s"} ${missing.map((name) => `"${name}"`).join(" and ")}`,
      serviceMessage: `These fields are required: [${missing.join(", ")}]`,
    });
};

/** Checks an object against its table of fields; answers it if it is one, for checks across fields. */
export const checkObject = (scope: Scope, value: Json, of: ObjectRule): JsonObject | undefined => {
  if (!isJsonObject(value)) {
    error(scope, `a ${of.noun} must be an object, not ${kindOf(value)}`);
    return undefined;
  }
  for (const [name, content] of Object.entries(value)) {
    const field = Object.hasOwn(of.fields, name) ? of.fields[name] : undefined;
    const inner = within(scope, name);
    if (field === undefined) error(inner, unknownField(scope, of, name));
    else if (field.language !== undefined && field.language !== scope.language)
      error(inner, wrongLanguage(scope, of, name));
    else field.check(inner, content);
  }
  checkMissing(scope, value, of);
  return value;
};

/** Reports when more than one of the fields is there, or none although one is needed. */
export const checkOneOf = (
  scope: Scope,
  object: JsonObject,
  rule: { readonly names: readonly string[]; readonly noun: string; readonly isRequired?: true },
): void => {
  const present = rule.names.filter((name) => Object.hasOwn(object, name));
  const [, second] = present;
  if (second !== undefined) {
    const all = present.map((name) => `"${name}"`).join(" and ");
    error(within(scope, second), `a ${rule.noun} has only one of ${all}; remove the others`);
  }
  if (present.length === 0 && rule.isRequired === true)
    error(scope, `a ${rule.noun} needs one of ${listed(rule.names)}`);
};
