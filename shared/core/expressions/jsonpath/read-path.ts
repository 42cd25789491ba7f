import { isJsonObject, type Json, jsonTypeOf } from "../../json.ts";
import type { Scope } from "../evaluation.ts";
import { TextTooLong } from "../regular-expression.ts";
import { runtimeFailure } from "../wording.ts";
import { evaluatePath, follow } from "./evaluate-path.ts";
import { parsePath } from "./parse-path.ts";
import type { Path, PathRoot } from "./path.ts";

/**
 * The value at a path (`$...` input, `$$...` context, `$variable...`). An indefinite path without a
 * match gives []; a definite one fails with `States.Runtime` ("Invalid path '$.a' : ...").
 */
export const readPath = (path: string, scope: Scope): Json => {
  const value = tryReadPath(path, scope);
  if (value !== undefined) return value;
  throw runtimeFailure(scope, `Invalid path '${path}' : ${missing(parsed(path, scope), scope)}`);
};

/** Like {@link readPath}, `undefined` where a definite path has no match. */
export const tryReadPath = (path: string, scope: Scope): Json | undefined =>
  path === "$" ? scope.input : evaluated(parsed(path, scope), scope);

const evaluated = (path: Path, scope: Scope): Json | undefined => {
  try {
    return evaluatePath(path, (root) => rootIn(scope, root));
  } catch (error) {
    if (!(error instanceof TextTooLong)) throw error;
    throw runtimeFailure(scope, `Invalid path '${path.text}' : ${error.message}`);
  }
};

const parsed = (text: string, scope: Scope): Path => {
  const result = parsePath(text);
  if ("path" in result) return result.path;
  const { message, position } = result.error;
  throw runtimeFailure(scope, `Invalid path '${text}' : ${message} at position ${position}`);
};

const rootIn = (scope: Scope, root: PathRoot): Json | undefined => {
  switch (root.kind) {
    case "input":
    case "candidate":
      return scope.input;
    case "context":
      return scope.context;
    case "variable":
      return Object.hasOwn(scope.variables, root.name) ? scope.variables[root.name] : undefined;
  }
};

/** Why a definite path has no match, as Jayway words it. */
const missing = (path: Path, scope: Scope): string => {
  const root = rootIn(scope, path.root);
  const keys = path.keys ?? [];
  if (root === undefined || keys.length === 0) return `No results for path: ${path.text}`;
  const found = keys.findIndex((_, index) => follow(root, keys.slice(0, index + 1)) === undefined);
  const parent = follow(root, keys.slice(0, found));
  const key = keys[found];
  const at = printKeys(keys.slice(0, found));
  if (typeof key === "string" && !isJsonObject(parent)) {
    return `Expected to find an object with property ['${key}'] in path ${at} but found '${jsonTypeOf(parent ?? null)}'.`;
  }
  return found === keys.length - 1 || typeof key === "number"
    ? `No results for path: ${printKeys(keys)}`
    : `Missing property in path ${printKeys(keys.slice(0, found + 1))}`;
};

const printKeys = (keys: readonly (string | number)[]): string =>
  `$${keys.map((key) => (typeof key === "number" ? `[${key}]` : `['${key}']`)).join("")}`;
