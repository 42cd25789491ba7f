/** What may be changed in a source text so that a good test notices, one small thing at a time. */
import { regexMutants } from "./regex-mutants.ts";
import { isNode, type Node, nodesBelow, type Placed, parse } from "./syntax.ts";

/** One change: the text from `start` to `end` becomes `replacement`. */
export interface Mutant {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** A mutant and the node that it is a mutant of. */
export interface PlacedMutant extends Mutant {
  readonly of: Placed;
}

type Mutate = (placed: Placed, source: string) => readonly Mutant[];

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
  "*=": ["/="],
  "/=": ["*="],
  "??=": ["&&="],
  "||=": ["&&="],
  "&&=": ["||="],
};

const replace = ({ start, end }: Node, replacement: string): Mutant => ({
  start,
  end,
  replacement,
});

const child = (node: Node, field: string): Node => node[field] as Node;

/** The operator is looked for between the operands, which may stand in parentheses. */
const otherOperators: Mutate = ({ node }, source) => {
  const operator = String(node["operator"]);
  const [left, right] = [child(node, "left"), child(node, "right")];
  if (left.type === "LogicalExpression") {
    // Without parentheses "??" does not go together with the others.
    const [first, second] = [left, right].map((side) => source.slice(side.start, side.end));
    return (swapped[operator] ?? []).map((other) =>
      replace(node, `(${first}) ${other} (${second})`),
    );
  }
  const start = source.indexOf(operator, left.end);
  return (swapped[operator] ?? []).map((replacement) => ({
    start,
    end: start + operator.length,
    replacement,
  }));
};

const alwaysOrNever = (node: Node): readonly Mutant[] => [
  replace(node, "true"),
  replace(node, "false"),
];

const otherTest: Mutate = ({ node }) => alwaysOrNever(child(node, "test"));
const neverAgain: Mutate = ({ node }) =>
  isNode(node["test"]) ? [replace(node["test"], "false")] : [];

const yesOrNo = new Set(["===", "!==", "<", "<=", ">", ">=", "&&", "||"]);

const loops = new Set(["WhileStatement", "DoWhileStatement", "ForStatement"]);

/** A yes or a no; of two that are joined, only the one that leaves the other to decide. */
const otherAnswer: Mutate = ({ node, parent }) => {
  if (!yesOrNo.has(String(node["operator"]))) return [];
  if (parent !== undefined && loops.has(parent.node.type)) return [];
  if (parent?.node.type !== "LogicalExpression") return alwaysOrNever(node);
  if (parent.node["operator"] === "??") return [];
  return [replace(node, String(parent.node["operator"] === "&&"))];
};

/** Something where nothing was, and nothing where something was. */
const emptied =
  (field: string, [nothing, something]: readonly [string, string?]): Mutate =>
  ({ node }) => {
    if ((node[field] as readonly unknown[]).length > 0) return [replace(node, nothing)];
    return something === undefined ? [] : [replace(node, something)];
  };

const otherUnary: Mutate = ({ node }) =>
  ["!", "-"].includes(String(node["operator"]))
    ? [{ start: node.start, end: node.start + 1, replacement: "" }]
    : [];

const otherLiteral: Mutate = ({ node }, source) => {
  const { value } = node;
  if (node["regex"] !== undefined)
    return regexMutants(source.slice(node.start, node.end)).map((text) => replace(node, text));
  if (typeof value === "boolean") return [replace(node, String(!value))];
  return typeof value === "string" ? [replace(node, value === "" ? '"mutant"' : '""')] : [];
};

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
  toUpperCase: "toLowerCase",
  toLowerCase: "toUpperCase",
  trimStart: "trimEnd",
  trimEnd: "trimStart",
};

/** Methods whose result may be mistaken for what they were called on. */
const passedOver = new Set(
  "slice filter sort toSorted reverse toReversed trim concat flat substring at".split(" "),
);

/** Where the access to a property begins: at its dot. */
const dotBefore = (property: Node, source: string): number => {
  const dot = source.lastIndexOf(".", property.start);
  return source[dot - 1] === "?" ? dot - 1 : dot;
};

