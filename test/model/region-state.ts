/**
 * One execution and the regions that may own the environment, with strongly consistent storage
 * (architecture, Regions). Epochs are numbers from 1; region 0 owns the first.
 */

/** Rules that the model can leave out, to see what they are there for. */
export const regionRules = [
  "the epoch is raised by a conditional write",
  "a failover waits until the old region may not act",
  "a region acts only after a fresh look at the control item",
  "a takeover fences the end of the log that it takes over",
  "a takeover fences the epochs in between",
  "a put is refused where a record is",
] as const;

export type RegionRule = (typeof regionRules)[number];

export interface RegionScope {
  readonly regions: number;
  readonly epochsMax: number;
  readonly factsMax: number;
  readonly without?: RegionRule;
}

export type Entry =
  | { readonly kind: "fact"; readonly id: number }
  | { readonly kind: "fence" }
  /** What it takes over: the records of an epoch, up to and with `last`. */
  | { readonly kind: "takeover"; readonly from: number; readonly last: number };

export interface Put {
  readonly epoch: number;
  readonly seq: number;
  readonly entry: Entry;
}

export interface Region {
  /** The epoch that it believes to own; 0: none. */
  epoch: number;
  /** It has seen so in the control item, not long ago. */
  isFresh: boolean;
  step: "standby" | "waits" | "takes over" | "goes on";
  /** The epoch that it saw in the control item when it wanted to take over; 0: none. */
  saw: number;
  /** Where it writes next. */
  next: number;
  /** On its way to the storage, in order; may arrive at any time. */
  puts: Put[];
}

export interface Environment {
  control: { epoch: number; owner: number };
  /** By epoch, from 1. */
  logs: Entry[][];
  regions: Region[];
  factCount: number;
  acknowledged: number[];
  wrong: string;
}

export const initialEnvironment = ({ regions, epochsMax }: RegionScope): Environment => ({
  control: { epoch: 1, owner: 0 },
  logs: Array.from({ length: epochsMax + 1 }, () => []),
  regions: Array.from({ length: regions }, (_, index) => ({
    epoch: index === 0 ? 1 : 0,
    isFresh: false,
    step: index === 0 ? ("goes on" as const) : ("standby" as const),
    saw: 0,
    next: 0,
    puts: [],
  })),
  factCount: 0,
  acknowledged: [],
  wrong: "",
});

export const copyOf = (state: Environment): Environment => ({
  ...state,
  control: { ...state.control },
  logs: state.logs.map((log) => [...log]),
  regions: state.regions.map((region) => ({ ...region, puts: [...region.puts] })),
  acknowledged: [...state.acknowledged],
});

/** The newest epoch that has records of the execution, below `before`. */
export const newestEpoch = ({ logs }: Environment, before: number): number => {
  const holds = (log: readonly Entry[] | undefined) =>
    log?.[0] !== undefined && log[0].kind !== "fence";
  return logs.findLastIndex((log, epoch) => epoch < before && (epoch === 1 || holds(log)));
};

/** Ids of the facts that readers find: they follow what takeovers name. */
export const historyOf = (state: Environment): readonly number[] => {
  const facts: number[] = [];
  let epoch = newestEpoch(state, state.logs.length);
  let last = Number.POSITIVE_INFINITY;
  while (epoch > 0) {
    const entries = (state.logs[epoch] ?? []).filter((_, seq) => seq <= last);
    for (const entry of entries) if (entry.kind === "fact") facts.push(entry.id);
    const first = entries[0];
    epoch = first?.kind === "takeover" ? first.from : 0;
    last = first?.kind === "takeover" ? first.last : last;
  }
  return facts;
};
