/**
 * Explores every state that a small model can reach, and looks for one that breaks a rule.
 *
 * A state is plain data. A step is named for the trace. One that is not sure may never come: a fault, or
 * what a client does. From every state the goal must be reachable by steps that are sure.
 *
 * States with the same key count as one. Of a state that was expanded only a hash of 64 bits of its key is
 * kept: among a hundred million states two have the same one in one of three thousand runs, and only then
 * could one remain unseen.
 */
import { fingerprint, Index, Numbers, take } from "./checker-store.ts";

export interface Step<State> {
  readonly name: string;
  readonly isSure: boolean;
  readonly next: State;
}

export interface Model<State> {
  readonly initial: State;
  readonly steps: (state: State) => readonly Step<State>[];
  /** The same for states that differ in nothing that matters. */
  readonly key: (state: State) => string;
  /** All of a state, as short as can be: many wait to be expanded. */
  readonly pack: (state: State) => string;
  readonly unpack: (text: string) => State;
  /** What is wrong with a state; `undefined`: nothing. */
  readonly violation: (state: State) => string | undefined;
  /** Everything that was acknowledged is done. */
  readonly isGoal: (state: State) => boolean;
}

export interface Verdict {
  readonly states: number;
  /** `undefined`: none was found in all states. */
  readonly violation: string | undefined;
  /** Names of the steps that lead to it, a shortest way. */
  readonly trace: readonly string[];
}

/**
 * From which states a goal is reached. A state that is known to reach one when it is expanded needs no
 * more; of the others the steps are kept until all states are known.
 */
class Ways {
  readonly #reaches = new Numbers();
  /** For each state without a way yet: where it leads, and then itself as a negative number. */
  readonly #open = new Numbers();

  add(isGoal: boolean): void {
    this.#reaches.push(+isGoal);
  }

  leads(from: number, to: readonly number[]): void {
    if (this.#reaches.get(from) === 1) return;
    if (to.some((at) => this.#reaches.get(at) === 1)) {
      this.#reaches.set(from, 1);
      return;
    }
    for (const at of to) this.#open.push(at);
    this.#open.push(-1 - from);
  }

  /** The first state that reaches no goal. */
  stuck(): number | undefined {
    // Steps lie about in the order of the distance: backwards, few rounds do.
    while (this.#spread());
    for (let at = 0; at < this.#reaches.size; at += 1) if (this.#reaches.get(at) === 0) return at;
    return undefined;
  }

  #spread(): boolean {
    let isChanged = false;
    let from = 0;
    for (let i = this.#open.size - 1; i >= 0; i -= 1) {
      const value = this.#open.get(i);
      if (value < 0) from = -1 - value;
      else if (this.#reaches.get(value) === 1 && this.#reaches.get(from) === 0) {
        this.#reaches.set(from, 1);
        isChanged = true;
      }
    }
    return isChanged;
  }
}

class Exploration<State> {
  readonly #model: Model<State>;
  readonly #index = new Index();
  readonly #ways = new Ways();
  /** By number: the state that it was reached from first. */
  readonly #from = new Numbers();
  /** States of the level that comes next, by number from the first of it. */
  #level: string[] = [];
  #violation: { at: number; what: string } | undefined;

  constructor(model: Model<State>) {
    this.#model = model;
  }

  get size(): number {
    return this.#from.size;
  }

  #numberOf(state: State): number {
    take(this.#model.key(state));
    return this.#index.get(fingerprint.low, fingerprint.high);
  }

  /** Number of a state; one that is new joins the next level. */
  #reach(state: State, from: number): number {
    const known = this.#numberOf(state);
    if (known >= 0) return known;
    const at = this.size;
    this.#index.add(fingerprint.low, fingerprint.high, at);
    this.#from.push(from);
    this.#ways.add(this.#model.isGoal(state));
    const what = this.#model.violation(state);
    if (what === undefined) this.#level.push(this.#model.pack(state));
    else this.#violation ??= { at, what };
    return at;
  }

  /** The first state in breadth that violates something, or from which nothing leads to the goal. */
  run(): { readonly at: number; readonly what: string } | undefined {
    this.#reach(this.#model.initial, -1);
    for (let at = 0; at < this.size && this.#violation === undefined; ) at = this.#expand(at);
    return this.#violation ?? this.#stuck();
  }

  /** Expands the level whose first state has number `first`; returns the number behind its last. */
  #expand(first: number): number {
    const level = this.#level;
    this.#level = [];
    let at = first;
    for (const text of level) {
      const sure: number[] = [];
      for (const step of this.#model.steps(this.#model.unpack(text))) {
        const to = this.#reach(step.next, at);
        if (step.isSure) sure.push(to);
      }
      this.#ways.leads(at, sure);
      if (this.#violation !== undefined) break;
      at += 1;
    }
    return at;
  }

  #stuck(): { readonly at: number; readonly what: string } | undefined {
    const at = this.#ways.stuck();
    return at === undefined ? undefined : { at, what: "stuck: nothing will finish it" };
  }

  /** Goes the way to a state once more, for the names of its steps. */
  trace(at: number): readonly string[] {
    const way: number[] = [];
    for (let number = at; number > 0; number = this.#from.get(number)) way.push(number);
    let state = this.#model.initial;
    return way.reverse().map((number) => {
      const isNext = ({ next }: Step<State>) => this.#numberOf(next) === number;
      const step = this.#model.steps(state).find(isNext) as Step<State>;
      state = step.next;
      return step.name;
    });
  }
}

/** Explores all of a model, or up to the first violation. */
export const check = <State>(model: Model<State>): Verdict => {
  const exploration = new Exploration(model);
  const found = exploration.run();
  return {
    states: exploration.size,
    violation: found?.what,
    trace: found === undefined ? [] : exploration.trace(found.at),
  };
};
