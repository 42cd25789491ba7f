/**
 * Folds the history of an execution into what is going on: which states are entered, in which branch
 * or item, how often they were tried. Events name what they follow (`previousEventId`) and not the
 * branch they are in, so the branch of an event is that of the event before it.
 */
import type { HistoryEvent } from "../environment/contract.ts";

/** A state that was entered. */
export interface Entered {
  readonly name: string;
  /** `Task`, `Map`, ... */
  readonly type: string;
  readonly branch: Branch;
  readonly enteredAtMs: number;
  /** Attempts so far; 0 where the state has none. */
  attempt: number;
  attemptAtMs: number;
  /** Retries so far, by retrier. */
  readonly retryCounts: number[];
  /** The last failure, until another attempt starts. */
  failure?: { readonly error: string; readonly cause: string };
  /** Of a Map state. */
  items?: Items;
  /** The branches or items that run inside. */
  readonly inside: Branch[];
  /** The event that its branches follow (Parallel). */
  startedEventId?: number;
}

/** How far a Map state is. */
export interface Items {
  /** Of a loop, whose iterations nobody counts beforehand: those that have begun. */
  total: number;
  readonly isLoop: boolean;
  running: number;
  done: number;
  failed: number;
}

/** One thread of control: the root, a branch of a Parallel state, an item of a Map state. */
export interface Branch {
  readonly in: Entered | undefined;
  /** Of an item, from 0. */
  readonly item: number | undefined;
  current: Entered | undefined;
  /** Events that a later one may name as its previous. */
  readonly eventIds: number[];
}

/** What an event changed. */
export type Change =
  | {
      readonly kind: "entered" | "left" | "attemptStarted" | "containerStarted" | "itemEnded";
      readonly state: Entered;
      readonly atMs: number;
    }
  | {
      readonly kind: "attemptFailed";
      readonly state: Entered;
      readonly atMs: number;
      readonly error: string;
      readonly cause: string;
    }
  | { readonly kind: "ended"; readonly atMs: number; readonly culprit: Entered | undefined };

/** How many of a branch's last events can be named as the previous one: the end of an item is named twice. */
const idsKept = 3;

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

const containerType = (event: HistoryEvent): string =>
  event.type.startsWith("Map") ? "Map" : "Parallel";

/** True if `state` lies in a branch of `container`, at any depth. */
export const isInside = (state: Entered, container: Entered): boolean => {
  for (let around = state.branch.in; around !== undefined; around = around.branch.in) {
    if (around === container) return true;
  }
  return false;
};

/** The progress of one execution; events come in the order of their ids. */
export class Progress {
  /** States entered and not left, in the order of their entry. */
  readonly running = new Set<Entered>();
  retryCount = 0;
  readonly #root: Branch = { in: undefined, item: undefined, current: undefined, eventIds: [] };
  readonly #branchOfEvent = new Map<number, Branch>();
  readonly #containerOfEvent = new Map<number, Entered>();
  #culprit: Entered | undefined;

  apply(event: HistoryEvent): Change | undefined {
    const atMs = Date.parse(event.timestamp);
    const { type } = event;
    if (type.endsWith("StateEntered")) return this.#enter(event, atMs);
    if (type.endsWith("StateExited")) return this.#exit(event, atMs);
    if (type.startsWith("MapIteration")) return this.#item(event, atMs);
    if (/^(Map|Parallel)StateStarted$/.test(type)) return this.#containerStarted(event, atMs);
    if (/^(Map|Parallel)State/.test(type)) return this.#containerEnded(event);
    if (/^Execution(Succeeded|Failed|TimedOut|Aborted)$/.test(type)) return this.#end(atMs);
    return this.#attempt(event, atMs);
  }

