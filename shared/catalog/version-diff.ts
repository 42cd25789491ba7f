import { isJsonObject, type Json, type JsonObject, sameJson } from "#core/json.ts";
import type { ProcessVersion } from "./processes.ts";

/** A place where two versions differ; `path` is a JSON pointer into the version. */
export type VersionDifference =
  | { readonly kind: "added"; readonly path: string; readonly after: Json }
  | { readonly kind: "removed"; readonly path: string; readonly before: Json }
  | {
      readonly kind: "changed";
      readonly path: string;
      readonly before: Json;
      readonly after: Json;
    };

const step = (path: string, key: string | number): string =>
  `${path}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;

const membersOf = (value: Json): JsonObject | undefined => {
  if (isJsonObject(value)) return value;
  return Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : undefined;
};

/** Where two values differ, down to the smallest parts that both have. */
const differences = (path: string, before: Json, after: Json): readonly VersionDifference[] => {
  if (sameJson(before, after)) return [];
  const [left, right] = [membersOf(before), membersOf(after)];
  if (!(left && right) || Array.isArray(before) !== Array.isArray(after))
    return [{ kind: "changed", path, before, after }];
  const keys = [...new Set([...Object.keys(right), ...Object.keys(left)])];
  return keys.flatMap((key) => inside(step(path, key), ownOf(left, key), ownOf(right, key)));
};

const ownOf = (object: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;

const inside = (
  path: string,
  before: Json | undefined,
  after: Json | undefined,
): readonly VersionDifference[] => {
  if (before === undefined) return after === undefined ? [] : [{ kind: "added", path, after }];
  if (after === undefined) return [{ kind: "removed", path, before }];
  return differences(path, before, after);
};

/** What of a version its document says. */
const contentOf = (version: ProcessVersion): JsonObject => {
  const { description, category, type, settings, inputSchema, definition } = version;
  const content = { description, category, type, settings, inputSchema, definition };
  const given = Object.entries(content).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as JsonObject;
};

/** How the second version differs from the first; the order of fields and comments make no difference. */
export const versionDiff = (
  first: ProcessVersion,
  second: ProcessVersion,
): readonly VersionDifference[] => differences("", contentOf(first), contentOf(second));
