import { isOwed } from "./commands.ts";
import type { LogRecord } from "./record.ts";
import type { ExecutionState } from "./state.ts";

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

/**
 * Notes the record's lease, and in each activity that `record` tells to run by which turn it may have been started: only a
 * record with a lease starts anything; and the commands that are owed. To be called after each
 * advance over the record's facts, live and on replay alike, since a later turn tells an interrupted
 * activity (it has a turn) from one that nobody has begun (it has none).
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
    if (command.kind !== "RunActivity") continue;
    const activity = state.activities[command.activity];
    if (activity === undefined || activity.attempt !== command.attempt) continue;
    if (record.leaseUntilMs === undefined) delete activity.turn;
    else activity.turn = record.turn;
  }
};
