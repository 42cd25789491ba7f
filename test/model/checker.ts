/**
 * Explores every state that a small model can reach, and looks for one that breaks a rule.
 *
 * A state is plain data. A step is named for the trace. One that is not sure may never come: a fault, or
 * what a client does. From every state the goal must be reachable by steps that are sure.
 *
 * Of a state that was expanded only a hash of 53 bits is kept: among ten million states two have the
 * same one in one of two hundred runs, and only then could one remain unseen.
 */

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

const fnvPrime = 0x01000193;

const hashOf = (text: string): number => {
  let low = 0x811c9dc5;
  let high = 0x1b873593;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    low = Math.imul(low ^ code, fnvPrime);
    high = Math.imul(high ^ (code + i), 0x85ebca6b);
    high ^= high >>> 13;
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
};

/** Pairs of state numbers, in memory that holds many. */
class Edges {
  #from = new Int32Array(1 << 16);
  #to = new Int32Array(1 << 16);
  size = 0;

  add(from: number, to: number): void {
    if (this.size === this.#from.length) {
      this.#from = grown(this.#from);
      this.#to = grown(this.#to);
    }
    this.#from[this.size] = from;
    this.#to[this.size] = to;
    this.size += 1;
  }

  /** Marks in `reached` all from which a way leads to one that is marked. */
  spreadBack(reached: Uint8Array): void {
    // Edges lie about in the order of the distance: backwards, few rounds do.
    for (let isChanged = true; isChanged; ) {
      isChanged = false;
      for (let at = this.size - 1; at >= 0; at -= 1) {
        const from = this.#from[at] as number;
        if (reached[from] === 1 || reached[this.#to[at] as number] === 0) continue;
        reached[from] = 1;
        isChanged = true;
      }
    }
  }
}

/** Numbers of states by their hash; one map holds no more than some sixteen million. */
class Numbers {
  readonly #parts = Array.from({ length: 64 }, () => new Map<number, number>());

  get(hash: number): number | undefined {
    return this.#parts[hash % 64]?.get(hash);
  }

  set(hash: number, at: number): void {
    this.#parts[hash % 64]?.set(hash, at);
  }
}

const grown = (from: Int32Array): Int32Array<ArrayBuffer> => {
  const to = new Int32Array(from.length * 2);
  to.set(from);
  return to;
};

class Exploration<State> {
  readonly #model: Model<State>;
  readonly #numbers = new Numbers();
  readonly #edges = new Edges();
  /** By number: the state that it was reached from first, and whether it is a goal. */
  readonly #from: number[] = [];
  readonly #goals: number[] = [];
  #violation: { at: number; what: string } | undefined;

  constructor(model: Model<State>) {
    this.#model = model;
  }

  get size(): number {
    return this.#from.length;
  }

  /** Number of a state; one that is new joins `level`. */
  #reach(state: State, from: number, level: { state: State; at: number }[]): number {
    const hash = hashOf(this.#model.key(state));
    const known = this.#numbers.get(hash);
    if (known !== undefined) return known;
    const at = this.size;
    this.#numbers.set(hash, at);
    this.#from.push(from);
    level.push({ state, at });
    if (this.#model.isGoal(state)) this.#goals.push(at);
    const what = this.#model.violation(state);
    if (what !== undefined) this.#violation ??= { at, what };
    return at;
  }

  /** The first state in breadth that violates something, or from which nothing leads to the goal. */
  run(): { readonly at: number; readonly what: string } | undefined {
    let level: { state: State; at: number }[] = [];
    this.#reach(this.#model.initial, -1, level);
    while (level.length > 0 && this.#violation === undefined) level = this.#nextOf(level);
    return this.#violation ?? this.#stuck();
  }

  #nextOf(level: readonly { state: State; at: number }[]): { state: State; at: number }[] {
    const next: { state: State; at: number }[] = [];
    for (const { state, at } of level) {
      for (const step of this.#model.steps(state)) {
        const to = this.#reach(step.next, at, next);
        if (step.isSure && to !== at) this.#edges.add(at, to);
      }
      if (this.#violation !== undefined) return [];
    }
    return next;
  }

  #stuck(): { readonly at: number; readonly what: string } | undefined {
    const reached = new Uint8Array(this.size);
    for (const goal of this.#goals) reached[goal] = 1;
    this.#edges.spreadBack(reached);
    const at = reached.indexOf(0);
    return at === -1 ? undefined : { at, what: "stuck: nothing will finish it" };
  }

  /** Goes the way to a state once more, for the names of its steps. */
  trace(at: number): readonly string[] {
    const way: number[] = [];
    for (let number = at; number > 0; number = this.#from[number] as number) way.push(number);
    let state = this.#model.initial;
    return way.reverse().map((number) => {
      const isNext = ({ next }: Step<State>) =>
        this.#numbers.get(hashOf(this.#model.key(next))) === number;
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
