import type { DatabaseSync } from "node:sqlite";
import { unreachable } from "#core/errors.ts";
import type { LogRecord } from "#core/execution/record.ts";
import { parseStored, printStored } from "#core/json.ts";
import type { Head } from "#ports/heads.ts";
import type { DropDetails, Journal, Write, WriteOutcome } from "#ports/journal.ts";
import type { ExecutionRows } from "./execution-rows.ts";
import type { GroupCommit } from "./group-commit.ts";
import { type HeadRow, headAssignments, headOf, headSelection, headValues } from "./head-row.ts";

/** Carries out a write that was prepared, inside the transaction of its group. */
type PreparedWrite = (index: number) => WriteOutcome;

const written: WriteOutcome = { kind: "written" };

const statementsOf = (database: DatabaseSync) => ({
  append: database.prepare(
    `INSERT INTO records (execution, epoch, seq, body) SELECT ?, ?, ?, ?
     WHERE NOT EXISTS (SELECT 1 FROM records WHERE execution = ? AND epoch = ? AND seq >= ?)`,
  ),
  begin: database.prepare("INSERT INTO records (execution, epoch, seq, body) VALUES (?, ?, ?, ?)"),
  recordFrom: database.prepare(
    `SELECT body FROM records WHERE execution = ? AND epoch = ? AND seq >= ?
     ORDER BY seq = ? DESC, seq DESC LIMIT 1`,
  ),
  putHead: database.prepare(
    `UPDATE executions SET ${headAssignments}
     WHERE id = ? AND (epoch IS NULL OR epoch < ? OR (epoch = ? AND seq <= ?))`,
  ),
  raiseHead: database.prepare(
    `UPDATE executions SET epoch = ?, seq = ?, next_check_at = min(coalesce(next_check_at, ?), ?)
     WHERE execution_id = ? AND status = 'RUNNING' AND (epoch < ? OR (epoch = ? AND seq <= ?))`,
  ),
  headAt: database.prepare(`SELECT ${headSelection} FROM executions WHERE id = ?`),
  putSnapshot: database.prepare(
    `INSERT INTO snapshots (execution, epoch, seq, state) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, state = excluded.state
     WHERE (excluded.epoch, excluded.seq) >= (epoch, seq)`,
  ),
  dropRecords: database.prepare(
    "DELETE FROM records WHERE execution = ? AND seq > 0 AND (epoch, seq) < (?, ?)",
  ),
  dropSnapshot: database.prepare("DELETE FROM snapshots WHERE execution = ?"),
  renewLeases: database.prepare(
    `UPDATE executions SET lease_turn = lease.value ->> 'turn', lease_seq = lease.value ->> 'seq', lease_until = ?
     FROM json_each(?) AS lease
     WHERE execution_id = lease.value ->> 'executionId' AND status = 'RUNNING'
       AND (lease_seq IS NULL OR lease_seq <= lease.value ->> 'seq')`,
  ),
  outdated: database.prepare(
    `SELECT lease.value ->> 'executionId' AS id
     FROM json_each(?) AS lease LEFT JOIN executions ON execution_id = lease.value ->> 'executionId'
     WHERE status IS NOT 'RUNNING' OR max(seq, coalesce(lease_seq, -1)) > lease.value ->> 'seq'`,
  ),
  enqueue: database.prepare(
    "INSERT INTO work_items (item_id, execution_id, visible_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
  ),
  extendItems: database.prepare(
    "UPDATE work_items SET visible_at = ? WHERE item_id IN (SELECT value FROM json_each(?))",
  ),
  removeItem: database.prepare("DELETE FROM work_items WHERE item_id = ?"),
});

type Statements = ReturnType<typeof statementsOf>;

/** What the batches of a preparer share: its statements, and where rows are found. */
interface Tables {
  readonly statements: Statements;
  readonly rows: ExecutionRows;
}

/** A first record and the head right behind it: the row is made together with its head, where it is not there yet. */
interface Beginning {
  readonly values: ReturnType<typeof headValues>;
  isMade: boolean;
}

const beginningOf = (writes: readonly Write[]): Beginning | undefined => {
  const [first, second] = writes;
  if (first?.kind !== "AppendRecord" || first.record.seq !== 0 || second?.kind !== "PutHead")
    return undefined;
  if (second.head.executionId !== first.record.executionId) return undefined;
  return { values: headValues(second.head), isMade: false };
};

const append = (
  { statements, rows }: Tables,
  record: LogRecord,
  beginning: Beginning | undefined,
): PreparedWrite => {
  const { executionId, epoch, seq, commitId } = record;
  const body = printStored(record);
  /** Of an execution that has no row there is no record: nothing need be looked for. */
  const begin = (values: Beginning["values"]): boolean => {
    const row = rows.makeWith(executionId, values);
    if (row === undefined) return false;
    statements.begin.run(row, epoch, seq, body);
    rows.ends.change(row, () => ({ epoch, seq }));
    return true;
  };
  return (index) => {
    if (beginning !== undefined) beginning.isMade = begin(beginning.values);
    if (beginning?.isMade === true) return written;
    const row = rows.findOrMake(executionId);
    if (statements.append.run(row, epoch, seq, body, row, epoch, seq).changes === 1) {
      // A record of an earlier epoch is not the last one.
      rows.ends.change(row, (end) => (end && end.epoch <= epoch ? { epoch, seq } : undefined));
      return written;
    }
    const stored = statements.recordFrom.get(row, epoch, seq, seq) as { body: string };
    const found = parseStored<LogRecord>(stored.body);
    return found.commitId === commitId ? written : { kind: "occupied", index, found };
  };
};

