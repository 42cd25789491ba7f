/**
 * States that need somebody outside, executions of their own, or the words of `Orchestration`: workers,
 * callbacks, children, signals, loops, joins, distributed maps. Like all drawn states they take and leave
 * `{n, items}`. What depends on which of two things came first is left out of the data.
 */
import type { StateMachine } from "#core/asl/definition.ts";
import type { Json } from "#core/json.ts";
import {
  type Author,
  type Draft,
  drawDefinition,
  type MoreStates,
  type Spot,
} from "./processes.ts";
import type { Random } from "./random.ts";

/** Names of the activities that workers ask for. */
export const workerActivities = ["w1", "w2"] as const;

/** Names of the signals that are sent. */
export const signalNames = ["go", "stop"] as const;

export interface WideProcess {
  readonly definition: StateMachine;
  /** Whether how it ends may depend on which of two failures came first. */
  readonly isRacy: boolean;
}

/** Children of a process, and distributed maps in it, at most. */
const childrenMax = 2;

/** Draws what stands at a spot; `undefined`: not there. */
export type Draw = (author: Author, spot: Spot) => Json | undefined;

export const on = ({ next }: Spot): Draft => (next === undefined ? { End: true } : { Next: next });

/** Leaves the state's input as it was. */
const untouched = ({ isJsonata }: Author): Draft =>
  isJsonata ? { Output: "{% $states.input %}" } : { ResultPath: null };

/** A failure's cause may hold instants: it is kept out of the data. */
const recovering = (author: Author, { next }: Spot): Draft => {
  const { Retry, Catch } = author.recovery(next);
  const recovery: Draft = {};
  if (Retry !== undefined) recovery["Retry"] = Retry;
  if (Catch !== undefined && next !== undefined)
    recovery["Catch"] = [{ ErrorEquals: ["States.ALL"], Next: next, ...untouched(author) }];
  return recovery;
};

const workers: Draw = (author, spot) => {
  const { int, chance, pick } = author.random;
  return {
    Type: "Task",
    Resource: `holdfast:activity:${pick(workerActivities)}`,
    ...author.call(),
    TimeoutSeconds: int(12, 60),
    ...(chance(0.4) ? { HeartbeatSeconds: int(3, 9) } : {}),
    ...author.recovery(spot.next),
    ...on(spot),
  };
};

const callback: Draw = (author, spot) => {
  const { int, chance, pick } = author.random;
  const { Arguments, Parameters, ...rest } = author.call();
  const given = author.isJsonata
    ? { Arguments: { ...(Arguments as Draft), token: "{% $states.context.Task.Token %}" } }
    : { Parameters: { ...(Parameters as Draft), "token.$": "$$.Task.Token" } };
  return {
    Type: "Task",
    Resource: `holdfast:test:${pick(["once", "again"])}-tell-${int(1, 3)}.waitForTaskToken`,
    ...given,
    ...rest,
    ...(chance(0.6) ? { TimeoutSeconds: int(10, 40) } : {}),
    ...(chance(0.3) ? { HeartbeatSeconds: int(3, 9) } : {}),
    ...author.recovery(spot.next),
    ...on(spot),
  };
};

const child =
  (process: string): Draw =>
  (author, spot) => {
    const { chance, int } = author.random;
    const isAwaited = chance(0.8);
    const resource = `arn:aws:states:::states:startExecution${isAwaited ? ".sync:2" : ""}`;
    const asked = author.isJsonata
      ? {
          Arguments: {
            StateMachineArn: process,
            Input: { n: "{% $states.input.n %}", items: "{% $states.input.items %}" },
          },
          Output: isAwaited
            ? "{% $merge([$states.input, {'n': $states.result.Output.n}]) %}"
            : "{% $states.input %}",
        }
      : {
          Parameters: {
            StateMachineArn: process,
            Input: { "n.$": "$.n", "items.$": "$.items" },
          },
          ...(isAwaited
            ? { ResultSelector: { "n.$": "$.Output.n", "items.$": "$.Output.items" } }
            : { ResultPath: null }),
        };
    return {
      Type: "Task",
      Resource: resource,
      ...asked,
      ...(chance(0.2) ? { TimeoutSeconds: int(5, 60) } : {}),
      ...recovering(author, spot),
      ...on(spot),
    };
  };

const signals: Draw = (author, spot) => {
  const { int, pick } = author.random;
  const Names = pick([["go"], ["stop"], [...signalNames]]);
  return {
    Type: "Task",
    Resource: "holdfast:signals:wait",
    [author.isJsonata ? "Arguments" : "Parameters"]: { Names, Join: pick(["all", "any", 1]) },
    TimeoutSeconds: int(10, 40),
    ...untouched(author),
    ...recovering(author, spot),
    ...on(spot),
  };
};

const loop: Draw = (author, spot) => {
  const limit = author.random.int(0, 3);
  const While: Draft = author.isJsonata
    ? { Condition: `{% $states.context.Map.Item.Index < ${limit} %}` }
    : { Variable: "$$.Map.Item.Index", NumericLessThan: limit };
  return {
    Type: "Map",
    Orchestration: { While },
    ItemProcessor: author.machine(spot.depth + 1),
    ...author.recovery(spot.next),
    ...on(spot),
  };
};

