import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import { plainJson } from "#core/exact-json/plain-json.ts";
import type { Json, JsonObject } from "#core/json.ts";
import { complaintOf, fieldOf } from "./parameter-check.ts";

/** Problems of one template that are told: with the first ones mended the others may be gone. */
const problemsMax = 5;

type Path = readonly (string | number)[];

/** Parameters as they are written, with null at `holes`, where the value is known only when they are evaluated. */
export interface Literal {
  readonly value: Json;
  readonly holes: readonly Path[];
}

export interface ParameterProblem {
  readonly path: Path;
  readonly message: string;
}

/** What these say holds whatever stands in the holes further in. */
const certain: ReadonlySet<string> = new Set(["required", "additionalProperties", "type"]);

/** A part of a choice between schemas: the choice is told of, not each of its parts. */
const isPart = ({ schemaPath }: ErrorObject): boolean =>
  /\/(?:anyOf|oneOf|not|if|then|else|contains)\//.test(schemaPath);

const begins = (path: Path, start: Path): boolean =>
  start.every((key, index) => String(path[index]) === String(key));

const pathOf = ({ instancePath }: ErrorObject): string[] =>
  instancePath
    .split("/")
    .slice(1)
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));

/** Whether an error stands whatever the holes come to. */
const isCertain = (error: ErrorObject, holes: readonly Path[]): boolean => {
  const path = pathOf(error);
  if (isPart(error) || holes.some((hole) => begins(path, hole))) return false;
  return certain.has(error.keyword) || !holes.some((hole) => begins(hole, path));
};

const problemOf = (error: ErrorObject): ParameterProblem => {
  const unknown = (error.params as Record<string, unknown>)["additionalProperty"];
  const path = typeof unknown === "string" ? [...pathOf(error), unknown] : pathOf(error);
  return { path, message: `${fieldOf(error)} ${complaintOf(error)}` };
};

/** Compiles a JSON Schema (2020-12) to check parameters before their expressions are evaluated. */
export const literalCheck = (
  schema: JsonObject,
): ((literal: Literal) => readonly ParameterProblem[]) => {
  const validate = new Ajv2020({ allowUnionTypes: true, allErrors: true }).compile(schema);
  return ({ value, holes }) => {
    if (validate(plainJson(value))) return [];
    return (validate.errors ?? [])
      .filter((error) => isCertain(error, holes))
      .slice(0, problemsMax)
      .map(problemOf);
  };
};
