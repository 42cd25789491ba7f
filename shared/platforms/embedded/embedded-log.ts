import type { DatabaseSync } from "node:sqlite";
import type { LogRecord, Position } from "#core/execution/record.ts";
import { parseStored } from "#core/json.ts";
import type { ExecutionLog, Snapshot } from "#ports/execution-log.ts";
import type { ExecutionRows } from "./execution-rows.ts";
import { boundLimit } from "./sqlite.ts";
import { reading } from "./storage-error.ts";

interface SnapshotRow {
  readonly epoch: number;
  readonly seq: number;
  readonly state: string;
}

const recordsOf = (rows: readonly unknown[]): LogRecord[] =>
  (rows as readonly { body: string }[]).map(({ body }) => parseStored(body));

/** Read side of the log on the embedded platform. */
export const embeddedLog = (database: DatabaseSync, rows: ExecutionRows): ExecutionLog => {
  const newestSnapshot = database.prepare(
    "SELECT epoch, seq, state FROM snapshots WHERE execution = ?",
  );
  const recordsAfter = database.prepare(
    `SELECT body FROM records WHERE execution = ? AND (epoch, seq) > (?, ?) ORDER BY epoch, seq`,
  );
  const lastPosition = database.prepare(
    "SELECT epoch, seq FROM records WHERE execution = ? ORDER BY epoch DESC, seq DESC LIMIT 1",
  );
  const recordsFrom = database.prepare(
    `SELECT body FROM records WHERE execution = ? AND seq >= ? ORDER BY epoch, seq ${boundLimit}`,
  );

  return {
    load: reading((executionId: string) => {
      const row = rows.find(executionId);
      if (row === undefined) return { snapshot: undefined, records: [] };
      const kept = newestSnapshot.get(row) as SnapshotRow | undefined;
      const snapshot: Snapshot | undefined =
        kept === undefined
          ? undefined
          : { executionId, epoch: kept.epoch, seq: kept.seq, state: parseStored(kept.state) };
      // Before the start record, at 0#0, there is nothing.
      const records = recordsOf(recordsAfter.all(row, kept?.epoch ?? 0, kept?.seq ?? -1));
      return { snapshot, records };
    }),
    last: reading((executionId: string) => {
      const row = rows.find(executionId);
      if (row === undefined) return undefined;
      return rows.ends.get(row, () => lastPosition.get(row) as Position | undefined);
    }),
    read: reading((executionId: string, options: { fromSeq: number; limit: number }) => {
      const row = rows.find(executionId);
      return row === undefined
        ? []
        : recordsOf(recordsFrom.all(row, options.fromSeq, options.limit));
    }),
  };
};
