/** Variables that may be unset where they are read: which are assigned on every way to a state. */
import { isJsonata } from "../../expressions/jsonata-template.ts";
import type { Json, JsonObject } from "../../json.ts";
import type { Assigning, State, StateMachine } from "../definition.ts";
import { reviewStepsMax } from "../limits.ts";
import { isFull, type Scope, warning, within } from "../scope.ts";
import { startPointOf } from "../start-points.ts";
import { suggestion } from "../suggest.ts";
import { jsonataReads, jsonpathReads } from "./variable-reads.ts";

type Names = ReadonlySet<string>;

interface Edge {
  readonly to: string;
  readonly assigned: readonly string[];
}

const assignedBy = ({ Assign = {} }: Assigning): readonly string[] =>
  Object.keys(Assign).map((name) => name.replace(/\.\$$/, ""));

const edgesOf = (state: State): readonly Edge[] => {
  const edges: Edge[] = [];
  if ("Next" in state && state.Next !== undefined)
    edges.push({ to: state.Next, assigned: assignedBy(state) });
  if (state.Type === "Choice") {
    for (const rule of state.Choices) edges.push({ to: rule.Next, assigned: assignedBy(rule) });
    if (state.Default !== undefined) edges.push({ to: state.Default, assigned: assignedBy(state) });
  }
  if ("Catch" in state)
    for (const catcher of state.Catch ?? [])
      edges.push({ to: catcher.Next, assigned: assignedBy(catcher) });
  return edges;
};

const startsOf = ({ StartAt, States }: StateMachine): readonly string[] => [
  StartAt,
  ...Object.entries(States).flatMap(([name, state]) =>
    startPointOf(name, state) === undefined ? [] : [name],
  ),
];

const inBoth = (a: Names | undefined, b: Names): Names =>
  a === undefined ? b : new Set([...a].filter((name) => b.has(name)));

/**
 * The variables that are assigned on every way to each state; one that is never reached is not in it.
 * `undefined` where finding out would take more than `reviewStepsMax` steps.
 */
export const assignedBefore = (
  machine: StateMachine,
  around: Names,
): ReadonlyMap<string, Names> | undefined => {
  const before = new Map<string, Names>();
  const changed: string[] = [];
  let steps = 0;
  const arrive = (at: string, assigned: Names): void => {
    const known = before.get(at);
    const both = inBoth(known, assigned);
    if (both.size === known?.size) return;
    before.set(at, both);
    changed.push(at);
  };
  for (const name of startsOf(machine)) arrive(name, around);
  for (let name = changed.pop(); name !== undefined; name = changed.pop()) {
    const here = before.get(name) ?? around;
    const state = machine.States[name];
    if (state === undefined) continue;
    for (const { to, assigned } of edgesOf(state)) {
      steps += 1 + here.size + assigned.length;
      if (steps > reviewStepsMax) return undefined;
      arrive(to, new Set([...here, ...assigned]));
    }
  }
  return before;
};

/** Fields that hold no expression of the state itself. */
const notRead = new Set(["Branches", "ItemProcessor", "Iterator", "Result", "Comment", "Next"]);

const isPathField = (key: string): boolean =>
  key.endsWith(".$") || key === "Variable" || (key.endsWith("Path") && key !== "ResultPath");

interface Read {
  readonly name: string;
  readonly path: Scope["path"];
}

const readsOf = (scope: Scope, value: Json, key: string): readonly Read[] => {
  if (typeof value === "string") {
    const isJsonataHere = scope.language === "JSONata" && isJsonata(value);
    const names = isJsonataHere
      ? jsonataReads(value.slice(2, -2))
      : scope.language === "JSONPath" && isPathField(key)
        ? jsonpathReads(value)
        : [];
    return names.map((name) => ({ name, path: scope.path }));
  }
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value))
    return value.flatMap((item: Json, index) => readsOf(within(scope, index), item, key));
  return Object.entries(value as JsonObject)
    .filter(([name]) => !notRead.has(name))
    .flatMap(([name, member]) => readsOf(within(scope, name), member, name));
};

/** Reports what a state reads that is not assigned on every way to it. */
export const reviewReads = (scope: Scope, state: State, assigned: Names): void => {
  const reported = new Set<string>();
  for (const { name, path } of readsOf(scope, state as unknown as Json, "")) {
    if (isFull(scope)) return;
    if (assigned.has(name) || reported.has(name)) continue;
    reported.add(name);
    warning(
      { ...scope, path },
      `the variable "$${name}" may be unset here: not every way to this state assigns it${suggestion(name, [...assigned])}`,
      "VARIABLE_MAY_BE_UNSET",
    );
  }
};
