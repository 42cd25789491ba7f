/** What a turn leaves when it has nothing more to decide: a head, and a condensed log (ADR 11). */
import { settleCondensed } from "#core/execution/branches/condense.ts";
import { condensedOf, isToBeCondensed, persistenceOf } from "#core/execution/persistence.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import type { Head } from "#ports/heads.ts";
import type { Enqueue, Write } from "#ports/journal.ts";
import type { EngineContext } from "./context.ts";
import { headOf } from "./head-of.ts";
import type { Loaded } from "./loading.ts";
import { newRecord } from "./new-record.ts";
import { busyLookAtMs, idleLookAtMs, timerItem } from "./next-look.ts";

/** Writes, and the seq that the log ends with after them. */
export interface Placed {
  readonly writes: readonly Write[];
  readonly seq: number;
}

/** Where a turn is with the end of a log. */
export interface TailPlace {
  readonly context: EngineContext;
  readonly loaded: Loaded;
  readonly turnId: string;
  /** Of the last durable record. */
  readonly seq: number;
  /** Of the newest snapshot. */
  readonly snapshotSeq: number;
  readonly itemId: string | undefined;
  /** Whether the next record is announced in the head before it is put. */
  readonly isAnnounced: boolean;
}

/** The head of an execution that its turn goes on with, or that still owes something (I26). */
export const busyHead = (context: EngineContext, loaded: Loaded, seq: number): Write => {
  const nextCheckAtMs = busyLookAtMs(context, loaded);
  const head = headOf(loaded.state, seq, nextCheckAtMs);
  const isOpen = head.status === "RUNNING";
  return { kind: "PutHead", head: isOpen ? head : { ...head, status: "RUNNING", nextCheckAtMs } };
};

/** What the record at `seq` stands for is removed, where there is anything. */
const dropDetails = ({ executionId }: ExecutionState, seq: number): readonly Write[] =>
  seq > 1 ? [{ kind: "DropDetails", executionId, epoch: 0, seq }] : [];

/** The last record of a condensed log, behind the one at `seq`. */
const condensing = (
  context: EngineContext,
  state: ExecutionState,
  { seq, turn }: { readonly seq: number; readonly turn: string },
): readonly Write[] => {
  const record = newRecord(context, {
    executionId: state.executionId,
    seq: seq + 1,
    turn,
    atMs: state.nowMs,
    facts: [condensedOf(state)],
    commands: [],
    doneThrough: seq,
    runs: false,
    secrets: [],
    isOutside: false,
  });
  settleCondensed(state);
  return [{ kind: "AppendRecord", record }, ...dropDetails(state, record.seq)];
};

/** Whether the log of an execution that ends now is to hold its start and its end only. */
export const keepsEndOnly = ({ program, state }: Loaded): boolean =>
  persistenceOf(program, state) === "none" && isToBeCondensed(program, state);

/** The head of an execution that nobody works on: where a work item is its timer the head is due later, as a net. */
const restingHead = (
  { settings: { timerItems } }: EngineContext,
  head: Head,
  timer: Enqueue | undefined,
): Head => {
  if (timer === undefined || timerItems === undefined || head.nextCheckAtMs !== timer.visibleAtMs)
    return head;
  return { ...head, nextCheckAtMs: timer.visibleAtMs + timerItems.graceMs };
};

/** A timer that is nearer than this is not left to an item that may be on its way, ms: that one may have come early. */
const soonMs = 5_000;

/** Whether heads are not rewritten for nothing: where a look costs less than a write. */
export const mayBeAtRest = ({ settings }: Pick<EngineContext, "settings">): boolean =>
  settings.timerItems !== undefined;

/**
 * Whether the head says what it would say if the turn ended now, and its timer is on its way: so a work item that
 * came twice, or came for nothing, costs no write, and begets no other.
 */
export const isAtRest = async ({ context, loaded, seq }: TailPlace): Promise<boolean> => {
  const { clock, platform, settings } = context;
  const { state } = loaded;
  const head = (await platform.heads.get(state.executionId))?.head;
  if (head?.seq !== seq || head.status !== state.status) return false;
  if (state.status !== "RUNNING") return true;
  const nowMs = clock.nowMs();
  const timer = timerItem(context, state);
  if (timer === undefined) return (head.nextCheckAtMs ?? 0) > nowMs + settings.headCheckMs;
  const isOnItsWay =
    head.nextCheckAtMs === restingHead(context, headOf(state, seq, Infinity), timer).nextCheckAtMs;
  return isOnItsWay && timer.visibleAtMs > nowMs + soonMs;
};

/** The head that an execution is left with behind the record at `seq`, and the end of its work item. */
export const settling = (
  { context, loaded, turnId: turn, itemId }: TailPlace,
  { seq, mayCondense }: { readonly seq: number; readonly mayCondense: boolean },
): Placed => {
  const { program, state } = loaded;
  const isToBe = mayCondense && isToBeCondensed(program, state);
  const writes: Write[] = [];
  if (isToBe) writes.push(...condensing(context, state, { seq, turn }));
  else if (state.isCondensed === true) writes.push(...dropDetails(state, seq));
  const last = isToBe ? seq + 1 : seq;
  const checkAtMs = idleLookAtMs(context, loaded);
  const timer = timerItem(context, state);
  const head = restingHead(context, headOf(state, last, checkAtMs), timer);
  writes.push({ kind: "PutHead", head });
  if (timer !== undefined) writes.push(timer);
  if (itemId !== undefined) writes.push({ kind: "RemoveItem", itemId });
  return { writes, seq: last };
};
