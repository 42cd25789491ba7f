import { inOrder } from "../exact-json/in-order.ts";
import { StateFailed } from "../failure.ts";
import { isJsonObject, type Json, printJson } from "../json.ts";
import { putMember } from "../put-member.ts";
import type { Scope } from "./evaluation.ts";
import { parsePath } from "./jsonpath/parse-path.ts";
import { atState } from "./wording.ts";

interface Placement {
  /** The text of ResultPath; `null` keeps the input and drops the result. */
  readonly path: string | null;
  readonly input: Json;
  readonly result: Json;
  readonly scope: Scope;
}

/**
 * ResultPath: the input with `result` put at `path` (`null`: the input alone, `$`: the result
 * alone). Copies what it changes, creates missing objects, fails with `States.ResultPathMatchFailure`.
 */
export const placeAt = (placement: Placement): Json => {
  const { path, input, result } = placement;
  if (path === null) return input;
  if (path === "$") return result;
  const parsed = parsePath(path);
  if (!("path" in parsed) || parsed.path.keys === undefined || parsed.path.root.kind !== "input") {
    throw mismatch(placement);
  }
  const placed = place(input, parsed.path.keys, result);
  if (placed === undefined) throw mismatch(placement);
  return placed;
};

/** `undefined` where the path leads through something that is neither object nor array. */
const place = (
  value: Json | undefined,
  keys: readonly (string | number)[],
  result: Json,
): Json | undefined => {
  const [key, ...deeper] = keys;
  if (key === undefined) return result;
  return typeof key === "number"
    ? placeItem(value, key, (item) => place(item, deeper, result))
    : placeMember(value, key, (member) => place(member, deeper, result));
};

const placeMember = (
  value: Json | undefined,
  key: string,
  change: (member: Json | undefined) => Json | undefined,
): Json | undefined => {
  if (value !== undefined && !isJsonObject(value)) return undefined;
  const known = value !== undefined && Object.hasOwn(value, key) ? value[key] : undefined;
  const changed = change(known);
  if (changed === undefined) return undefined;
  const copy: Record<string, Json> = { ...value };
  putMember(copy, key, changed);
  return inOrder(copy, () => [...Object.keys(value ?? {}), key]);
};

/** Replaces an item that exists: an array does not grow. */
const placeItem = (
  value: Json | undefined,
  index: number,
  change: (item: Json | undefined) => Json | undefined,
): Json | undefined => {
  if (!Array.isArray(value)) return undefined;
  const items: readonly Json[] = value;
  const at = index < 0 ? items.length + index : index;
  if (items[at] === undefined) return undefined;
  const changed = change(items[at]);
  return changed === undefined ? undefined : items.with(at, changed);
};

const mismatch = ({ path, input, scope }: Placement): StateFailed =>
  new StateFailed(
    "States.ResultPathMatchFailure",
    atState(scope, `Unable to apply ReferencePath ${path} to input ${printJson(input)}`),
  );
