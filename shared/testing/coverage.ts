/** Which states, Choice rules, retriers and catchers of a definition were reached, and which never. */
import type { State, StateMachine } from "#core/asl/definition.ts";
import type { Clause, Inspection } from "#core/execution/interpreter.ts";
import type { Branch } from "#core/execution/state.ts";

/** Something in a definition that a test may reach. */
export interface CoveragePoint {
  readonly clause: Clause;
  readonly state: string;
  readonly index: number;
  /** What it says, in short: where a rule leads, which errors a clause names. */
  readonly text: string;
  /** Keys and indexes from the root of the definition. */
  readonly path: readonly (string | number)[];
}

export interface Coverage {
  readonly points: readonly CoveragePoint[];
  /** Counts runs; to be given to each of them. */
  readonly inspection: Inspection;
  readonly isReached: (point: CoveragePoint) => boolean;
}

type Path = CoveragePoint["path"];

const clausePoints = (name: string, state: State, path: Path): readonly CoveragePoint[] => {
  const point = (clause: Clause, index: number, text: string): CoveragePoint => ({
    clause,
    state: name,
    index,
    text,
    path: clause === "Default" ? [...path, clause] : [...path, clause, index],
  });
  const points: CoveragePoint[] = [
    { clause: "Entry", state: name, index: 0, text: state.Type, path },
  ];
  if (state.Type === "Choice") {
    const rules = state.Choices.map(({ Next }, index) => point("Choices", index, `to ${Next}`));
    const otherwise =
      state.Default === undefined ? [] : [point("Default", 0, `to ${state.Default}`)];
    return [...points, ...rules, ...otherwise];
  }
  if (state.Type !== "Task" && state.Type !== "Map" && state.Type !== "Parallel") return points;
  // A retrier that never tries again only keeps its errors from the ones behind it.
  const retriers = (state.Retry ?? []).flatMap(({ ErrorEquals, MaxAttempts }, index) =>
    MaxAttempts === 0 ? [] : [point("Retry", index, ErrorEquals.join(", "))],
  );
  const catchers = (state.Catch ?? []).map(({ ErrorEquals }, index) =>
    point("Catch", index, ErrorEquals.join(", ")),
  );
  return [...points, ...retriers, ...catchers];
};

/** The state machines within a state, each with its place in it. */
export const machinesIn = (state: State): readonly (readonly [Path, StateMachine])[] => {
  if (state.Type === "Parallel")
    return state.Branches.map((machine, index) => [["Branches", index], machine] as const);
  if (state.Type !== "Map") return [];
  if (state.ItemProcessor !== undefined) return [[["ItemProcessor"], state.ItemProcessor]];
  return state.Iterator === undefined ? [] : [[["Iterator"], state.Iterator]];
};

const pointsOf = (machine: StateMachine, path: Path): readonly CoveragePoint[] =>
  Object.entries(machine.States).flatMap(([name, state]) => {
    const at = [...path, "States", name];
    const inner = machinesIn(state).flatMap(([steps, within]) =>
      pointsOf(within, [...at, ...steps]),
    );
    return [...clausePoints(name, state, at), ...inner];
  });

/** Names of states are unique over a whole definition. */
const keyOf = (state: string, clause: Clause, index: number): string =>
  JSON.stringify([state, clause, index]);

/** The points of a definition, none of them reached yet. */
export const coverageOf = (definition: StateMachine): Coverage => {
  const reached = new Set<string>();
  return {
    points: pointsOf(definition, []),
    inspection: {
      take: ({ state }: Branch, clause, index) => reached.add(keyOf(state, clause, index)),
    },
    isReached: ({ state, clause, index }) => reached.has(keyOf(state, clause, index)),
  };
};
