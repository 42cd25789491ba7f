/**
 * Random processes. What flows through every state is an object `{n, items}`, so that any state can
 * follow any other; Parallel and Map states add what came of them. Every error is named `Boom`, so
 * that what a process makes of two failures does not depend on which came first.
 */
import type { StateMachine } from "#core/asl/definition.ts";
import { parseDefinition } from "#core/asl/parse.ts";
import type { Json } from "#core/json.ts";
import type { Random } from "./random.ts";

export type Draft = Record<string, Json>;

/** Where a state stands. */
export interface Spot {
  readonly depth: number;
  readonly next: string | undefined;
  readonly later: readonly string[];
}

/** What is drawn beside the states of the first kind: `undefined` leaves the state to those. */
export type MoreStates = (author: Author, spot: Spot) => Json | undefined;

const noMore: MoreStates = () => undefined;

const often = ["quick", "slow", "flaky", "beating"];
const seldom = ["broken", "hanging", "long"];

export class Author {
  readonly #random: Random;
  readonly #isJsonata: boolean;
  readonly #more: MoreStates;
  #count = 0;

  constructor(random: Random, isJsonata: boolean, more: MoreStates) {
    this.#random = random;
    this.#isJsonata = isJsonata;
    this.#more = more;
  }

  get random(): Random {
    return this.#random;
  }

  get isJsonata(): boolean {
    return this.#isJsonata;
  }

  machine(depth: number): Draft {
    const { int, chance } = this.#random;
    const names = Array.from({ length: int(1, depth === 0 ? 5 : 3) }, () => this.name());
    const States: Draft = {};
    for (const [place, name] of names.entries()) {
      const next = names[place + 1];
      const later = next === undefined ? [] : names.slice(place + 1);
      States[name] = this.#state({ depth, next, later });
    }
    const machine: Draft = { StartAt: names[0] ?? "", States };
    if (depth === 0) {
      machine["QueryLanguage"] = this.#isJsonata ? "JSONata" : "JSONPath";
      if (chance(0.1)) machine["TimeoutSeconds"] = int(5, 60);
    }
    return machine;
  }

  name(): string {
    this.#count += 1;
    return `S${this.#count}`;
  }

