/**
 * What happens after a failed attempt, read from the definition: history does not say when the next
 * attempt comes, and a person who watches wants to know.
 */

interface Retrier {
  readonly ErrorEquals?: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: string;
}

type Retriers = readonly Retrier[];

/** The next attempt that the definition promises. */
export interface NextAttempt {
  /** From 1. */
  readonly retry: number;
  readonly retriesMax: number;
  readonly delaySeconds: number;
  /** With jitter the delay is only the longest that it can be. */
  readonly isUpperBound: boolean;
}

/** `error` of the state's attempt -> the next attempt; `counts` are the retries so far by retrier, and are moved on. */
export type RetryPlan = (
  state: string,
  failure: { readonly error: string; readonly counts: number[] },
) => NextAttempt | undefined;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const machinesIn = (state: Readonly<Record<string, unknown>>): readonly unknown[] => {
  const branches = state["Branches"];
  return [
    state["ItemProcessor"] ?? state["Iterator"],
    ...(Array.isArray(branches) ? branches : []),
  ];
};

const collect = (machine: unknown, into: Map<string, Retriers>): void => {
  if (!isObject(machine) || !isObject(machine["States"])) return;
  for (const [name, state] of Object.entries(machine["States"])) {
    if (!isObject(state)) continue;
    if (Array.isArray(state["Retry"])) into.set(name, state["Retry"] as Retriers);
    for (const inner of machinesIn(state)) collect(inner, into);
  }
};

const notCaughtByAll = new Set(["States.DataLimitExceeded", "States.Runtime"]);

const matches = (retrier: Retrier, error: string): boolean =>
  (retrier.ErrorEquals ?? []).some((name) => {
    if (name === "States.ALL") return !notCaughtByAll.has(error);
    if (name === "States.TaskFailed") return error !== "States.Timeout";
    return name === error;
  });

const delayOf = (retrier: Retrier, retry: number): number => {
  const {
    IntervalSeconds = 1,
    BackoffRate = 2,
    MaxDelaySeconds = Number.POSITIVE_INFINITY,
  } = retrier;
  return Math.min(IntervalSeconds * BackoffRate ** (retry - 1), MaxDelaySeconds);
};

/** The retry plan of a definition; state names are unique in all of it. */
export const retryPlanOf = (definition: unknown): RetryPlan => {
  const states = new Map<string, Retriers>();
  collect(definition, states);
  return (state, { error, counts }) => {
    const retriers = states.get(state) ?? [];
    const index = retriers.findIndex((candidate) => matches(candidate, error));
    const retrier = retriers[index];
    if (retrier === undefined) return undefined;
    const { MaxAttempts: retriesMax = 3, JitterStrategy } = retrier;
    const retry = (counts[index] ?? 0) + 1;
    if (retry > retriesMax) return undefined;
    counts[index] = retry;
    const isUpperBound = JitterStrategy === "FULL";
    return { retry, retriesMax, delaySeconds: delayOf(retrier, retry), isUpperBound };
  };
};
