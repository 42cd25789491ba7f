/**
 * Writes all mutants of a source into it at once. At each place the program asks by
 * `__mutant(number)` which text to take, so that one load serves any number of mutants.
 */
import { type Mutant, mutantsIn, type PlacedMutant } from "./mutants.ts";
import { type Node, nodesBelow, type Placed, parse } from "./syntax.ts";

/** A source with its mutants; that at `index` is asked for as number `first + index`. */
export interface Schemata {
  readonly text: string;
  readonly mutants: readonly Mutant[];
}

const expressions = new Set([
  "ArrayExpression",
  "ArrowFunctionExpression",
  "AssignmentExpression",
  "AwaitExpression",
  "BinaryExpression",
  "CallExpression",
  "ChainExpression",
  "ConditionalExpression",
  "Identifier",
  "Literal",
  "LogicalExpression",
  "MemberExpression",
  "NewExpression",
  "ObjectExpression",
  "TemplateLiteral",
  "UnaryExpression",
  "UpdateExpression",
]);
const statements = new Set(["BlockStatement", "ExpressionStatement"]);

/** Places below a node where a choice between two values would be another program. */
const noValues: Readonly<Record<string, readonly string[]>> = {
  AssignmentExpression: ["left"],
  AssignmentPattern: ["left"],
  CallExpression: ["callee"],
  ForInStatement: ["left"],
  ForOfStatement: ["left"],
  NewExpression: ["callee"],
  TaggedTemplateExpression: ["tag", "quasi"],
  UpdateExpression: ["argument"],
  VariableDeclarator: ["id"],
};

const isAccess = ({ type }: Node): boolean =>
  type === "MemberExpression" || type === "CallExpression";

/** Whether a node is on the way from the end of a chain with `?.` to its beginning. */
const isInChain = ({ node, parent }: Placed): boolean => {
  if (parent === undefined || !isAccess(node)) return false;
  return parent.node.type === "ChainExpression" || isInChain(parent);
};

const isValue = (placed: Placed): boolean => {
  const { node, field, parent } = placed;
  if (parent === undefined || !expressions.has(node.type)) return false;
  if (node.type === "Identifier") return field === "test" || field === "body";
  if (parent.node.type === "UnaryExpression" && parent.node["operator"] === "delete") return false;
  const excluded = Object.hasOwn(noValues, parent.node.type) ? noValues[parent.node.type] : [];
  return excluded?.includes(field) !== true && !isInChain(placed);
};

/** The smallest node around a mutant that can be had in two texts. */
const hostOf = (placed: Placed, mutant: Mutant): Node => {
  const { node, parent } = placed;
  const { start, end } = mutant;
  const isAround = node.start <= start && end <= node.end;
  if (isAround && (isValue(placed) || statements.has(node.type))) return node;
  if (parent === undefined) throw new Error(`No place for a mutant of ${node.type} at ${start}.`);
  return hostOf(parent, mutant);
};

/** Where to look for a host: at a part that may be one itself, like the test of a condition. */
const hostOfPart = (mutant: PlacedMutant): Node => {
  const { of, start, end } = mutant;
  if (of.node.type === "SwitchCase") return of.node;
  const part = nodesBelow(of).find(({ node }) => node.start === start && node.end === end);
  return hostOf(part ?? of, mutant);
};

interface Choice {
  readonly number: number;
  readonly mutant: Mutant;
}

/** The text of a host with the mutant in it. */
const mutated = (host: Node, { start, end, replacement }: Mutant, source: string): string =>
  source.slice(host.start, start) + replacement + source.slice(end, host.end);

interface Texts {
  readonly source: string;
  /** The host with all mutants below it in place. */
  readonly own: string;
  /** Where in it the statements of a case begin. */
  readonly bodyAt: number;
}

const chosen = (host: Node, choices: readonly Choice[], { source, own, bodyAt }: Texts): string => {
  if (host.type === "BlockStatement" || host.type === "ExpressionStatement") {
    const branches = choices.map(
      ({ number, mutant }) => `if(__mutant(${number})){${mutated(host, mutant, source)}}else `,
    );
    return `{${branches.join("")}{${own}}}`;
  }
  if (host.type === "SwitchCase")
    return `${own.slice(0, bodyAt)}if(!__mutant(${choices[0]?.number})){${own.slice(bodyAt)}}`;
  const others = choices.map(
    ({ number, mutant }) => `__mutant(${number})?(${mutated(host, mutant, source)}):`,
  );
  return `(${others.join("")}(${own}))`;
};

/** The numbers of the mutants begin with `first`. */
export const schemataOf = (source: string, first: number): Schemata => {
  const tree = parse(source);
  const mutants = mutantsIn(tree, source);
  const hosts = new Map<string, Choice[]>();
  const keyOf = ({ type, start, end }: Node) => `${type} ${start}-${end}`;
  for (const [index, mutant] of mutants.entries()) {
    const key = keyOf(hostOfPart(mutant));
    const choices = hosts.get(key) ?? [];
    hosts.set(key, choices);
    choices.push({ number: first + index, mutant });
  }
  const write = (placed: Placed): string => {
    const { node } = placed;
    let own = "";
    let at = node.start;
    let bodyAt = -1;
    for (const below of nodesBelow(placed)) {
      own += source.slice(at, below.node.start);
      if (below.field === "consequent" && bodyAt < 0) bodyAt = own.length;
      own += write(below);
      at = below.node.end;
    }
    own += source.slice(at, node.end);
    const choices = hosts.get(keyOf(node));
    return choices === undefined ? own : chosen(node, choices, { source, own, bodyAt });
  };
  const text = source.slice(0, tree.node.start) + write(tree) + source.slice(tree.node.end);
  return { text, mutants };
};
