/**
 * Signals: what somebody outside tells an execution by name (ADR 7). One that nobody waits for is
 * kept; a wait takes those that let it end, and they are gone for every other.
 */
import { numberOf } from "../exact-json/exact-number.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { signalIdsKeptMax } from "../limits.ts";
import type { SignalReceived } from "./facts.ts";
import type { ExecutionState, Signals } from "./state.ts";

/** What a wait asks for. */
export interface Awaited {
  readonly names: readonly string[];
  /** How many of them must come. */
  readonly count: number;
  /** None may come: it ends well when its time is over. */
  readonly isNone: boolean;
}

const countOf = (join: Json, nameCount: number): number | undefined => {
  if (join === "all") return nameCount;
  if (join === "any" || join === "none") return 1;
  const count = numberOf(join) ?? 0;
  return Number.isInteger(count) && count >= 1 && count <= nameCount ? count : undefined;
};

/** What `Names` and `Join` ask for; `undefined`: nothing that could ever come. */
export const awaitedBy = (parameters: Json): Awaited | undefined => {
  const { Names, Join = "all" } = isJsonObject(parameters) ? parameters : ({} as JsonObject);
  if (!Array.isArray(Names) || !Names.every((name) => typeof name === "string")) return undefined;
  const names = [...new Set<string>(Names)];
  const count = countOf(Join, names.length);
  if (names.length === 0 || count === undefined) return undefined;
  return { names, count, isNone: Join === "none" };
};

/** Whether a signal of that id has come before, as far back as ids are remembered. */
export const isKnownSignal = ({ signals }: ExecutionState, id: string): boolean =>
  signals !== undefined &&
  (signals.takenIds.includes(id) || signals.kept.some((kept) => kept.id === id));

/** Keeps a signal; false where it has come before. */
export const keepSignal = (state: ExecutionState, signal: SignalReceived): boolean => {
  if (isKnownSignal(state, signal.id)) return false;
  state.signals ??= { kept: [], takenIds: [] };
  const { id, name, payload } = signal;
  state.signals.kept.push({ id, name, payload });
  return true;
};

const found = (signals: Signals | undefined, { names, count }: Awaited) => {
  const first = new Map<string, Signals["kept"][number]>();
  for (const signal of signals?.kept ?? [])
    if (first.size < count && names.includes(signal.name) && !first.has(signal.name))
      first.set(signal.name, signal);
  return first.size < count ? undefined : first;
};

/** Whether as many have come as are asked for. */
export const haveCome = (state: ExecutionState, awaited: Awaited): boolean =>
  found(state.signals, awaited) !== undefined;

/** Takes what is asked for, the oldest first, as name and payload; `undefined`: not enough has come. */
export const takeSignals = (state: ExecutionState, awaited: Awaited): JsonObject | undefined => {
  const { signals } = state;
  const taken = found(signals, awaited);
  if (signals === undefined || taken === undefined) return undefined;
  const gone = new Set([...taken.values()].map(({ id }) => id));
  signals.kept = signals.kept.filter(({ id }) => !gone.has(id));
  signals.takenIds = [...signals.takenIds, ...gone].slice(-signalIdsKeptMax);
  return Object.fromEntries([...taken].map(([name, { payload }]) => [name, payload]));
};
