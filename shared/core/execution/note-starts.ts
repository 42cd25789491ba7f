import type { LogRecord } from "./record.ts";
import type { ExecutionState } from "./state.ts";

/**
 * Notes the record's lease, and in each activity that `record` tells to run by which turn it may have been started: only a
 * record with a lease starts anything. To be called after each advance over the record's facts,
 * live and on replay alike, since a later turn tells an interrupted activity (it has a turn) from
 * one that nobody has begun (it has none).
 */
export const noteStarts = (
  state: ExecutionState,
  record: Pick<LogRecord, "commands" | "turn" | "leaseUntilMs">,
): void => {
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
