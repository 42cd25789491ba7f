/**
 * Whether states with one key are alike: whether the same is wrong with them, whether they are goals, and
 * whether they lead to the same keys by steps that are sure and by steps that are not. If that is so of all
 * states, what is reached from one is reached from the other, whichever of them is looked at.
 */
import type { Model } from "./checker.ts";

/** What can be said of a state by those who see keys only. A step that changes no key is none. */
const signatureOf = <State>({ key, steps, violation, isGoal }: Model<State>, state: State) => {
  if (violation(state) !== undefined) return "violation";
  const own = key(state);
  const leads = steps(state)
    .map(({ isSure, next }) => ({ isSure, to: key(next) }))
    .filter(({ to }) => to !== own)
    .map(({ isSure, to }) => `${+isSure}${to}`);
  return [isGoal(state), ...[...new Set(leads)].sort()].join("\n");
};

export interface Comparison<State> {
  /** How many were compared, and how many keys they have. */
  readonly states: number;
  readonly keys: number;
  /** Two with one key that are not alike; none: all are. */
  readonly differ: readonly State[];
}

class Comparing<State> {
  readonly #model: Model<State>;
  readonly #seen = new Set<string>();
  readonly #first = new Map<string, { readonly signature: string; readonly state: State }>();
  differ: readonly State[] = [];

  constructor(model: Model<State>) {
    this.#model = model;
  }

  get states(): number {
    return this.#seen.size;
  }

  get keys(): number {
    return this.#first.size;
  }

  /** Whether a state is new, and whether it is the first of its key. */
  add(state: State): { readonly isNew: boolean; readonly isFirst: boolean } {
    const packed = this.#model.pack(state);
    if (this.#seen.has(packed)) return { isNew: false, isFirst: false };
    this.#seen.add(packed);
    const key = this.#model.key(state);
    const signature = signatureOf(this.#model, state);
    const first = this.#first.get(key);
    if (first === undefined) this.#first.set(key, { signature, state });
    else if (first.signature !== signature) this.differ = [first.state, state];
    return { isNew: true, isFirst: first === undefined };
  }

  /** Adds what a state leads to; returns what is to be gone on with. */
  after(state: State, by: Range["by"]): readonly State[] {
    if (this.#model.violation(state) !== undefined) return [];
    return this.#model
      .steps(state)
      .map(({ next }) => ({ next, ...this.add(next) }))
      .filter(({ isNew, isFirst }) => (by === "state" ? isNew : isFirst))
      .map(({ next }) => next);
  }
}

export interface Range {
  /**
   * "state": those that have the key of another are gone on with as well, which finds all that is near;
   * "key": only the first of a key is, as when the model is checked, which comes further.
   */
  readonly by: "state" | "key";
  readonly statesMax: number;
}

/** Compares the states that the model reaches first. */
export const compareStates = <State>(
  model: Model<State>,
  { by, statesMax }: Range,
): Comparison<State> => {
  const comparing = new Comparing(model);
  const waiting = [model.initial];
  comparing.add(model.initial);
  // What is pushed meanwhile is gone through, too: breadth first.
  for (const state of waiting) {
    if (comparing.differ.length > 0 || comparing.states >= statesMax) break;
    waiting.push(...comparing.after(state, by));
  }
  const { states, keys, differ } = comparing;
  return { states, keys, differ };
};
