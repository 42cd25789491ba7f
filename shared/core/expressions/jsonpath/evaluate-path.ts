import { unreachable } from "../../errors.ts";
import { isJsonObject, type Json } from "../../json.ts";
import { putMember } from "../../put-member.ts";
import { matchesFilter } from "./evaluate-filter.ts";
import type { Path, PathRoot, Segment } from "./path.ts";
import { pathFunctions } from "./path-functions.ts";

/** Finds the value that a root stands for. */
export type RootValue = (root: PathRoot) => Json | undefined;

/** The value at a path; `undefined` where a definite path has no match, [] where an indefinite one has none. */
export const evaluatePath = (path: Path, rootValue: RootValue): Json | undefined => {
  const root = rootValue(path.root);
  if (root === undefined) return undefined;
  if (path.keys !== undefined) return follow(root, path.keys);
  const matches: Json[] = [];
  collect({ segments: path.segments, rootValue, matches }, 0, root);
  if (path.calls.length === 0) return path.isDefinite ? matches[0] : matches;
  const hasOne = path.segments.every(
    (segment) => segment.kind === "members" || segment.kind === "indexes",
  );
  let value: Json | undefined = hasOne ? matches[0] : matches;
  for (const name of path.calls) {
    if (value === undefined) return undefined;
    value = pathFunctions[name](value);
  }
  return value;
};

/** Goes down by names and indexes. */
export const follow = (root: Json, keys: readonly (string | number)[]): Json | undefined => {
  let value: Json | undefined = root;
  for (const key of keys) {
    value = step(value, key);
    if (value === undefined) return undefined;
  }
  return value;
};

const step = (value: Json, key: string | number): Json | undefined => {
  if (typeof key === "number") {
    return Array.isArray(value) ? (value as readonly Json[]).at(key) : undefined;
  }
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
};

interface Search {
  readonly segments: readonly Segment[];
  readonly rootValue: RootValue;
  readonly matches: Json[];
}

const collect = (search: Search, at: number, value: Json): void => {
  const segment = search.segments[at];
  if (segment === undefined) {
    search.matches.push(value);
    return;
  }
  if (segment.kind === "descendants") {
    collectWithin(search, at + 1, value);
    return;
  }
  for (const found of select(segment, value, search)) collect(search, at + 1, found);
};

/** The rest of the path applied to a value, then to everything within it. */
const collectWithin = (search: Search, at: number, value: Json): void => {
  collect(search, at, value);
  for (const child of childrenOf(value)) collectWithin(search, at, child);
};

const childrenOf = (value: Json): readonly Json[] => {
  if (Array.isArray(value)) return value as readonly Json[];
  return isJsonObject(value) ? Object.values(value) : [];
};

const select = (
  segment: Exclude<Segment, { kind: "descendants" }>,
  value: Json,
  search: Search,
): readonly Json[] => {
  switch (segment.kind) {
    case "members":
      return selectMembers(segment.names, value, segment === search.segments.at(-1));
    case "indexes":
      return segment.indexes
        .map((index) => step(value, index))
        .filter((found) => found !== undefined);
    case "slice":
      return Array.isArray(value) ? value.slice(segment.from, segment.to) : [];
    case "wildcard":
      return childrenOf(value);
    case "filter": {
      const candidates = Array.isArray(value) ? (value as readonly Json[]) : [value];
      return candidates.filter((candidate) =>
        matchesFilter(segment.test, (path) =>
          evaluatePath(path, (root) =>
            root.kind === "candidate" ? candidate : search.rootValue(root),
          ),
        ),
      );
    }
    default:
      return unreachable(segment);
  }
};

const selectMembers = (names: readonly string[], value: Json, isLast: boolean): readonly Json[] => {
  if (names.length === 1 || !isLast) {
    return names.map((name) => step(value, name)).filter((found) => found !== undefined);
  }
  if (!isJsonObject(value)) return [];
  const merged: Record<string, Json> = {};
  for (const name of names) {
    const found = step(value, name);
    if (found !== undefined) putMember(merged, name, found);
  }
  return [merged];
};
