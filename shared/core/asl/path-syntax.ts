import { intrinsicArity } from "../expressions/intrinsics/intrinsic-names.ts";
import { type IntrinsicCall, parseIntrinsicCall } from "../expressions/intrinsics/parse-call.ts";
import { parsePath } from "../expressions/jsonpath/parse-path.ts";
import type { PathSyntaxError } from "../expressions/jsonpath/path.ts";
import { suggestion } from "./suggest.ts";

const unreadable = ({ message, position }: PathSyntaxError): string =>
  `can not be read at character ${position + 1}: ${message}`;

/** Filters are read recursively: one that exhausts the stack is refused here, before it could run. */
const guarded =
  (problemOf: (text: string) => string | undefined) =>
  (text: string): string | undefined => {
    try {
      return problemOf(text);
    } catch (thrown) {
      if (thrown instanceof RangeError) return "is nested too deep";
      throw thrown;
    }
  };

/** What is wrong with a JSONPath, as a clause that follows the path in a message. */
export const pathProblem = guarded((text) => {
  const parsed = parsePath(text);
  return "error" in parsed ? unreadable(parsed.error) : undefined;
});

/** The same for a path at which a result is put. */
export const referencePathProblem = guarded((text) => {
  const parsed = parsePath(text);
  if ("error" in parsed) return unreadable(parsed.error);
  return parsed.path.root.kind === "input" && parsed.path.keys !== undefined
    ? undefined
    : 'must name one place of the input, as "$.a.b[0]" does: no variable, context object, wildcard, slice or filter';
});

const arityProblem = ({ name, args }: IntrinsicCall): string | undefined => {
  const [fewest, most] = intrinsicArity[name];
  const count = args.length;
  const range = most === Number.POSITIVE_INFINITY ? `at least ${fewest}` : `${fewest} to ${most}`;
  if (count < fewest || count > most)
    return `${name} takes ${fewest === most ? fewest : range} arguments, not ${count}`;
  for (const argument of args) {
    const problem = argument.kind === "call" ? arityProblem(argument) : undefined;
    if (problem !== undefined) return problem;
  }
  return undefined;
};

/** What is wrong with a call of an intrinsic function, as a clause. */
export const intrinsicProblem = guarded((text) => {
  const parsed = parseIntrinsicCall(text);
  if ("call" in parsed) return arityProblem(parsed.call);
  const [name = ""] = /^[\w.]+/.exec(text.slice(parsed.error.position)) ?? [];
  return unreadable(parsed.error) + suggestion(name, Object.keys(intrinsicArity));
});
