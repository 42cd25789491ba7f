/**
 * A light check of JSONPath: enough to tell a path from a slip of the pen, tolerant of what the
 * service accepts. What a path selects is the business of `core/expressions`.
 */
const root = /^\$(\$|[\p{ID_Start}_][\p{ID_Continue}]*)?/u;
const name = String.raw`[^\s.[\]()'"?@,]+`;
const quoted = String.raw`(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")`;
const inBrackets = String.raw`\[\s*(?:\*|-?\d+(?:\s*,\s*-?\d+)*|-?\d*\s*:\s*-?\d*(?:\s*:\s*-?\d*)?|${quoted}(?:\s*,\s*${quoted})*)\s*\]`;
const segment = new RegExp(
  String.raw`(?:\.\.?(?:\*|${name})(?:\(\))?|\.\.(?=\[)|${inBrackets})`,
  "uy",
);
const reference = /^\$(?:\.[^\s.[\]()'"?@,*]+|\[(?:\d+|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\])*$/u;

const filterToken = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^'"()]+|[()]/y;
const nesting: Readonly<Record<string, number>> = { "(": 1, ")": -1 };

/** End of a filter `[?(...)]` or script `[(...)]` that begins at `start`; undefined if it is not closed. */
const filterEnd = (path: string, start: number): number | undefined => {
  const opening = /^\[\??(?=\()/.exec(path.slice(start, start + 3));
  if (opening === null) return undefined;
  let depth = 0;
  filterToken.lastIndex = start + opening[0].length;
  do {
    const token = filterToken.exec(path);
    if (token === null) return undefined;
    depth += nesting[token[0]] ?? 0;
  } while (depth > 0);
  return path[filterToken.lastIndex] === "]" ? filterToken.lastIndex + 1 : undefined;
};

const segmentEnd = (path: string, start: number): number | undefined => {
  segment.lastIndex = start;
  return segment.test(path) ? segment.lastIndex : filterEnd(path, start);
};

/** What is wrong with a JSONPath, as a clause that follows the path in a message. */
export const pathProblem = (path: string): string | undefined => {
  const start = root.exec(path)?.[0].length;
  if (start === undefined) return 'must begin with "$"';
  let position = start;
  while (position < path.length) {
    const end = segmentEnd(path, position);
    if (end === undefined) return `can not be read from character ${position + 1} on`;
    position = end;
  }
  return undefined;
};

/** The same for a path that names exactly one place of the input (`$.a.b[0]`). */
export const referencePathProblem = (path: string): string | undefined => {
  const problem = pathProblem(path);
  if (problem !== undefined) return problem;
  return reference.test(path)
    ? undefined
    : 'must name one place of the input, as "$.a.b[0]" does: no variable, context object, wildcard, slice or filter';
};
