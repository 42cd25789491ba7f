import type { Cursor } from "../cursor.ts";
import type { FilterTest, Path, PathFunctionName, PathRoot, Segment } from "./path.ts";
import { scanFilter } from "./scan-filter.ts";
import { scanQuoted } from "./scan-quoted.ts";

const functionNames: ReadonlySet<string> = new Set<PathFunctionName>([
  "length",
  "size",
  "keys",
  "min",
  "max",
  "avg",
  "sum",
  "stddev",
  "first",
  "last",
]);

const isFunctionName = (name: string): name is PathFunctionName => functionNames.has(name);

const variableName = /[\p{ID_Start}_][\p{ID_Continue}]*/uy;
const memberName = /[^\s.[\](){},'"*?=!<>&|]+/y;
const integer = /-?\d+/y;
const descendants: Segment = { kind: "descendants" };

/** Reads a path from its `$` (or, within a filter, `@`) to the first character that is no part of it. */
export const scanPath = (cursor: Cursor): Path => {
  const start = cursor.position;
  const root = scanRoot(cursor);
  const segments: Segment[] = [];
  const calls: PathFunctionName[] = [];
  for (let part = scanPart(cursor); part !== undefined; part = scanPart(cursor)) {
    if (part.kind === "call") {
      calls.push(part.name);
      continue;
    }
    if (calls.length > 0) cursor.fail("a function must come last");
    if (part.isDescendant) segments.push(descendants);
    segments.push(part.segment);
  }
  return {
    text: cursor.text.slice(start, cursor.position),
    root,
    segments,
    calls,
    isDefinite: calls.length > 0 || isDefinite(segments),
    ...(calls.length === 0 ? keysOf(segments) : undefined),
  };
};

const scanRoot = (cursor: Cursor): PathRoot => {
  if (cursor.accept("@")) return { kind: "candidate" };
  cursor.expect("$");
  if (cursor.accept("$")) return { kind: "context" };
  const name = cursor.match(variableName);
  return name === undefined ? { kind: "input" } : { kind: "variable", name };
};

type Part =
  | { readonly kind: "call"; readonly name: PathFunctionName }
  | { readonly kind: "segment"; readonly segment: Segment; readonly isDescendant: boolean };

const scanPart = (cursor: Cursor): Part | undefined => {
  const isDescendant = cursor.accept("..");
  if (cursor.accept("[")) return { kind: "segment", segment: scanBracket(cursor), isDescendant };
  if (!isDescendant && !cursor.accept(".")) return undefined;
  if (cursor.accept("*")) return { kind: "segment", segment: { kind: "wildcard" }, isDescendant };
  const position = cursor.position;
  const name = cursor.match(memberName) ?? cursor.fail("name expected");
  if (!cursor.accept("(")) {
    return { kind: "segment", segment: { kind: "members", names: [name] }, isDescendant };
  }
  cursor.skipBlanks();
  cursor.expect(")");
  return isFunctionName(name)
    ? { kind: "call", name }
    : cursor.fail(`no function '${name}'`, position);
};

const scanBracket = (cursor: Cursor): Segment => {
  cursor.skipBlanks();
  if (cursor.accept("?")) return { kind: "filter", test: scanFilterInBracket(cursor) };
  const segment = scanSelector(cursor);
  cursor.skipBlanks();
  cursor.expect("]");
  return segment;
};

const scanFilterInBracket = (cursor: Cursor): FilterTest => {
  cursor.skipBlanks();
  cursor.expect("(");
  const test = scanFilter(cursor, scanPath);
  cursor.expect(")");
  cursor.skipBlanks();
  cursor.expect("]");
  return test;
};

const scanSelector = (cursor: Cursor): Segment => {
  if (cursor.accept("*")) return { kind: "wildcard" };
  if (cursor.next === "'" || cursor.next === '"') {
    return { kind: "members", names: scanList(cursor, scanQuoted) };
  }
  const first = cursor.match(integer);
  cursor.skipBlanks();
  if (cursor.accept(":")) {
    cursor.skipBlanks();
    const to = cursor.match(integer);
    return {
      kind: "slice",
      ...(first === undefined ? {} : { from: Number(first) }),
      ...(to === undefined ? {} : { to: Number(to) }),
    };
  }
  if (first === undefined) return cursor.fail("name in quotes, index, slice, '*' or '?' expected");
  const others = cursor.accept(",") ? scanList(cursor, scanInteger) : [];
  return { kind: "indexes", indexes: [Number(first), ...others] };
};

const scanInteger = (cursor: Cursor): number => {
  const digits = cursor.match(integer);
  return digits === undefined ? cursor.fail("index expected") : Number(digits);
};

const scanList = <T>(cursor: Cursor, scanItem: (cursor: Cursor) => T): T[] => {
  const items: T[] = [];
  do {
    cursor.skipBlanks();
    items.push(scanItem(cursor));
    cursor.skipBlanks();
  } while (cursor.accept(","));
  return items;
};

/** The keys of a path that only goes by single names and indexes. */
const keysOf = (
  segments: readonly Segment[],
): { readonly keys: (string | number)[] } | undefined => {
  const keys = segments.map(keyOf).filter((key) => key !== undefined);
  return keys.length === segments.length ? { keys } : undefined;
};

const keyOf = (segment: Segment): string | number | undefined => {
  if (segment.kind === "members" && segment.names.length === 1) return segment.names[0];
  if (segment.kind === "indexes" && segment.indexes.length === 1) return segment.indexes[0];
  return undefined;
};

/** As Jayway has it: several names at the end give one merged object, anywhere else many values. */
const isDefinite = (segments: readonly Segment[]): boolean =>
  segments.every((segment, at) =>
    segment.kind === "members"
      ? segment.names.length === 1 || at === segments.length - 1
      : segment.kind === "indexes" && segment.indexes.length === 1,
  );
