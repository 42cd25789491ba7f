import { type Json, parseJson } from "../../json.ts";
import { intrinsicNestingMax, parsedPathsMax } from "../../limits.ts";
import { boundedCache } from "../bounded-cache.ts";
import { Cursor, SyntaxFailure } from "../cursor.ts";
import type { Path, PathSyntaxError } from "../jsonpath/path.ts";
import { scanPath } from "../jsonpath/scan-path.ts";
import { type IntrinsicName, isIntrinsicName } from "./intrinsic-names.ts";

/** A call of an intrinsic function as it is written. */
export interface IntrinsicCall {
  readonly kind: "call";
  readonly name: IntrinsicName;
  readonly args: readonly IntrinsicArgument[];
}

export type IntrinsicArgument =
  | IntrinsicCall
  /** Text in single quotes, with its escapes: `States.Format` reads `\{` and `{}` itself. */
  | { readonly kind: "text"; readonly raw: string; readonly value: string }
  | { readonly kind: "literal"; readonly value: Json }
  | { readonly kind: "path"; readonly path: Path };

type Parsed = { readonly call: IntrinsicCall } | { readonly error: PathSyntaxError };

const functionName = /States\.[A-Za-z0-9]+/y;
const literal = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=\s*[,)])/y;
// Only these may follow a backslash; the service refuses a definition with any other.
const quoted = /'(?:[^'\\]|\\['\\{}])*'/y;

const scanCall = (cursor: Cursor, depth: number): IntrinsicCall => {
  const position = cursor.position;
  if (depth > intrinsicNestingMax) cursor.fail(`more than ${intrinsicNestingMax} nested calls`);
  const name = cursor.match(functionName) ?? cursor.fail("intrinsic function expected");
  if (!isIntrinsicName(name)) return cursor.fail(`no intrinsic function '${name}'`, position);
  cursor.expect("(");
  const args: IntrinsicArgument[] = [];
  cursor.skipBlanks();
  while (!cursor.accept(")")) {
    if (args.length > 0) cursor.expect(",");
    cursor.skipBlanks();
    args.push(scanArgument(cursor, depth));
    cursor.skipBlanks();
  }
  return { kind: "call", name, args };
};

const scanArgument = (cursor: Cursor, depth: number): IntrinsicArgument => {
  if (cursor.next === "$") return { kind: "path", path: scanPath(cursor) };
  if (cursor.next === "S") return scanCall(cursor, depth + 1);
  if (cursor.next === "'") {
    const raw = (
      cursor.match(quoted) ?? cursor.fail("text is not closed, or has a wrong escape")
    ).slice(1, -1);
    return { kind: "text", raw, value: raw.replaceAll(/\\(.)/g, "$1") };
  }
  const text = cursor.match(literal) ?? cursor.fail("argument expected");
  return { kind: "literal", value: parseJson(text) };
};

const parseText = (text: string): Parsed => {
  try {
    const cursor = new Cursor(text);
    const call = scanCall(cursor, 1);
    // The service takes blanks after a call, though none before it.
    cursor.skipBlanks();
    if (!cursor.isAtEnd) cursor.fail(`unexpected '${cursor.next}'`);
    return { call };
  } catch (failure) {
    if (!(failure instanceof SyntaxFailure)) throw failure;
    return { error: { message: failure.message, position: failure.position } };
  }
};

/** Reads a call such as `States.Format('{}', $.a)`; never throws. */
export const parseIntrinsicCall: (text: string) => Parsed = boundedCache(parseText, parsedPathsMax);