/** Without the question mark before an access or a call. */
const asked =
  (object: string): Mutate =>
  ({ node }, source) => {
    if (node["optional"] !== true) return [];
    const start = source.indexOf("?.", child(node, object).end);
    const isNamed = node.type === "MemberExpression" && node["computed"] !== true;
    return [{ start, end: start + 2, replacement: isNamed ? "." : "" }];
  };

const askedMember = asked("object");
const askedCall = asked("callee");

const otherMember: Mutate = (placed, source) => {
  const property = child(placed.node, "property");
  const name = placed.node["computed"] === true ? "" : String(property["name"]);
  const other = Object.hasOwn(counterparts, name) ? counterparts[name] : undefined;
  const mutants = askedMember(placed, source);
  return other === undefined ? mutants : [...mutants, replace(property, other)];
};

const otherCall: Mutate = (placed, source) => {
  const callee = child(placed.node, "callee");
  const mutants = askedCall(placed, source);
  if (callee.type !== "MemberExpression" || callee["computed"] === true) return mutants;
  const property = child(callee, "property");
  if (!passedOver.has(String(property["name"]))) return mutants;
  const start = dotBefore(property, source);
  return [...mutants, { start, end: placed.node.end, replacement: "" }];
};

const mutations: Readonly<Record<string, readonly Mutate[]>> = {
  BinaryExpression: [otherOperators, otherAnswer],
  LogicalExpression: [otherOperators, otherAnswer],
  AssignmentExpression: [otherOperators],
  UpdateExpression: [
    ({ node }) => {
      const start = node["prefix"] === true ? node.start : node.end - 2;
      const [replacement = ""] = swapped[String(node["operator"])] ?? [];
      return [{ start, end: start + 2, replacement }];
    },
  ],
  UnaryExpression: [otherUnary],
  ConditionalExpression: [otherTest],
  IfStatement: [otherTest],
  WhileStatement: [neverAgain],
  DoWhileStatement: [neverAgain],
  ForStatement: [neverAgain],
  Literal: [otherLiteral],
  TemplateLiteral: [
    ({ node, parent }) =>
      parent?.node.type === "TaggedTemplateExpression" ? [] : [replace(node, '""')],
  ],
  ArrayExpression: [emptied("elements", ["[]", '["mutant"]'])],
  ObjectExpression: [emptied("properties", ["({})"])],
  BlockStatement: [emptied("body", ["{}"])],
  ExpressionStatement: [({ node }) => [replace(node, ";")]],
  SwitchCase: [
    ({ node }) => {
      const first = (node["consequent"] as readonly Node[])[0];
      return first === undefined ? [] : [{ start: first.start, end: node.end, replacement: "" }];
    },
  ],
  ArrowFunctionExpression: [
    ({ node }) =>
      child(node, "body").type === "BlockStatement"
        ? []
        : [replace(child(node, "body"), "undefined")],
  ],
  MemberExpression: [otherMember],
  CallExpression: [otherCall],
};

const keyOf = ({ start, end, replacement }: Mutant): string => `${start}-${end} ${replacement}`;

/** All mutants of a tree, in the order of its text; no two are the same change. */
export const mutantsIn = (tree: Placed, source: string): readonly PlacedMutant[] => {
  const found = new Map<string, PlacedMutant>();
  const all = [tree];
  for (const placed of all) {
    const { type } = placed.node;
    const mutates = Object.hasOwn(mutations, type) ? (mutations[type] ?? []) : [];
    for (const mutant of mutates.flatMap((mutate) => mutate(placed, source)))
      if (!found.has(keyOf(mutant))) found.set(keyOf(mutant), { ...mutant, of: placed });
    all.push(...nodesBelow(placed));
  }
  return [...found.values()].sort((a, b) => a.start - b.start);
};

/** All mutants of a TypeScript source, in the order of its text. */
export const mutantsOf = (source: string): readonly PlacedMutant[] =>
  mutantsIn(parse(source), source);