const join: Draw = (author, spot) => {
  const { int, pick } = author.random;
  const Branches = Array.from({ length: int(2, 3) }, () => author.machine(spot.depth + 1));
  return {
    Type: "Parallel",
    Branches,
    Orchestration: { Join: pick<string | number>(["any", "all", int(1, Branches.length)]) },
    ...untouched(author),
    ...author.recovery(spot.next),
    ...on(spot),
  };
};

const itemsOf = ({ isJsonata }: Author): Draft =>
  isJsonata
    ? {
        Items: "{% $states.input.items %}",
        ItemSelector: { n: "{% $states.context.Map.Item.Value %}", items: [1, 2] },
      }
    : {
        ItemsPath: "$.items",
        ItemSelector: { "n.$": "$$.Map.Item.Value", items: [1, 2] },
      };

/** One item after the other, until one is large. */
const breaking: Draw = (author, spot) => {
  const machine = author.machine(spot.depth + 1);
  const [look, found] = [author.name(), author.name()];
  const limit = author.random.int(0, 999);
  const rule: Draft = author.isJsonata
    ? { Condition: `{% $states.input.n > ${limit} %}` }
    : { Variable: "$.n", NumericGreaterThan: limit };
  const States = {
    ...(machine["States"] as Draft),
    [look]: {
      Type: "Choice",
      Choices: [{ ...rule, Next: found }],
      Default: machine["StartAt"] ?? "",
    },
    [found]: { Type: "Succeed", Orchestration: { Break: true } },
  };
  return {
    Type: "Map",
    ...itemsOf(author),
    MaxConcurrency: 1,
    ItemProcessor: { ...machine, StartAt: look, States },
    ...untouched(author),
    ...author.recovery(spot.next),
    ...on(spot),
  };
};

/** Items of a state's input, or of a text that an activity reads. */
const distributed: Draw = (author, spot) => {
  const { int, chance } = author.random;
  const read: Draft = {
    Resource: `holdfast:test:again-read-${int(1, 3)}`,
    ReaderConfig: { InputType: "JSON" },
    [author.isJsonata ? "Arguments" : "Parameters"]: { seed: int(0, 999) },
  };
  const { ItemsPath, Items, ...selected } = itemsOf(author);
  const from: Draft = chance(0.4)
    ? { ItemReader: read }
    : author.isJsonata
      ? { Items: Items ?? [] }
      : { ItemsPath: ItemsPath ?? "$" };
  return {
    Type: "Map",
    ...from,
    ...selected,
    MaxConcurrency: int(0, 3),
    ...(chance(0.3) ? { ToleratedFailureCount: int(1, 2) } : {}),
    ItemProcessor: {
      ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
      ...author.machine(spot.depth + 1),
    },
    ...author.gather("each"),
    ...recovering(author, spot),
    ...on(spot),
  };
};

const completed: Draw = (_, { next }) =>
  next === undefined
    ? { Type: "Fail", Error: "Boom", Cause: "no", Orchestration: { Completed: true } }
    : undefined;

/** How often each is drawn, of a hundred states. */
export interface Share {
  readonly draw: Draw;
  readonly of100: number;
  /** Only up to this depth. */
  readonly depthMax: number;
  /** Whether it fails by other names than the rest. */
  readonly isOwnFailure?: true;
  readonly isChild?: true;
}

const sharesWith = (callable: readonly string[], random: Random): readonly Share[] => [
  { draw: workers, of100: 10, depthMax: 2 },
  { draw: callback, of100: 10, depthMax: 2 },
  { draw: signals, of100: 6, depthMax: 1, isOwnFailure: true },
  { draw: loop, of100: 5, depthMax: 1 },
  { draw: join, of100: 5, depthMax: 1 },
  { draw: breaking, of100: 5, depthMax: 1 },
  { draw: distributed, of100: 6, depthMax: 0, isOwnFailure: true, isChild: true },
  { draw: completed, of100: 2, depthMax: 0 },
  ...(callable.length === 0
    ? []
    : [
        {
          draw: child(random.pick(callable)),
          of100: 9,
          depthMax: 1,
          isOwnFailure: true as const,
          isChild: true as const,
        },
      ]),
];

const pick = (random: Random, shares: readonly Share[]): Share | undefined => {
  let left = random.int(1, 100);
  return shares.find(({ of100 }) => {
    left -= of100;
    return left <= 0;
  });
};

/** A process that may start those of `callable`, and has states of `more` kinds. */
export const drawWideProcess = (
  random: Random,
  callable: readonly string[],
  more: readonly Share[] = [],
): WideProcess => {
  const shares = [...sharesWith(callable, random), ...more];
  let isRacy = false;
  const moreOf = (): MoreStates => {
    let childCount = 0;
    isRacy = false;
    return (author, spot) => {
      const share = pick(random, shares);
      if (share === undefined || spot.depth > share.depthMax) return undefined;
      const isChild = share.isChild === true;
      if (isChild && childCount === childrenMax) return undefined;
      childCount += isChild ? 1 : 0;
      isRacy ||= share.isOwnFailure === true && spot.depth > 0;
      return share.draw(author, spot);
    };
  };
  const definition = drawDefinition(random, moreOf);
  return { definition, isRacy };
};
