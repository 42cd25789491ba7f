/**
 * Events of the history as the interpreter derives them. Ids are counted always, so that every
 * replay agrees on them; what an event says is put together only if somebody listens.
 */
import type { Json } from "../../json.ts";
import type { Interpreter } from "../interpreter.ts";
import type { Branch } from "../state.ts";

/** The fields of an event; those that are undefined are left out. */
export type Details = { readonly [field: string]: Json | undefined };

const withoutUndefined = (details: Details): { [field: string]: Json } => {
  const kept: { [field: string]: Json } = {};
  for (const [field, value] of Object.entries(details))
    if (value !== undefined) kept[field] = value;
  return kept;
};

/**
 * Counts an event of a branch that follows `previousEventId` and leaves the branch's thread of
 * events as it is; answers its id. Items of a distributed map are no part of this history.
 */
export const noteAside = (
  interpreter: Interpreter,
  branch: Branch,
  event: {
    readonly type: string;
    readonly previousEventId: number;
    readonly details?: () => Details;
  },
): number => {
  const { state, sink } = interpreter;
  if (branch.isApart === true) return branch.lastEventId;
  state.eventCount += 1;
  sink?.({
    id: state.eventCount,
    previousEventId: event.previousEventId,
    type: event.type,
    timestampMs: state.nowMs,
    details: event.details === undefined ? {} : withoutUndefined(event.details()),
  });
  return state.eventCount;
};

/** Counts an event of a branch that follows the branch's last one. */
export const note = (
  interpreter: Interpreter,
  branch: Branch,
  event: { readonly type: string; readonly details?: () => Details },
): void => {
  const { state, sink } = interpreter;
  if (branch.isApart === true) return;
  const id = state.eventCount + 1;
  state.eventCount = id;
  sink?.({
    id,
    previousEventId: branch.lastEventId,
    type: event.type,
    timestampMs: state.nowMs,
    details: event.details === undefined ? {} : withoutUndefined(event.details()),
  });
  branch.lastEventId = id;
};
