import {
  type Alias,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  visit,
} from "yaml";
import { numberFromText } from "#core/exact-json/exact-number.ts";
import { inOrder } from "#core/exact-json/in-order.ts";
import type { Json } from "#core/json.ts";
import { documentDepthMax, documentLengthMax, documentValueCountMax } from "./limits.ts";
import type { DocumentDiagnostic } from "./processes.ts";
import { syntaxFault } from "./syntax-fault.ts";

/** Where something stands in a text; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A text that could be read, as a value that knows where its parts stand. */
export interface DocumentSource {
  readonly value: Json;
  /** Place of the key, or element, that a path names; of the nearest one around it where it has none. */
  readonly placeOf: (path: DocumentDiagnostic["path"]) => Place | undefined;
}

export type SourceReading =
  | { readonly kind: "read"; readonly source: DocumentSource }
  | { readonly kind: "unreadable"; readonly diagnostics: readonly DocumentDiagnostic[] };

interface Reader {
  readonly targets: ReadonlyMap<Alias, Node>;
  readonly lineCounter: LineCounter;
  readonly problems: DocumentDiagnostic[];
  valueCount: number;
}

const unreadable = (message: string, place: Place | undefined): DocumentDiagnostic => ({
  severity: "ERROR",
  code: "DOCUMENT_UNREADABLE",
  message,
  path: [],
  ...place,
});

const placeOfNode = (reader: Reader, node: unknown): Place | undefined => {
  const offset = (node as Partial<Node> | null)?.range?.[0];
  if (offset === undefined) return undefined;
  const { line, col } = reader.lineCounter.linePos(offset);
  return { line, column: col };
};

const complain = (reader: Reader, node: unknown, message: string): null => {
  if (reader.problems.length < 10)
    reader.problems.push(unreadable(message, placeOfNode(reader, node)));
  return null;
};

/** Keys are taken as they are written, so that a state may be called 007. */
const keyText = (key: unknown): string | undefined => {
  if (!isScalar(key)) return undefined;
  return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
};

/** A number as JSON writes it. */
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

const scalarValue = (reader: Reader, node: Node, value: unknown): Json => {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  const { source = "" } = node as Partial<Scalar>;
  if (typeof value === "number" && jsonNumber.test(source)) return numberFromText(source);
  if (typeof value === "number" && Number.isFinite(value)) return value;
  return complain(reader, node, "this value has no counterpart in JSON; put it in quotes");
};

const mapValue = (reader: Reader, node: Node, depth: number): Json => {
  if (!isMap(node)) return null;
  const firsts = new Map<string, unknown>();
  const entries: [string, Json][] = [];
  for (const { key, value } of node.items) {
    const name = keyText(key);
    if (name === undefined) {
      complain(reader, key, "a key must be plain text; this one is not");
      continue;
    }
    const first = placeOfNode(reader, firsts.get(name));
    if (first !== undefined)
      complain(
        reader,
        key,
        `the key "${name}" is here for the second time; the first is in line ${first.line}`,
      );
    firsts.set(name, key);
    entries.push([name, toJson(reader, value, depth + 1)]);
  }
  return inOrder(Object.fromEntries(entries), () => entries.map(([key]) => key));
};

function toJson(reader: Reader, given: unknown, depth: number): Json {
  const node = isAlias(given) ? reader.targets.get(given) : (given as Node | null);
  if (node === null) return null;
  if (node === undefined) return complain(reader, given, "this alias has no anchor before it");
  reader.valueCount += 1;
  if (depth > documentDepthMax)
    return complain(reader, node, `the document is nested more than ${documentDepthMax} deep`);
  if (reader.valueCount > documentValueCountMax) return null;
  if (isMap(node)) return mapValue(reader, node, depth);
  if (isSeq(node)) return node.items.map((item) => toJson(reader, item, depth + 1));
  return scalarValue(reader, node, isScalar(node) ? node.value : undefined);
}

