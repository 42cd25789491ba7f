/**
 * A Map state that says While: iterations one after the other, each going on from what the one before
 * left behind (ADR 7). One iteration is kept, so a long loop needs no more memory than a short one.
 */
import type { ChoiceRule, MapState } from "../../asl/definition.ts";
import { matchesRule } from "../../expressions/choice.ts";
import type { Evaluating } from "../../expressions/evaluation.ts";
import type { Json } from "../../json.ts";
import { childrenOf, closeChild, openBranch } from "../branches/lives.ts";
import { languageOf } from "../branches/machine.ts";
import type { DataFlow, Flowing } from "../flow/data-flow.ts";
import { scopeOf } from "../flow/scope.ts";
import { type Outcome, ready, waits } from "../interpreter.ts";
import type { Branch } from "../state.ts";
import { isBroken } from "./break.ts";
import { noteItem, noteMapStarted, noteMapSucceeded } from "./map-events.ts";

/** A Map state that is a loop. */
export type Loop = MapState & {
  readonly Orchestration: { readonly While: Omit<ChoiceRule, "Next"> };
};

/** Whether a Map state goes on as long as a condition holds. */
export const isLoop = (state: MapState): state is Loop => state.Orchestration?.While !== undefined;

function* finish(
  state: Loop,
  flow: DataFlow,
  flowing: Flowing & { readonly value: Json },
): Evaluating<Outcome> {
  const { interpreter, branch, value } = flowing;
  branch.waiting = ready;
  noteMapSucceeded(interpreter, branch, state);
  const left = yield* flow.leaveWith(flowing, value);
  return { kind: "exits", ...left, next: state.Next };
}

/** What an iteration goes on from, and the events that it and the end of the loop follow. */
interface Iterating extends Flowing {
  readonly value: Json;
  readonly previousEventId: number;
  readonly endEventId: number;
}

/** Opens the next iteration if the condition holds for what it would begin with, else ends the loop. */
function* iterate(state: Loop, flow: DataFlow, iterating: Iterating): Evaluating<Outcome> {
  const { interpreter, branch, value, previousEventId } = iterating;
  const children = childrenOf(branch);
  const item = { index: children.next, value };
  const input = yield* flow.itemInput(iterating, flow.effectiveInput(iterating), item);
  const goesOn = yield* matchesRule(
    state.Orchestration.While as ChoiceRule,
    scopeOf(interpreter, branch, { input, item }),
    { language: languageOf(interpreter.program, state), location: "Orchestration/While" },
  );
  if (!goesOn) {
    branch.lastEventId = iterating.endEventId;
    return yield* finish(state, flow, iterating);
  }
  children.next += 1;
  children.carried = value;
  const { index } = item;
  openBranch(interpreter, {
    parent: branch,
    machine: [...branch.machine, branch.state],
    index,
    startAt: (state.ItemProcessor ?? state.Iterator)?.StartAt ?? "",
    input,
    lastEventId: noteItem(interpreter, branch, {
      type: "MapIterationStarted",
      index,
      previousEventId,
    }),
  });
  return waits;
}

/** Begins with the state's effective input. */
export function* beginLoop(state: Loop, flow: DataFlow, flowing: Flowing): Evaluating<Outcome> {
  const { interpreter, branch } = flowing;
  const value = flow.effectiveInput(flowing);
  noteMapStarted(interpreter, branch, undefined);
  branch.waiting = {
    kind: "children",
    results: [],
    carried: value,
    next: 0,
    endedCount: 0,
    live: {},
    liveCount: 0,
    concurrency: 1,
  };
  const { lastEventId } = branch;
  const events = { previousEventId: lastEventId, endEventId: lastEventId };
  return yield* iterate(state, flow, { ...flowing, ...events, value });
}

/** An iteration ended well: the next one, or the end of the loop. */
export function* endIteration(
  state: Loop,
  flow: DataFlow,
  ended: Flowing & { readonly child: Branch; readonly output: Json },
): Evaluating<Outcome> {
  const { interpreter, branch, child, output: value } = ended;
  closeChild(interpreter.state, branch, child);
  const { index, lastEventId: previousEventId } = child;
  const endEventId = noteItem(interpreter, branch, {
    type: "MapIterationSucceeded",
    index,
    previousEventId,
  });
  if (!isBroken(interpreter, child))
    return yield* iterate(state, flow, { ...ended, value, previousEventId, endEventId });
  branch.lastEventId = endEventId;
  return yield* finish(state, flow, { ...ended, value });
}
