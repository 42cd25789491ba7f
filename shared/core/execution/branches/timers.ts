/**
 * Which branch has something due, and when. What is due stands in the state; the heap here is only
 * an index of it, kept beside the state and built again from it after a snapshot. Entries that no
 * longer hold are dropped when they come up. Branches that are due at the same instant come in the
 * order in which they were made, so that live and replayed executions agree (I4); the time-out of
 * the whole execution comes last.
 */
import type { Branch, ExecutionState } from "../state.ts";

interface Entry {
  readonly atMs: number;
  /** Number of the branch; Infinity: the execution. */
  readonly branch: number;
}

const wholeExecution = Number.POSITIVE_INFINITY;

interface Heap {
  readonly entries: Entry[];
  /** Length at which it is worth while to build it anew without what is stale. */
  readonly lengthMax: number;
}

const heaps = new WeakMap<ExecutionState, Heap>();

/** What has made no more branches than this is looked through: most end before an index has paid for its memory. */
const unindexedBranchesMax = 8;

const isIndexed = ({ branchCount }: ExecutionState): boolean => branchCount > unindexedBranchesMax;

const isBefore = (a: Entry, b: Entry): boolean =>
  a.atMs === b.atMs ? a.branch < b.branch : a.atMs < b.atMs;

const entryAt = (heap: readonly Entry[], place: number): Entry => heap[place] as Entry;

const push = (heap: Entry[], entry: Entry): void => {
  let place = heap.length;
  heap.push(entry);
  while (place > 0) {
    const above = (place - 1) >> 1;
    if (!isBefore(entry, entryAt(heap, above))) break;
    heap[place] = entryAt(heap, above);
    place = above;
  }
  heap[place] = entry;
};

const smallerChild = (heap: readonly Entry[], place: number): number => {
  const left = 2 * place + 1;
  const right = left + 1;
  return right < heap.length && isBefore(entryAt(heap, right), entryAt(heap, left)) ? right : left;
};

const pop = (heap: Entry[]): void => {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let place = 0;
  for (let child = smallerChild(heap, 0); child < heap.length; child = smallerChild(heap, place)) {
    if (!isBefore(entryAt(heap, child), last)) break;
    heap[place] = entryAt(heap, child);
    place = child;
  }
  heap[place] = last;
};

const earlier = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b);

/** When something is due in a branch by itself; `undefined`: never. */
const dueAtMs = (state: ExecutionState, branch: Branch): number | undefined => {
  const { waiting } = branch;
  if (waiting.kind === "wait" || waiting.kind === "retry" || waiting.kind === "yielded")
    return waiting.atMs;
  if (waiting.kind !== "activity") return undefined;
  const activity = state.activities[waiting.activity];
  if (activity === undefined) return undefined;
  return activity.phase === "waitingToRetry"
    ? activity.retryAtMs
    : earlier(activity.timeoutAtMs, activity.heartbeatAtMs);
};

/** Makes the index anew: the state has become another one. */
export const rebuildTimers = (state: ExecutionState): void => {
  if (isIndexed(state)) index(state);
};

const index = (state: ExecutionState): Entry[] => {
  const entries = build(state);
  heaps.set(state, { entries, lengthMax: 64 + 2 * entries.length });
  return entries;
};

const build = (state: ExecutionState): Entry[] => {
  const entries: Entry[] = [];
  for (const branch of Object.values(state.branches)) {
    const atMs = dueAtMs(state, branch);
    if (atMs !== undefined) push(entries, { atMs, branch: Number(branch.id) });
  }
  if (state.timeoutAtMs !== undefined && state.status === "RUNNING")
    push(entries, { atMs: state.timeoutAtMs, branch: wholeExecution });
  return entries;
};

const heapOf = (state: ExecutionState): Entry[] =>
  isIndexed(state) ? (heaps.get(state)?.entries ?? index(state)) : build(state);

const add = (state: ExecutionState, entry: Entry): void => {
  if (!isIndexed(state)) return;
  const heap = heaps.get(state);
  if (heap === undefined || heap.entries.length >= heap.lengthMax) index(state);
  else push(heap.entries, entry);
};

const holds = (state: ExecutionState, entry: Entry): boolean => {
  if (state.status !== "RUNNING") return false;
  if (entry.branch === wholeExecution) return entry.atMs === state.timeoutAtMs;
  const branch = state.branches[entry.branch];
  return branch !== undefined && dueAtMs(state, branch) === entry.atMs;
};

const first = (state: ExecutionState): Entry | undefined => {
  const heap = heapOf(state);
  while (heap.length > 0 && !holds(state, entryAt(heap, 0))) pop(heap);
  return heap[0];
};

/** To be called whenever what a branch waits for has been set anew. */
export const schedule = (state: ExecutionState, branch: Branch): void => {
  const atMs = dueAtMs(state, branch);
  if (atMs !== undefined) add(state, { atMs, branch: Number(branch.id) });
};

/** To be called when the time-out of the whole execution has been set. */
export const scheduleTimeout = (state: ExecutionState): void => {
  if (state.timeoutAtMs !== undefined)
    add(state, { atMs: state.timeoutAtMs, branch: wholeExecution });
};

/** What is due first at or before an instant. */
export const firstDue = (
  state: ExecutionState,
  byMs: number,
): { readonly branch: Branch | undefined } | undefined => {
  const entry = first(state);
  if (entry === undefined || entry.atMs > byMs) return undefined;
  return { branch: entry.branch === wholeExecution ? undefined : state.branches[entry.branch] };
};

/** When something is due next. */
export const firstAtMs = (state: ExecutionState): number | undefined => first(state)?.atMs;
