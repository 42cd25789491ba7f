import { type Json, parseJson } from "../../json.ts";
import { filterDepthMax } from "../../limits.ts";
import type { Cursor } from "../cursor.ts";
import { BoundedRegExp, regexBound } from "../regular-expression.ts";
import type { FilterOperand, FilterOperator, FilterTest, Path } from "./path.ts";
import { scanQuoted } from "./scan-quoted.ts";

type ScanPath = (cursor: Cursor) => Path;

const operator = /==|!=|<=|>=|<|>|=~|(?:nin|in|subsetof|anyof|noneof|size|empty)(?![\w-])/iy;
const bareWord = /(?:true|false|null)(?![\w-])|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const pattern = /\/((?:[^/\\]|\\.)+)\/([a-z]*)/y;

/** Reads what stands between the parentheses of `[?( ... )]`. */
export const scanFilter = (cursor: Cursor, scanPath: ScanPath): FilterTest =>
  deeper(cursor, () =>
    scanChain(cursor, { kind: "or", token: "||", next: () => scanAnd(cursor, scanPath) }),
  );

/** Reads something within a filter; too deep nesting is no path. */
const deeper = (cursor: Cursor, scan: () => FilterTest): FilterTest => {
  if (cursor.depth === filterDepthMax)
    cursor.fail(`filters are nested more than ${filterDepthMax} deep`);
  cursor.depth += 1;
  const test = scan();
  cursor.depth -= 1;
  return test;
};

const scanAnd = (cursor: Cursor, scanPath: ScanPath): FilterTest =>
  scanChain(cursor, { kind: "and", token: "&&", next: () => scanTest(cursor, scanPath) });

const scanChain = (
  cursor: Cursor,
  chain: { kind: "and" | "or"; token: string; next: () => FilterTest },
): FilterTest => {
  const first = chain.next();
  const tests = [first];
  for (;;) {
    cursor.skipBlanks();
    if (!cursor.accept(chain.token)) break;
    tests.push(chain.next());
  }
  return tests.length === 1 ? first : { kind: chain.kind, tests };
};

const scanTest = (cursor: Cursor, scanPath: ScanPath): FilterTest => {
  cursor.skipBlanks();
  if (cursor.next === "!" && cursor.text.charAt(cursor.position + 1) !== "=") {
    cursor.position += 1;
    return { kind: "not", test: deeper(cursor, () => scanTest(cursor, scanPath)) };
  }
  if (cursor.accept("(")) {
    const test = scanFilter(cursor, scanPath);
    cursor.skipBlanks();
    cursor.expect(")");
    return test;
  }
  return scanComparison(cursor, scanPath);
};

const scanComparison = (cursor: Cursor, scanPath: ScanPath): FilterTest => {
  const left = scanOperand(cursor, scanPath);
  cursor.skipBlanks();
  const found = cursor.match(operator);
  if (found === undefined) {
    if (left.kind !== "path") return cursor.fail("operator expected");
    return { kind: "exists", path: left.path };
  }
  cursor.skipBlanks();
  const right = scanOperand(cursor, scanPath);
  cursor.skipBlanks();
  return { kind: "comparison", operator: found.toLowerCase() as FilterOperator, left, right };
};

const scanOperand = (cursor: Cursor, scanPath: ScanPath): FilterOperand => {
  if (cursor.next === "@" || cursor.next === "$") return { kind: "path", path: scanPath(cursor) };
  if (cursor.next === "'" || cursor.next === '"') {
    return { kind: "literal", value: scanQuoted(cursor) };
  }
  if (cursor.next === "[") return { kind: "literal", value: scanArray(cursor) };
  if (cursor.next === "/") return { kind: "pattern", pattern: scanPattern(cursor) };
  const word = cursor.match(bareWord);
  if (word === undefined) return cursor.fail("path, text in quotes, number or list expected");
  return { kind: "literal", value: parseJson(word) };
};

const scanArray = (cursor: Cursor): Json => {
  const items: Json[] = [];
  cursor.expect("[");
  cursor.skipBlanks();
  while (!cursor.accept("]")) {
    if (items.length > 0) cursor.expect(",");
    cursor.skipBlanks();
    items.push(scanLiteral(cursor));
    cursor.skipBlanks();
  }
  return items;
};

const scanLiteral = (cursor: Cursor): Json => {
  if (cursor.next === "'" || cursor.next === '"') return scanQuoted(cursor);
  const word = cursor.match(bareWord);
  return word === undefined ? cursor.fail("text in quotes or number expected") : parseJson(word);
};

const scanPattern = (cursor: Cursor): RegExp => {
  const position = cursor.position;
  const [, source = "", flags = ""] = /^\/(.*)\/([a-z]*)$/s.exec(cursor.match(pattern) ?? "") ?? [];
  let read: RegExp;
  try {
    // Jayway matches the whole text, not a part of it.
    read = new RegExp(`^(?:${source})$`, flags);
  } catch {
    return cursor.fail("not a regular expression", position);
  }
  const bound = regexBound(read);
  return bound.kind === "refused" ? cursor.fail(bound.problem, position) : new BoundedRegExp(read);
};
