/** What may be changed in a source text so that a good test notices, one small thing at a time. */
import { parseAst } from "vitest/node";

/** One change: the text from `start` to `end` becomes `replacement`. */
export interface Mutant {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

type Mutate = (node: Node, text: (node: Node) => string) => readonly Mutant[];

const swapped: Readonly<Record<string, readonly string[]>> = {
  "===": ["!=="],
  "!==": ["==="],
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
  "**": ["*"],
  "&&": ["||"],
  "||": ["&&"],
  "??": ["&&"],
  "++": ["--"],
  "--": ["++"],
  "+=": ["-="],
  "-=": ["+="],
};

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

const replace = ({ start, end }: Node, replacement: string): Mutant => ({
  start,
  end,
  replacement,
});

/** Other operators between two operands that stay as they are. */
const otherOperators: Mutate = (node, text) => {
  const { left, right, operator } = node as Node & { left: Node; right: Node; operator: string };
  return (swapped[operator] ?? []).map((other) =>
    replace(node, `(${text(left)} ${other} ${text(right)})`),
  );
};

const otherTest: Mutate = (node) => {
  const test = node["test"];
  return isNode(test) ? [replace(test, "true"), replace(test, "false")] : [];
};

const emptied =
  (field: string, replacement: string): Mutate =>
  (node) =>
    (node[field] as readonly unknown[]).length > 0 ? [replace(node, replacement)] : [];

const counterparts: Readonly<Record<string, string>> = {
  min: "max",
  max: "min",
  every: "some",
  some: "every",
  floor: "ceil",
  ceil: "floor",
  startsWith: "endsWith",
  endsWith: "startsWith",
  push: "unshift",
};

const mutations: Readonly<Record<string, Mutate>> = {
  BinaryExpression: otherOperators,
  LogicalExpression: otherOperators,
  AssignmentExpression: (node, text) => {
    const { left, right, operator } = node as Node & { left: Node; right: Node; operator: string };
    return (swapped[operator] ?? []).map((other) =>
      replace(node, `${text(left)} ${other} ${text(right)}`),
    );
  },
  UpdateExpression: (node, text) => {
    const { argument, operator } = node as Node & { argument: Node; operator: string };
    return [replace(node, `${text(argument)}${swapped[operator]?.[0]}`)];
  },
  UnaryExpression: (node, text) => {
    const { argument, operator } = node as Node & { argument: Node; operator: string };
    return operator === "!" || operator === "-" ? [replace(node, `(${text(argument)})`)] : [];
  },
  ConditionalExpression: otherTest,
  IfStatement: otherTest,
  WhileStatement: (node) => [replace(node["test"] as Node, "false")],
  Literal: (node) => {
    const { value } = node;
    if (typeof value === "boolean") return [replace(node, String(!value))];
    return typeof value === "string" ? [replace(node, value === "" ? '"mutant"' : '""')] : [];
  },
  TemplateLiteral: (node) => [replace(node, '""')],
  ArrayExpression: emptied("elements", "[]"),
  ObjectExpression: emptied("properties", "({})"),
  BlockStatement: emptied("body", "{}"),
  ExpressionStatement: (node) => [replace(node, ";")],
  MemberExpression: (node) => {
    const property = node["property"] as Node;
    const other = node["computed"] === true ? undefined : counterparts[String(property["name"])];
    return other === undefined ? [] : [replace(property, other)];
  },
};

/** Fields of a node that are names or types: to change them changes no behaviour, or is no program. */
const isLeftOut = (node: Node, field: string): boolean => {
  if (field === "key") return node["computed"] !== true;
  return field === "typeAnnotation" || field === "typeArguments" || field === "returnType";
};

const wrappers = new Set(["TSAsExpression", "TSSatisfiesExpression", "TSNonNullExpression"]);
const isIgnored = ({ type }: Node): boolean =>
  (type.startsWith("TS") && !wrappers.has(type)) || type === "ImportDeclaration";

/** The nodes below a node that may be changed. */
const nodesBelow = (node: Node): readonly Node[] =>
  Object.entries(node)
    .filter(([field]) => !isLeftOut(node, field))
    .flatMap(([, value]) => value)
    .filter(isNode)
    .filter((below) => !isIgnored(below));

/** All mutants of a TypeScript source, in the order of its text. */
export const mutantsOf = (source: string): readonly Mutant[] => {
  const found: Mutant[] = [];
  const text = ({ start, end }: Node) => source.slice(start, end);
  const nodes = [parseAst(source, { lang: "ts" }) as unknown as Node];
  for (const node of nodes) {
    const mutate = Object.hasOwn(mutations, node.type) ? mutations[node.type] : undefined;
    found.push(...(mutate?.(node, text) ?? []));
    nodes.push(...nodesBelow(node));
  }
  return found.sort((a, b) => a.start - b.start);
};

/** The source with one of its mutants. */
export const withMutant = (source: string, { start, end, replacement }: Mutant): string =>
  source.slice(0, start) + replacement + source.slice(end);
