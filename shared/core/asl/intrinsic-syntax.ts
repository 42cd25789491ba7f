import { pathProblem } from "./path-syntax.ts";
import { suggestion } from "./suggest.ts";

/** Fewest and most arguments by function. Source: Step Functions developer guide, intrinsic functions. */
const functions: Readonly<Record<string, readonly [number, number]>> = {
  "States.Array": [0, Number.POSITIVE_INFINITY],
  "States.ArrayContains": [2, 2],
  "States.ArrayGetItem": [2, 2],
  "States.ArrayLength": [1, 1],
  "States.ArrayPartition": [2, 2],
  "States.ArrayRange": [3, 3],
  "States.ArrayUnique": [1, 1],
  "States.Base64Decode": [1, 1],
  "States.Base64Encode": [1, 1],
  "States.Format": [1, Number.POSITIVE_INFINITY],
  "States.Hash": [2, 2],
  "States.JsonMerge": [3, 3],
  "States.JsonToString": [1, 1],
  "States.MathAdd": [2, 2],
  "States.MathRandom": [2, 3],
  "States.StringSplit": [2, 2],
  "States.StringToJson": [1, 1],
  "States.UUID": [0, 0],
};

const callDepthMax = 20;
const name = /\s*([A-Za-z][\w.]*)\s*\(\s*/y;
/** Only these may follow a backslash in a string of an intrinsic function. */
const literal = /(?:'(?:[^'\\]|\\['\\{}])*'|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/y;
const separator = /\s*([,)])\s*/y;

interface Problem {
  readonly problem: string;
}
type Read = { readonly end: number } | Problem;
type Counted = { readonly end: number; readonly count: number } | Problem;

const match = (pattern: RegExp, text: string, position: number): RegExpExecArray | null => {
  pattern.lastIndex = position;
  return pattern.exec(text);
};

/** A path ends at a comma or closing parenthesis outside of brackets. */
const pathEnd = (text: string, start: number): number => {
  let depth = 0;
  for (let index = start; index < text.length; index += 1) {
    const character = text[index] ?? "";
    if (character === "[" || character === "(") depth += 1;
    if (depth === 0 && (character === "," || character === ")")) return index;
    if (character === "]" || character === ")") depth -= 1;
  }
  return text.length;
};

const readArgument = (text: string, position: number, depth: number): Read => {
  if (text[position] === "$") {
    const end = pathEnd(text, position);
    const path = text.slice(position, end).trim();
    const problem = pathProblem(path);
    return problem === undefined ? { end } : { problem: `the path "${path}" ${problem}` };
  }
  const found = match(literal, text, position);
  if (found !== null) return { end: position + found[0].length };
  if (match(name, text, position) !== null) return readCall(text, position, depth + 1);
  return {
    problem: `the argument at character ${position + 1} is none of: a path, a string in single quotes (in which only \\', \\\\, \\{ and \\} are escaped), a number, true, false, null, a function call`,
  };
};

const arityProblem = (called: string, count: number): string | undefined => {
  const arity = Object.hasOwn(functions, called) ? functions[called] : undefined;
  if (arity === undefined)
    return `there is no function "${called}"${suggestion(called, Object.keys(functions))}`;
  const [fewest, most] = arity;
  if (count >= fewest && count <= most) return undefined;
  const range = most === Number.POSITIVE_INFINITY ? `at least ${fewest}` : `${fewest} to ${most}`;
  return `${called} takes ${fewest === most ? fewest : range} arguments, not ${count}`;
};

/** Reads arguments up to and including the closing parenthesis. */
const readArguments = (text: string, start: number, depth: number): Counted => {
  if (text[start] === ")") return { end: start + 1, count: 0 };
  let end = start;
  for (let count = 1; ; count += 1) {
    const argument = readArgument(text, end, depth);
    if ("problem" in argument) return argument;
    const next = match(separator, text, argument.end);
    if (next === null) return { problem: `"," or ")" is missing at character ${argument.end + 1}` };
    end = argument.end + next[0].length;
    if (next[1] === ")") return { end, count };
  }
};

function readCall(text: string, position: number, depth: number): Read {
  const opening = match(name, text, position);
  if (opening === null)
    return { problem: "it is not a function call such as States.Format('{}', $.a)" };
  if (depth > callDepthMax) return { problem: `calls are nested more than ${callDepthMax} deep` };
  const given = readArguments(text, position + opening[0].length, depth);
  if ("problem" in given) return given;
  const problem = arityProblem(opening[1] ?? "", given.count);
  return problem === undefined ? { end: given.end } : { problem };
}

/** What is wrong with a call of an intrinsic function, as a sentence. */
export const intrinsicProblem = (text: string): string | undefined => {
  if (/^\s/.test(text)) return "it begins with a blank";
  const call = readCall(text, 0, 1);
  if ("problem" in call) return call.problem;
  return text.slice(call.end).trim() === ""
    ? undefined
    : `there is something after the call, from character ${call.end + 1} on`;
};
