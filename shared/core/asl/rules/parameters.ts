import { calledResource } from "../../execution/resource-kind.ts";
import { isJsonata } from "../../expressions/jsonata-template.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { own } from "../fields.ts";
import { type Scope, warning, within } from "../scope.ts";

type Path = readonly (string | number)[];

/** What is written literally, with null where an expression stands; `holes` says where that is. */
interface Literal {
  readonly value: Json;
  readonly holes: readonly Path[];
}

const isPathKey = (key: string): boolean => key.endsWith(".$");

/** The literal part of a template; `undefined`: it is an expression. */
const literalOf = (template: Json, language: Scope["language"]): Literal | undefined => {
  const holes: Path[] = [];
  const visit = (value: Json, path: Path): Json => {
    if (language === "JSONata" && isJsonata(value)) {
      holes.push(path);
      return null;
    }
    if (Array.isArray(value)) return value.map((item, index) => visit(item, [...path, index]));
    if (!isJsonObject(value)) return value;
    const entries = Object.entries(value).map(([key, inner]) => {
      if (language === "JSONata" || !isPathKey(key))
        return [key, visit(inner, [...path, key])] as const;
      const name = key.slice(0, -2);
      holes.push([...path, name]);
      return [name, null] as const;
    });
    return Object.fromEntries(entries);
  };
  const value = visit(template, []);
  return holes.some(({ length }) => length === 0) ? undefined : { value, holes };
};

/** The path as the definition has it, as far as it goes there. */
const written = (template: Json, path: Path): Path => {
  const known: (string | number)[] = [];
  let value: Json | undefined = template;
  for (const key of path) {
    if (Array.isArray(value)) known.push(Number(key));
    else if (isJsonObject(value) && Object.hasOwn(value, key)) known.push(key);
    else break;
    value = Array.isArray(value) ? value[Number(key)] : own(value as JsonObject, String(key));
  }
  return known;
};

/** Warns of literal parameters that the activity does not take: it would fail each time, which may be caught. */
export const checkParameters = (scope: Scope, called: JsonObject): void => {
  const { parameterProblems } = scope.options;
  const resource = own(called, "Resource");
  const field = scope.language === "JSONata" ? "Arguments" : "Parameters";
  const template = own(called, field);
  if (parameterProblems === undefined || typeof resource !== "string" || template === undefined)
    return;
  const literal = literalOf(template, scope.language);
  if (literal === undefined) return;
  for (const { path, message } of parameterProblems(calledResource(resource), literal))
    warning(
      within(scope, field, ...written(template, path)),
      `${message}; as it stands "${resource}" fails with Holdfast.ParametersInvalid`,
      "PARAMETERS_INVALID",
    );
};