/** The key and value, or the element, that `step` names in `node`. */
const stepInto = (
  node: unknown,
  step: string | number,
): { at: unknown; value: unknown } | undefined => {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => keyText(key) === String(step));
    return pair === undefined ? undefined : { at: pair.key, value: pair.value };
  }
  const item = isSeq(node) ? node.items[Number(step)] : undefined;
  return item === undefined ? undefined : { at: item, value: item };
};

const placeFinder =
  (reader: Reader, root: unknown): DocumentSource["placeOf"] =>
  (path) => {
    let at: unknown = root;
    let value: unknown = root;
    for (const step of path) {
      const next = stepInto(isAlias(value) ? reader.targets.get(value) : value, step);
      if (next === undefined) break;
      ({ at, value } = next);
    }
    return placeOfNode(reader, at);
  };

/**
 * Whether the brackets of a text are nested deeper than any document may be: the parser takes long to
 * find that out. Only a text with so many brackets is read token by token.
 */
const isNestedTooDeep = (text: string): boolean => {
  if (!hasMoreBrackets(text, documentDepthMax)) return false;
  let depth = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === "[" || token === "{") depth += 1;
    else if ((token === "]" || token === "}") && depth > 0) depth -= 1;
    if (depth > documentDepthMax) return true;
  }
  return false;
};

const hasMoreBrackets = (text: string, max: number): boolean => {
  const bracket = /[[{]/g;
  for (let count = 0; count <= max; count += 1) if (!bracket.test(text)) return false;
  return true;
};

/** The node that each alias stands for: the last one before it with that anchor. */
const targetsOf = (document: ReturnType<typeof parseDocument>): ReadonlyMap<Alias, Node> => {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, (_, node) => {
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target !== undefined) targets.set(node, target);
    } else if (isNode(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
  });
  return targets;
};

/** Without stack traces: a text with an error in every character makes a million of them. */
const parse = (text: string, lineCounter: LineCounter) => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    const document = parseDocument(text, { lineCounter, uniqueKeys: false, prettyErrors: false });
    return { document, targets: targetsOf(document) };
  } catch {
    // The parser is recursive: only exhausting the stack makes it throw.
    return undefined;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
};

/**
 * Reads YAML 1.2 or JSON; the value is what JSON would give (numbers and strings as JSON has them).
 * Beside what is malformed it refuses keys that are given twice (naming both lines), values without
 * a counterpart in JSON, and what exceeds the limits.
 */
export const readSource = (text: string, fileName = ""): SourceReading => {
  const refuse = (...diagnostics: readonly DocumentDiagnostic[]): SourceReading => ({
    kind: "unreadable",
    diagnostics,
  });
  if (text.trim() === "")
    return refuse(unreadable("the document is empty", { line: 1, column: 1 }));
  if (text.length > documentLengthMax)
    return refuse(
      unreadable(
        `the document has ${text.length} characters, at most ${documentLengthMax} are allowed; split it into several processes`,
        undefined,
      ),
    );
  const lineCounter = new LineCounter();
  const parsed = isNestedTooDeep(text) ? undefined : parse(text, lineCounter);
  if (parsed === undefined)
    return refuse(
      unreadable(
        `the document is nested more than ${documentDepthMax} deep; split it into several processes`,
        undefined,
      ),
    );
  const { document, targets } = parsed;
  const [fault] = document.errors.length > 0 ? document.errors : document.warnings;
  if (fault !== undefined) {
    const { offset, message } = syntaxFault(text, { error: fault, fileName });
    const { line, col } = lineCounter.linePos(offset);
    return refuse(unreadable(message, { line, column: col }));
  }
  const reader: Reader = { targets, lineCounter, problems: [], valueCount: 0 };
  const value = toJson(reader, document.contents, 0);
  if (reader.valueCount > documentValueCountMax)
    reader.problems.push(
      unreadable(
        `the document has more than ${documentValueCountMax} values; split it into several processes`,
        undefined,
      ),
    );
  if (reader.problems.length > 0) return refuse(...reader.problems);
  return { kind: "read", source: { value, placeOf: placeFinder(reader, document.contents) } };
};