const putHead = (
  { statements, rows }: Tables,
  head: Head,
  beginning: Beginning | undefined,
): PreparedWrite => {
  const { executionId, epoch, seq } = head;
  const values = beginning?.values ?? headValues(head);
  return (index) => {
    if (beginning?.isMade === true) return written;
    const row = rows.findOrMake(executionId);
    if (statements.putHead.run(...values, row, epoch, epoch, seq).changes === 1) return written;
    const found = headOf(statements.headAt.get(row) as unknown as HeadRow);
    return { kind: "headAhead", index, found };
  };
};

const dropDetails = (
  { statements, rows }: Tables,
  { executionId, epoch, seq }: DropDetails,
): PreparedWrite => {
  return () => {
    const row = rows.find(executionId);
    if (row === undefined) return written;
    statements.dropRecords.run(row, epoch, seq);
    rows.ends.change(row, () => undefined);
    statements.dropSnapshot.run(row);
    return written;
  };
};

/** Turns writes into what the transaction does; values are read now, as callers may change them later. */
const preparer = (tables: Tables) => {
  const { statements, rows } = tables;

  return (write: Write, beginning: Beginning | undefined): PreparedWrite => {
    switch (write.kind) {
      case "AppendRecord":
        return append(tables, write.record, beginning);
      case "PutHead":
        return putHead(tables, write.head, beginning);
      case "RaiseHead": {
        const { executionId, epoch, seq, nextCheckAtMs: atMs } = write;
        return () => {
          statements.raiseHead.run(epoch, seq, atMs, atMs, executionId, epoch, epoch, seq);
          return written;
        };
      }
      case "PutSnapshot": {
        const { executionId, epoch, seq } = write.snapshot;
        const state = printStored(write.snapshot.state);
        return () => {
          statements.putSnapshot.run(rows.findOrMake(executionId), epoch, seq, state);
          return written;
        };
      }
      case "DropDetails":
        return dropDetails(tables, write);
      case "RenewLeases": {
        const { untilMs } = write;
        const leases = JSON.stringify(write.leases);
        return () => {
          statements.renewLeases.run(untilMs, leases);
          return writtenWith(statements.outdated.all(leases).map(({ id }) => String(id)));
        };
      }
      case "Enqueue": {
        const { itemId, executionId, visibleAtMs } = write;
        return () => {
          statements.enqueue.run(itemId, executionId, visibleAtMs);
          return written;
        };
      }
      case "ExtendItems": {
        const { visibleAtMs } = write;
        const itemIds = JSON.stringify(write.itemIds);
        return () => {
          statements.extendItems.run(visibleAtMs, itemIds);
          return written;
        };
      }
      case "RemoveItem": {
        const { itemId } = write;
        return () => {
          statements.removeItem.run(itemId);
          return written;
        };
      }
      default:
        return unreachable(write);
    }
  };
};

/** The earliest instant at which a batch makes an item visible. */
const visibleAtMsOf = (writes: readonly Write[]): number | undefined => {
  let earliest: number | undefined;
  for (const write of writes) {
    if (write.kind !== "Enqueue" && write.kind !== "ExtendItems") continue;
    if (earliest === undefined || write.visibleAtMs < earliest) earliest = write.visibleAtMs;
  }
  return earliest;
};

const writtenWith = (outdated: readonly string[]): WriteOutcome =>
  outdated.length === 0 ? written : { kind: "written", outdated };

/** Carries out the writes of a batch until one is refused. */
const carryOutAll = (prepared: readonly PreparedWrite[]): WriteOutcome => {
  const outdated: string[] = [];
  for (const [index, carryOut] of prepared.entries()) {
    const result = carryOut(index);
    if (result.kind !== "written") return result;
    if (result.outdated !== undefined) outdated.push(...result.outdated);
  }
  return writtenWith(outdated);
};

/** The journal of the embedded platform; `becomesVisible` is told when an item will be visible. */
export const embeddedJournal = (options: {
  database: DatabaseSync;
  commits: GroupCommit;
  rows: ExecutionRows;
  becomesVisible: (atMs: number) => void;
}): Journal => {
  const { database, rows } = options;
  const prepare = preparer({ statements: statementsOf(database), rows });

  return {
    write: async (writes) => {
      const beginning = beginningOf(writes);
      // It is about the first two writes.
      const prepared = writes.map((write, index) =>
        prepare(write, index < 2 ? beginning : undefined),
      );
      const visibleAtMs = visibleAtMsOf(writes);
      const outcome = await options.commits.run(() => carryOutAll(prepared), prepared.length);
      if (visibleAtMs !== undefined) options.becomesVisible(visibleAtMs);
      return outcome;
    },
  };
};
