import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { own } from "./fields.ts";
import { error, isFull, type Scope, warning, within } from "./scope.ts";
import { startPointOf } from "./start-points.ts";
import { suggestion } from "./suggest.ts";

/** A field that names the next state, and where it stands within its state. */
interface Transition {
  readonly keys: readonly (string | number)[];
  readonly target: string;
}

const textAt = (object: Json, name: string, keys: readonly (string | number)[]): Transition[] => {
  const target = isJsonObject(object) ? own(object, name) : undefined;
  return typeof target === "string" && target !== "" ? [{ keys: [...keys, name], target }] : [];
};

const inList = (state: JsonObject, list: string): Transition[] => {
  const elements = own(state, list);
  if (!Array.isArray(elements)) return [];
  return elements.flatMap((element, index) => textAt(element, "Next", [list, index]));
};

const transitionsOf = (state: Json): readonly Transition[] =>
  isJsonObject(state)
    ? [
        ...textAt(state, "Next", []),
        ...textAt(state, "Default", []),
        ...inList(state, "Choices"),
        ...inList(state, "Catch"),
      ]
    : [];

/** Reports a target that does not exist; answers whether it does. */
const checkTarget = (scope: Scope, target: string, states: JsonObject): boolean => {
  if (Object.hasOwn(states, target)) return true;
  if (!isFull(scope))
    error(
      scope,
      `there is no state "${target}" here${suggestion(target, Object.keys(states))}`,
      "MISSING_TRANSITION_TARGET",
    );
  return false;
};

const endsHere = (state: Json): boolean => {
  if (!isJsonObject(state)) return true;
  const type = own(state, "Type");
  return type === "Succeed" || type === "Fail" || own(state, "End") === true;
};

/** All that can be reached from `from` along `edges`. */
const reachable = (
  from: readonly string[],
  edges: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> => {
  const reached = new Set(from);
  for (const name of reached) for (const next of edges.get(name) ?? []) reached.add(next);
  return reached;
};

const reversed = (
  edges: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, readonly string[]> => {
  const result = new Map<string, string[]>();
  for (const [from, targets] of edges)
    for (const target of targets) {
      const sources = result.get(target);
      if (sources === undefined) result.set(target, [from]);
      else sources.push(from);
    }
  return result;
};

const checkEnds = (
  scope: Scope,
  graph: {
    readonly states: JsonObject;
    readonly edges: ReadonlyMap<string, readonly string[]>;
    readonly reached: ReadonlySet<string>;
  },
): void => {
  const ends = Object.keys(graph.states).filter((name) => endsHere(graph.states[name] ?? null));
  const ending = reachable(ends, reversed(graph.edges));
  const endless = [...graph.reached].filter((name) => !ending.has(name));
  if (endless.length > 0 && endless.length === graph.reached.size)
    error(
      within(scope, "States"),
      'the states only lead to each other and never end; give the last one "End": true, or lead to a Succeed or Fail state',
      "NO_TERMINAL_STATE",
    );
  else if (endless.length > 0)
    warning(
      within(scope, "States", endless[0] ?? ""),
      `an execution that comes here never ends: ${endless.map((name) => `"${name}"`).join(", ")} only lead to each other`,
      "NO_TERMINAL_STATE",
    );
};

/** Checks how the states of one machine lead to each other: targets, states never reached, no end. */
export const checkGraph = (scope: Scope, startAt: Json | undefined, states: JsonObject): void => {
  let isComplete = true;
  const edges = new Map<string, readonly string[]>();
  for (const [name, state] of Object.entries(states)) {
    const transitions = transitionsOf(state);
    edges.set(
      name,
      transitions.map(({ target }) => target),
    );
    for (const { keys, target } of transitions)
      isComplete =
        checkTarget(within(scope, "States", name, ...keys), target, states) && isComplete;
    isComplete &&= transitions.length > 0 || endsHere(state);
  }
  if (typeof startAt !== "string" || !checkTarget(within(scope, "StartAt"), startAt, states))
    return;
  // What follows from a wrong or missing target, reported above, would only hide it.
  if (!isComplete) return;
  const startPoints = Object.keys(states).filter(
    (name) => startPointOf(name, states[name] ?? null) !== undefined,
  );
  const reached = reachable([startAt, ...startPoints], edges);
  for (const name of Object.keys(states))
    if (!reached.has(name))
      error(
        within(scope, "States", name),
        `the state "${name}" is never reached; lead to it by Next, Default or Catch of another state, or remove it`,
        "MISSING_TRANSITION_TARGET",
      );
  checkEnds(scope, { states, edges, reached });
};