  #state(at: Spot): Json {
    const { int } = this.#random;
    const { depth, next } = at;
    const more = this.#more(this, at);
    if (more !== undefined) return more;
    const on: Draft = next === undefined ? { End: true } : { Next: next };
    const draw = int(1, 100);
    if (draw <= 22) return this.#plain(draw, on);
    if (draw <= 30 && next !== undefined) return this.#choice(at.later);
    if (draw <= 33 && next === undefined && depth > 0) return this.#end();
    if (draw <= 46 && depth < 2) return this.#parallel(depth, on, next);
    if (draw <= 60 && depth < 2) return this.#map(depth, on, next);
    return this.#task(on, next);
  }

  #plain(draw: number, on: Draft): Json {
    const { int, chance } = this.#random;
    if (draw > 12) return { Type: "Pass", ...on };
    return { Type: "Wait", Seconds: chance(0.1) ? 900 : int(0, 9), ...on };
  }

  #end(): Json {
    return this.#random.chance(0.5)
      ? { Type: "Fail", Error: "Boom", Cause: "boom" }
      : { Type: "Succeed" };
  }

  #choice(later: readonly string[]): Json {
    const { int, pick } = this.#random;
    const limit = int(0, 999);
    const rule: Draft = this.#isJsonata
      ? { Condition: `{% $states.input.n > ${limit} %}` }
      : { Variable: "$.n", NumericGreaterThan: limit };
    return {
      Type: "Choice",
      Choices: [{ ...rule, Next: pick(later) }],
      Default: later[0] ?? "",
    };
  }

  #task(on: Draft, next: string | undefined): Json {
    const { int, chance, pick } = this.#random;
    const kind = pick(chance(0.85) ? often : seldom);
    const isOnce = chance(0.5);
    const fields: Draft = {
      Type: "Task",
      Resource: `holdfast:test:${isOnce ? "once" : "again"}-${kind}-${int(1, 3)}`,
      ...(isOnce ? { Orchestration: this.#interruption() } : {}),
      ...this.call(),
      ...this.recovery(next),
      ...on,
    };
    if (kind === "hanging" || chance(0.2)) fields["TimeoutSeconds"] = int(5, 20);
    if (kind === "beating") fields["HeartbeatSeconds"] = 4;
    return fields;
  }

  /** What becomes of an activity that may not restart: only where more is drawn there is an operator to ask. */
  #interruption(): Draft {
    if (this.#more === noMore || this.#count % 3 === 0) return { OnInterrupted: "fail" };
    if (this.#count % 3 === 1) return { OnInterrupted: "ask" };
    const { Arguments, Parameters } = this.call();
    const given = this.#isJsonata ? { Arguments } : { Parameters };
    return { Verify: { Resource: "holdfast:test:again-probe-1", ...given } as Draft };
  }

  call(): Draft {
    return this.#isJsonata
      ? {
          Arguments: { n: "{% $states.input.n %}", items: "{% $states.input.items %}" },
          Output: "{% $merge([$states.input, $states.result]) %}",
          Assign: { last: "{% $states.result.n %}" },
        }
      : {
          Parameters: { "n.$": "$.n", "items.$": "$.items" },
          ResultSelector: { "n.$": "$.n", "items.$": "$.items" },
          Assign: { "last.$": "$.n" },
        };
  }

  recovery(next: string | undefined): Draft {
    const { int, chance, pick } = this.#random;
    const recovery: Draft = {};
    if (chance(0.5)) {
      recovery["Retry"] = [
        {
          ErrorEquals: pick([
            ["Boom"],
            ["States.ALL"],
            ["Boom", "Holdfast.Interrupted"],
            ["States.Timeout"],
          ]),
          IntervalSeconds: int(1, 4),
          BackoffRate: pick([1, 1.5, 2]),
          MaxAttempts: int(1, 3),
          ...(chance(0.3) ? { JitterStrategy: "FULL" } : {}),
        },
      ];
    }
    if (next !== undefined && chance(0.5)) {
      const kept = this.#isJsonata
        ? { Output: "{% $merge([$states.input, {'error': $states.errorOutput.Error}]) %}" }
        : { ResultPath: "$.error" };
      recovery["Catch"] = [{ ErrorEquals: ["States.ALL"], Next: next, ...kept }];
    }
    return recovery;
  }

  gather(as: string): Draft {
    return this.#isJsonata
      ? { Output: `{% $merge([$states.input, {'${as}': $states.result}]) %}` }
      : { ResultPath: `$.${as}` };
  }

  #parallel(depth: number, on: Draft, next: string | undefined): Json {
    const Branches = Array.from({ length: this.#random.int(2, 3) }, () => this.machine(depth + 1));
    return {
      Type: "Parallel",
      Branches,
      ...this.gather("both"),
      ...this.recovery(next),
      ...on,
    };
  }

  #map(depth: number, on: Draft, next: string | undefined): Json {
    const { int } = this.#random;
    const items: Draft = this.#isJsonata
      ? {
          Items: "{% $states.input.items %}",
          ItemSelector: { n: "{% $states.context.Map.Item.Value %}", items: [1, 2] },
        }
      : {
          ItemsPath: "$.items",
          ItemSelector: { "n.$": "$$.Map.Item.Value", items: [1, 2] },
        };
    return {
      Type: "Map",
      ...items,
      MaxConcurrency: int(0, 3),
      ItemProcessor: this.machine(depth + 1),
      ...this.gather("each"),
      ...this.recovery(next),
      ...on,
    };
  }
}

/** A process that is valid as users' processes are. */
export const drawDefinition = (
  random: Random,
  moreOf: () => MoreStates = () => noMore,
): StateMachine => {
  for (;;) {
    const draft = new Author(random, random.chance(0.3), moreOf()).machine(0);
    const parsed = parseDefinition(draft);
    if (parsed.kind === "valid") return parsed.definition;
    const [first] = parsed.diagnostics;
    // A choice may have left a state without a way to it: drawn again. Anything else is a mistake here.
    if (first?.code !== "UNREACHABLE_STATE" && !/reach/i.test(first?.message ?? ""))
      throw new Error(`the drawn process is not valid: ${JSON.stringify(parsed.diagnostics)}`);
  }
};

export const drawInput = (random: Random): Json => ({
  n: random.int(0, 999),
  items: Array.from({ length: random.int(0, 4) }, () => random.int(0, 999)),
});
