/** What the search for mutants and their schemata need of a syntax tree. */
import { parseAst } from "vitest/node";

/** A node of the tree; what its fields are called follows from its type (ESTree). */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** A node and where it stands. */
export interface Placed {
  readonly node: Node;
  readonly field: string;
  readonly parent?: Placed;
}

export const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

/** Fields of a node that are names or types: to change them changes no behaviour, or is no program. */
const isLeftOut = (node: Node, field: string): boolean => {
  if (field === "key") return node["computed"] !== true;
  return field === "typeAnnotation" || field === "typeArguments" || field === "returnType";
};

const wrappers = new Set(["TSAsExpression", "TSSatisfiesExpression", "TSNonNullExpression"]);
const isIgnored = ({ type }: Node): boolean =>
  (type.startsWith("TS") && !wrappers.has(type)) || type === "ImportDeclaration";

/** The nodes right below a node that are more than names and types, in the order of the text. */
export const nodesBelow = (above: Placed): readonly Placed[] =>
  Object.entries(above.node)
    .filter(([field]) => !isLeftOut(above.node, field))
    .flatMap(([field, value]) => [value].flat().map((node) => ({ field, node })))
    .flatMap(({ field, node }) => (isNode(node) ? [{ field, node, parent: above }] : []))
    .filter(({ node }) => !isIgnored(node))
    .sort((a, b) => a.node.start - b.node.start);

export const parse = (source: string): Placed => ({
  node: parseAst(source, { lang: "ts" }) as unknown as Node,
  field: "",
});
