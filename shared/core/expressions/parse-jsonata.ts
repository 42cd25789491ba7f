import jsonata, { type Expression } from "jsonata";
import { BoundedRegExp, regexBound } from "./regular-expression.ts";

/** JSONata only ever constructs it. */
const RegexEngine = BoundedRegExp as unknown as RegExpConstructor;

/** The regular expressions of a parsed expression; parts of it may stand in several places. */
const patternsOf = (node: unknown, seen = new Set<unknown>()): readonly RegExp[] => {
  if (node instanceof RegExp) return [node];
  if (typeof node !== "object" || node === null || seen.has(node)) return [];
  seen.add(node);
  return Object.values(node).flatMap((part) => patternsOf(part, seen));
};

/**
 * Parses a JSONata expression. Throws what JSONata throws, and a `SyntaxError` for a regular expression
 * that may take for ever.
 */
export const parseJsonata = (text: string): Expression => {
  const expression = jsonata(text, { RegexEngine });
  if (!text.includes("/")) return expression;
  for (const pattern of patternsOf(expression.ast())) {
    const bound = regexBound(pattern);
    if (bound.kind === "refused") throw new SyntaxError(bound.problem);
  }
  return expression;
};
