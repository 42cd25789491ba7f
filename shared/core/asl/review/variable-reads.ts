/** Which variables an expression reads. */
import jsonata from "jsonata";
import {
  type IntrinsicArgument,
  parseIntrinsicCall,
} from "../../expressions/intrinsics/parse-call.ts";

/** What an expression may use without it being a variable: its own functions and the built-in object. */
const builtIn = new Set(["", "$", "states"]);

interface Found {
  readonly read: Set<string>;
  /** Bound by the expression itself: its own variables and parameters. */
  readonly bound: Set<string>;
}

type Node = Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null;

const bind = (node: unknown, bound: Set<string>): void => {
  if (isNode(node)) bound.add(String(node["value"]));
};

/** Notes a node's own names; answers what is still to be looked at below it. */
const look = (node: Node, { read, bound }: Found): readonly unknown[] => {
  for (const field of ["focus", "index"])
    if (typeof node[field] === "string") bound.add(node[field]);
  switch (node["type"]) {
    case "variable":
      read.add(String(node["value"]));
      break;
    case "bind":
      bind(node["lhs"], bound);
      break;
    case "lambda":
      for (const parameter of node["arguments"] as readonly unknown[]) bind(parameter, bound);
      break;
    case "function":
    case "partial":
      return Object.entries(node)
        .filter(([field]) => field !== "procedure")
        .map(([, value]) => value);
    case "apply":
      // What stands on the right is a function.
      return [node["lhs"], ...(isVariable(node["rhs"]) ? [] : [node["rhs"]])];
    default:
  }
  return Object.values(node);
};

const isVariable = (node: unknown): boolean => isNode(node) && node["type"] === "variable";

/** Text that does not parse, which validation says elsewhere, reads nothing. */
const syntaxTree = (text: string): unknown[] => {
  try {
    return [jsonata(text).ast()];
  } catch {
    return [];
  }
};

/** Variables that a JSONata expression reads; a name that it binds anywhere is taken for its own. */
export const jsonataReads = (text: string): readonly string[] => {
  const found: Found = { read: new Set(), bound: new Set() };
  const nodes: unknown[] = syntaxTree(text);
  for (const node of nodes) if (isNode(node)) nodes.push(...look(node, found));
  const isFunction = (name: string) => functionNames.has(name);
  return [...found.read].filter(
    (name) => !(found.bound.has(name) || builtIn.has(name) || isFunction(name)),
  );
};

const rootVariable = /^\$([\p{ID_Start}_][\p{ID_Continue}]*)/u;

const inPath = (path: string): readonly string[] => {
  const [, name] = rootVariable.exec(path) ?? [];
  return name === undefined ? [] : [name];
};

const inArgument = (argument: IntrinsicArgument): readonly string[] => {
  if (argument.kind === "call") return argument.args.flatMap(inArgument);
  return argument.kind === "path" ? inPath(argument.path.text) : [];
};

/** Variables that a JSONPath or a call of an intrinsic function reads. */
export const jsonpathReads = (text: string): readonly string[] => {
  if (text.startsWith("$")) return inPath(text);
  const parsed = parseIntrinsicCall(text);
  return "call" in parsed ? inArgument(parsed.call) : [];
};

/** Functions that may be handed on by name, as `$map(items, $string)` does. Source: docs.jsonata.org and the Step Functions developer guide. */
const functionNames = new Set(
  (
    "abs append assert average base64decode base64encode boolean ceil clone contains count decodeUrl " +
    "decodeUrlComponent distinct each encodeUrl encodeUrlComponent error eval exists filter floor " +
    "formatBase formatInteger formatNumber fromMillis hash join keys length lookup lowercase map match " +
    "max merge millis min not now number pad parse parseInteger partition power random range reduce " +
    "replace reverse round shuffle sift single sort split spread sqrt string substring substringAfter " +
    "substringBefore sum toMillis trim type uppercase uuid zip"
  ).split(" "),
);