  #branchBefore(event: HistoryEvent): Branch {
    return this.#branchOfEvent.get(event.previousEventId) ?? this.#root;
  }

  #note(event: HistoryEvent, branch: Branch): void {
    this.#branchOfEvent.set(event.id, branch);
    branch.eventIds.push(event.id);
    const old = branch.eventIds.length > idsKept ? branch.eventIds.shift() : undefined;
    if (old !== undefined) this.#branchOfEvent.delete(old);
  }

  /** The innermost state around the event before this one that fits. */
  #around(event: HistoryEvent, fits: (state: Entered) => boolean): Entered | undefined {
    let branch: Branch | undefined = this.#branchBefore(event);
    while (branch !== undefined) {
      if (branch.current !== undefined && fits(branch.current)) return branch.current;
      branch = branch.in?.branch;
    }
    return undefined;
  }

  #open(container: Entered, item?: number): Branch {
    const branch: Branch = { in: container, item, current: undefined, eventIds: [] };
    container.inside.push(branch);
    return branch;
  }

  #leave(state: Entered): void {
    this.running.delete(state);
    state.branch.current = undefined;
    this.#empty(state);
  }

  #empty(container: Entered): void {
    for (const branch of container.inside) {
      for (const id of branch.eventIds) this.#branchOfEvent.delete(id);
      if (branch.current !== undefined) this.#leave(branch.current);
    }
    container.inside.length = 0;
    if (container.startedEventId === undefined) return;
    this.#containerOfEvent.delete(container.startedEventId);
    delete container.startedEventId;
  }

  #enter(event: HistoryEvent, atMs: number): Change {
    const container = this.#containerOfEvent.get(event.previousEventId);
    const branch = container === undefined ? this.#branchBefore(event) : this.#open(container);
    this.#note(event, branch);
    const state: Entered = {
      name: textOf(event.details["name"]),
      type: event.type.replace("StateEntered", ""),
      branch,
      enteredAtMs: atMs,
      attempt: 0,
      attemptAtMs: atMs,
      retryCounts: [],
      inside: [],
    };
    branch.current = state;
    if (state.type === "Fail") this.#culprit = state;
    else this.running.add(state);
    return { kind: "entered", state, atMs };
  }

  #exit(event: HistoryEvent, atMs: number): Change | undefined {
    const state = this.#around(event, ({ name }) => name === event.details["name"]);
    if (state === undefined) return undefined;
    const culprit = this.#culprit;
    if (culprit === state || (culprit !== undefined && isInside(culprit, state))) {
      this.#culprit = undefined;
    }
    this.#leave(state);
    this.#note(event, state.branch);
    return { kind: "left", state, atMs };
  }

  #attempt(event: HistoryEvent, atMs: number): Change | undefined {
    const branch = this.#branchBefore(event);
    this.#note(event, branch);
    const state = branch.current;
    if (state === undefined) return undefined;
    if (event.type.endsWith("Scheduled")) return this.#scheduled(state, atMs);
    if (!/(Failed|TimedOut)$/.test(event.type)) return undefined;
    const timeout = event.type.endsWith("TimedOut") ? "States.Timeout" : "";
    const error = textOf(event.details["error"]) || timeout;
    state.failure = { error, cause: textOf(event.details["cause"]) };
    this.#culprit = state;
    return { kind: "attemptFailed", state, atMs, ...state.failure };
  }

  #scheduled(state: Entered, atMs: number): Change {
    if (state.attempt > 0) this.retryCount += 1;
    state.attempt += 1;
    state.attemptAtMs = atMs;
    delete state.failure;
    if (this.#culprit === state) this.#culprit = undefined;
    return { kind: "attemptStarted", state, atMs };
  }

  #containerStarted(event: HistoryEvent, atMs: number): Change | undefined {
    const type = containerType(event);
    const state = this.#around(event, (candidate) => candidate.type === type);
    if (state === undefined) return undefined;
    if (state.attempt > 0) this.retryCount += 1;
    state.attempt += 1;
    delete state.failure;
    this.#empty(state);
    this.#note(event, state.branch);
    if (type === "Map") {
      const { length } = event.details;
      const isLoop = length === undefined;
      state.items = { total: Number(length ?? 0), isLoop, running: 0, done: 0, failed: 0 };
    } else {
      this.#containerOfEvent.set(event.id, state);
      state.startedEventId = event.id;
    }
    return { kind: "containerStarted", state, atMs };
  }

  #containerEnded(event: HistoryEvent): undefined {
    const type = containerType(event);
    const state = this.#around(event, (candidate) => candidate.type === type);
    this.#note(event, state?.branch ?? this.#root);
    if (state !== undefined && event.type.endsWith("Failed")) {
      const { error, cause } = { ...this.#culprit?.failure, ...event.details };
      state.failure = { error: textOf(error), cause: textOf(cause) };
    }
    return undefined;
  }

  #item(event: HistoryEvent, atMs: number): Change | undefined {
    const { name, index } = event.details;
    const state = this.#around(event, (around) => around.type === "Map" && around.name === name);
    if (state?.items === undefined) return undefined;
    if (event.type === "MapIterationStarted") {
      state.items.running += 1;
      if (state.items.isLoop) state.items.total += 1;
      this.#note(event, this.#open(state, Number(index ?? 0)));
      return undefined;
    }
    const branch = this.#itemBranch(event, state);
    this.#note(event, branch);
    if (branch.current !== undefined) this.#leave(branch.current);
    state.items.running -= 1;
    if (event.type === "MapIterationSucceeded") state.items.done += 1;
    else if (event.type === "MapIterationFailed") state.items.failed += 1;
    return { kind: "itemEnded", state, atMs };
  }

  /** An item that is aborted follows the event of another one, so its index decides. */
  #itemBranch(event: HistoryEvent, map: Entered): Branch {
    const before = this.#branchBefore(event);
    const { index } = event.details;
    if (before.in === map && before.item === index) return before;
    return map.inside.find(({ item }) => item === index) ?? before;
  }

  #end(atMs: number): Change {
    this.running.clear();
    return { kind: "ended", atMs, culprit: this.#culprit };
  }
}
