/**
 * A Map state runs its processor for each item, as many at once as MaxConcurrency lets it. An item
 * gets a branch only when its turn comes, and its result is put into its place, so that a fact costs
 * the same however many items there are.
 */
import type { MapState } from "../../asl/definition.ts";
import type { Evaluating } from "../../expressions/evaluation.ts";
import { runtimeFailure } from "../../expressions/wording.ts";
import type { Failure } from "../../failure.ts";
import type { Json } from "../../json.ts";
import { abortChildren, childrenOf, closeChild, openBranch } from "../branches/lives.ts";
import type { DataFlow, Flowing } from "../flow/data-flow.ts";
import { scopeOf } from "../flow/scope.ts";
import { type Interpreter, type Outcome, waits } from "../interpreter.ts";
import type { Branch } from "../state.ts";
import { isBroken } from "./break.ts";
import {
  isDistributed,
  noteItem,
  noteMapFailed,
  noteMapStarted,
  noteMapSucceeded,
  noteRunStarted,
} from "./map-events.ts";
import { concurrencyOf, itemsOf, toleratedOf } from "./map-fields.ts";

const notYet = ["ItemReader", "ItemBatcher", "ResultWriter"] as const;

/** To pass over a field that decides which items there are would be to run the wrong ones. */
const refuseNotYet = (state: MapState, flowing: Flowing, input: Json): void => {
  const field = notYet.find((name) => state[name] !== undefined);
  if (field === undefined) return;
  const scope = scopeOf(flowing.interpreter, flowing.branch, { input });
  throw runtimeFailure(scope, `Holdfast does not support the field ${field} yet.`);
};

/** Opens branches for the items whose turn it is. */
function* openItems(
  state: MapState,
  flow: DataFlow,
  flowing: Flowing & { readonly previousEventId: number },
): Evaluating<void> {
  const { interpreter, branch, previousEventId } = flowing;
  const children = childrenOf(branch);
  const items = children.items ?? [];
  const effective = flow.effectiveInput(flowing);
  const startAt = (state.ItemProcessor ?? state.Iterator)?.StartAt ?? "";
  const machine = [...branch.machine, branch.state];
  const isApart = isDistributed(state);
  while (children.next < items.length && children.liveCount < children.concurrency) {
    const index = children.next;
    const value = items[index] ?? null;
    const input = yield* flow.itemInput(flowing, effective, { index, value });
    children.next += 1;
    const lastEventId = isApart
      ? 0
      : noteItem(interpreter, branch, { type: "MapIterationStarted", index, previousEventId });
    openBranch(interpreter, {
      parent: branch,
      machine,
      index,
      startAt,
      input,
      lastEventId,
      isApart,
    });
  }
}

/** What the items that ended well have left, in their order: those that failed, run or wait for their turn have nothing. */
const resultsOf = ({ state }: Interpreter, branch: Branch): Json => {
  const { results, failed = [], live, next } = childrenOf(branch);
  const running = Object.keys(live).map((id) => state.branches[id]?.index);
  const without = new Set([...failed, ...running]);
  return without.size === 0 && next === results.length
    ? results
    : results.filter((_, index) => index < next && !without.has(index));
};

/** Lets the state go on with the results there are; items that still run are stopped. */
function* finish(state: MapState, flow: DataFlow, flowing: Flowing): Evaluating<Outcome> {
  const { interpreter, branch } = flowing;
  const results = resultsOf(interpreter, branch);
  abortChildren(interpreter, branch, branch.lastEventId);
  noteMapSucceeded(interpreter, branch, state);
  const left = yield* flow.leaveWith(flowing, results);
  return { kind: "exits", ...left, next: state.Next };
}

/** Takes the items and opens the first of them. */
export function* beginMap(state: MapState, flow: DataFlow, flowing: Flowing): Evaluating<Outcome> {
  const { interpreter, branch } = flowing;
  const input = flow.effectiveInput(flowing);
  refuseNotYet(state, flowing, input);
  const items = yield* itemsOf(state, flowing, input);
  const concurrency = yield* concurrencyOf(state, flowing, input);
  noteMapStarted(interpreter, branch, items.length);
  const tolerated = yield* toleratedOf(state, flowing, { input, size: items.length });
  noteRunStarted(interpreter, branch, state);
  branch.waiting = {
    kind: "children",
    items,
    results: items.map(() => null),
    next: 0,
    endedCount: 0,
    live: {},
    liveCount: 0,
    concurrency,
    ...(tolerated !== undefined && { tolerated }),
    ...(tolerated !== undefined && { failed: [] }),
  };
  if (items.length === 0) return yield* finish(state, flow, flowing);
  yield* openItems(state, flow, { ...flowing, previousEventId: branch.lastEventId });
  return waits;
}

/** The event that an item ended with; a distributed one ends in a history of its own. */
const noteEnd = (
  state: MapState,
  { interpreter, branch, child }: Flowing & { readonly child: Branch },
  type: "MapIterationSucceeded" | "MapIterationFailed",
): number =>
  isDistributed(state)
    ? 0
    : noteItem(interpreter, branch, {
        type,
        index: child.index,
        previousEventId: child.lastEventId,
      });

const tooManyFailed: Failure = {
  error: "States.ExceedToleratedFailureThreshold",
  cause: "The specified tolerated failure threshold was exceeded",
};

function* goOn(
  state: MapState,
  flow: DataFlow,
  ended: Flowing & {
    readonly child: Branch;
    readonly endEventId: number;
    readonly isBroken: boolean;
  },
): Evaluating<Outcome> {
  const children = childrenOf(ended.branch);
  const isLast = children.endedCount === children.results.length;
  if (isLast || ended.isBroken) {
    if (!isDistributed(state)) ended.branch.lastEventId = ended.endEventId;
    return yield* finish(state, flow, ended);
  }
  yield* openItems(state, flow, { ...ended, previousEventId: ended.child.lastEventId });
  return waits;
}

/** An item ended well; the last one to end, or one that breaks, lets the state go on. */
export function* endMapItem(
  state: MapState,
  flow: DataFlow,
  ended: Flowing & { readonly child: Branch; readonly output: Json },
): Evaluating<Outcome> {
  const { interpreter, branch, child } = ended;
  const children = closeChild(interpreter.state, branch, child);
  children.results[child.index] = ended.output;
  const endEventId = noteEnd(state, ended, "MapIterationSucceeded");
  return yield* goOn(state, flow, {
    ...ended,
    endEventId,
    isBroken: isBroken(interpreter, child),
  });
}

/** An item failed: the state goes on if it tolerates that, else the other items are stopped. */
export function* failMapItem(
  state: MapState,
  flow: DataFlow,
  failed: Flowing & { readonly child: Branch; readonly failure: Failure },
): Evaluating<Outcome> {
  const { interpreter, branch, child } = failed;
  const children = closeChild(interpreter.state, branch, child);
  const endEventId = noteEnd(state, failed, "MapIterationFailed");
  children.failed?.push(child.index);
  const isTolerated =
    children.tolerated !== undefined && (children.failed?.length ?? 0) <= children.tolerated;
  if (isTolerated) return yield* goOn(state, flow, { ...failed, endEventId, isBroken: false });
  const failure = children.tolerated === undefined ? failed.failure : tooManyFailed;
  noteMapFailed(interpreter, branch, { map: state, child, failure });
  abortChildren(interpreter, branch, child.lastEventId);
  return { kind: "fails", failure };
}
