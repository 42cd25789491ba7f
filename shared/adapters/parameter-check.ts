import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { plainJson } from "#core/exact-json/plain-json.ts";
import type { Json, JsonObject } from "#core/json.ts";

/** Says what is wrong with parameters, in one sentence that names the field; undefined if nothing is. */
export type ParameterCheck = (parameters: Json) => string | undefined;

export const fieldOf = (error: ErrorObject): string => {
  const segments = error.instancePath.split("/").slice(1);
  const path = segments.map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
  const params = error.params as Record<string, unknown>;
  const inner = params["missingProperty"] ?? params["additionalProperty"];
  if (typeof inner === "string") path.push(inner);
  return path.length === 0 ? "the parameters" : `"${path.join(".")}"`;
};

export const complaintOf = (error: ErrorObject): string => {
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case "required":
      return "is missing";
    case "additionalProperties":
      return "is not known here";
    case "enum":
      return `must be one of ${(params["allowedValues"] as Json[]).join(", ")}`;
    default:
      return error.message ?? "is not valid";
  }
};

let compiler: Ajv2020 | undefined;

/** The schemas are those of adapters, and tested: to check them against the schema of schemas takes longer than all else. */
const compile = (schema: JsonObject): ValidateFunction => {
  compiler ??= new Ajv2020({ allowUnionTypes: true, validateSchema: false });
  return compiler.compile(schema);
};

/**
 * Compiles a JSON Schema (2020-12) once, when it is first used. A schema that allows everything gives undefined, so that
 * whoever has none pays nothing.
 */
export const parameterCheck = (schema: JsonObject): ParameterCheck | undefined => {
  if (Object.keys(schema).length === 0) return undefined;
  let validate: ValidateFunction | undefined;
  const known = Object.keys((schema["properties"] as JsonObject | undefined) ?? {}).join(", ");
  return (parameters) => {
    validate ??= compile(schema);
    if (validate(plainJson(parameters))) return undefined;
    const error = validate.errors?.[0];
    if (error === undefined) return "the parameters are not valid";
    const hint =
      error.keyword === "additionalProperties" && error.instancePath === ""
        ? `; known are ${known}`
        : "";
    return `${fieldOf(error)} ${complaintOf(error)}${hint}`;
  };
};
