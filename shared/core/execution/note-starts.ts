import { schedule } from "./branches/timers.ts";
import { type Command, isOwed } from "./commands.ts";
import type { LogRecord } from "./record.ts";
import { resourceKind } from "./resource-kind.ts";
import type { Activity, ExecutionState } from "./state.ts";

/** What {@link noteStarts} needs of a record. */
export type NotedRecord = Pick<
  LogRecord,
  "atMs" | "commands" | "turn" | "leaseUntilMs" | "seq" | "doneThrough" | "isOutside"
>;

/** Keeps the commands that nobody may have carried out yet. */
const noteOwed = (state: ExecutionState, { commands, seq, doneThrough }: NotedRecord): void => {
  const added = commands.filter(isOwed);
  if (state.owed === undefined && added.length === 0) return;
  const owed = (state.owed ?? []).filter((before) => before.seq > doneThrough);
  for (const command of added) owed.push({ seq, command });
  if (owed.length === 0) delete state.owed;
  else state.owed = owed;
};

const begins = ({ kind }: Command): boolean => kind === "RunActivity" || kind === "OfferActivity";

/** Nobody has begun the attempt, and its time stands still. */
const hold = (activity: Activity, drain: string): void => {
  const { timeoutAtMs, startedAtMs } = activity;
  const timeoutMs =
    timeoutAtMs === undefined ? activity.held?.timeoutMs : timeoutAtMs - startedAtMs;
  activity.held = { drain, ...(timeoutMs !== undefined && { timeoutMs }) };
  delete activity.turn;
  delete activity.timeoutAtMs;
  delete activity.heartbeatAtMs;
};

/** The attempt begins now, with all its time. */
const letGo = (state: ExecutionState, activity: Activity): void => {
  const { held, heartbeatMs, interrupted } = activity;
  delete activity.held;
  activity.startedAtMs = state.nowMs;
  if (held?.timeoutMs !== undefined) activity.timeoutAtMs = state.nowMs + held.timeoutMs;
  // A worker's heart beats from its claim on, and a probe has none.
  const beats = resourceKind(activity.resource) !== "worker" && interrupted === undefined;
  if (heartbeatMs !== undefined && beats) activity.heartbeatAtMs = state.nowMs + heartbeatMs;
  const branch = state.branches[activity.branch];
  if (branch !== undefined) schedule(state, branch);
};

const noteStart = (
  state: ExecutionState,
  { leaseUntilMs, turn }: NotedRecord,
  { command, activity }: { readonly command: Command; readonly activity: Activity },
): void => {
  if (command.kind === "HoldActivity") hold(activity, command.drain);
  if (activity.held !== undefined && begins(command)) letGo(state, activity);
  if (command.kind !== "RunActivity") return;
  if (leaseUntilMs === undefined) delete activity.turn;
  else activity.turn = turn;
};

/**
 * Notes the record's lease, and in each activity that `record` tells to run by which turn it may have been started: only a
 * record with a lease starts anything; and the commands that are owed. To be called after each
 * advance over the record's facts, live and on replay alike, since a later turn tells an interrupted
 * activity (it has a turn) from one that nobody has begun (it has none); and which attempts a drain holds.
 *
 * A record from outside starts nothing and leaves the lease as it is (I25).
 */
export const noteStarts = (state: ExecutionState, record: NotedRecord): void => {
  // A record without facts, of claims, has an instant too: the next one is not before it.
  state.nowMs = Math.max(state.nowMs, record.atMs);
  noteOwed(state, record);
  if (record.isOutside === true) return;
  if (record.leaseUntilMs === undefined) delete state.lease;
  else state.lease = { turn: record.turn, untilMs: record.leaseUntilMs };
  for (const command of record.commands) {
    if (!("activity" in command)) continue;
    const activity = state.activities[command.activity];
    if (activity?.attempt === command.attempt) noteStart(state, record, { command, activity });
  }
};
