import type { DatabaseSync } from "node:sqlite";
import type { ExecutionStatus } from "#core/execution/state.ts";
import type { HeadFilter, Heads } from "#ports/heads.ts";
import { type HeadRow, headOf, headSelection, leaseOf } from "./head-row.ts";
import { boundLimit } from "./sqlite.ts";
import { reading } from "./storage-error.ts";

const statuses: readonly ExecutionStatus[] = [
  "RUNNING",
  "SUCCEEDED",
  "FAILED",
  "TIMED_OUT",
  "ABORTED",
];

/** Heads of the embedded platform. Rows are numbered in the order of the starts, so a list needs no sort. */
export const embeddedHeads = (database: DatabaseSync): Heads => {
  const select = (condition: string) =>
    database.prepare(`SELECT ${headSelection} FROM executions WHERE ${condition}`);
  const one = select("execution_id = ? AND status IS NOT NULL");
  const all = select(`status IS NOT NULL AND id < ? ORDER BY id DESC ${boundLimit}`);
  const byStatus = select(`status = ? AND id < ? ORDER BY id DESC ${boundLimit}`);
  const byProcess = select(`process = ? AND status = ? AND id < ? ORDER BY id DESC ${boundLimit}`);
  const byWait = select(
    `status = ? AND waiting_for IS NOT NULL AND process = ifnull(?, process)
     AND json_extract(waiting_for, '$.kind') = ifnull(?, json_extract(waiting_for, '$.kind'))
     AND json_extract(waiting_for, '$.sinceMs') <= ? AND id < ? ORDER BY id DESC ${boundLimit}`,
  );
  const dueBy = select(`next_check_at <= ? ORDER BY next_check_at ${boundLimit}`);
  const earliestAfter = database.prepare(
    "SELECT min(next_check_at) AS at FROM executions WHERE next_check_at > ?",
  );

  /** At most `limit` rows below `before`, newest first. */
  const rowsOf = (filter: HeadFilter, before: number, limit: number): HeadRow[] => {
    const { process, status, waitingFor, waitingSinceMs } = filter;
    const ask = (): unknown[] => {
      if (process === undefined)
        return status === undefined ? all.all(before, limit) : byStatus.all(status, before, limit);
      // One index serves a process with and without a status: without, each status is asked.
      return (status === undefined ? statuses : [status]).flatMap((each) =>
        byProcess.all(process, each, before, limit),
      );
    };
    const askWaiting = (): unknown[] =>
      byWait.all(
        status ?? "RUNNING",
        process ?? null,
        waitingFor ?? null,
        waitingSinceMs ?? Number.MAX_SAFE_INTEGER,
        before,
        limit,
      );
    const isAny = waitingFor === undefined && waitingSinceMs === undefined;
    const rows = isAny ? ask() : askWaiting();
    return (rows as HeadRow[]).sort((a, b) => b.id - a.id).slice(0, limit);
  };

  return {
    get: reading((executionId: string) => {
      const row = one.get(executionId) as HeadRow | undefined;
      return row === undefined ? undefined : { head: headOf(row), lease: leaseOf(row) };
    }),
    list: reading((options: Parameters<Heads["list"]>[0]) => {
      const { limit, after, ...filter } = options;
      const before = after === undefined ? Number.MAX_SAFE_INTEGER : Number(after);
      const rows = rowsOf(filter, before, limit + 1);
      const page = rows.slice(0, limit);
      return {
        heads: page.map(headOf),
        next: rows.length > limit ? String(page.at(-1)?.id) : undefined,
      };
    }),
    due: reading((nowMs: number, limit: number) =>
      (dueBy.all(nowMs, limit) as unknown as HeadRow[]).map(headOf),
    ),
    nextDueAtMs: reading(
      (afterMs: number) => (earliestAfter.get(afterMs) as { at: number | null }).at ?? undefined,
    ),
  };
};
