import type { ExecutionOutcome, ExecutionStatus } from "#core/execution/state.ts";
import type { Head, RenewedLease } from "#ports/heads.ts";

/** Columns of a head in the table `executions`, in the order in which {@link headValues} gives them. */
const columns = [
  "epoch",
  "seq",
  "process",
  "version",
  "name",
  "status",
  "started_at",
  "started_by",
  "stopped_at",
  "error",
  "outcome",
  "redriven",
  "waiting_for",
  "next_check_at",
] as const;

/** Assignments of an UPDATE that puts a head; the parameters are those of {@link headValues}. */
export const headAssignments = columns.map((column) => `${column} = ?`).join(", ");

/** Columns of an INSERT that makes the row of an execution with its head; the parameters are its id and {@link headValues}. */
export const headInsertion = `(execution_id, ${columns.join(", ")}) VALUES (?${", ?".repeat(columns.length)})`;

/** What a query must select so that {@link headOf} and {@link leaseOf} can read its rows. */
export const headSelection = `id, execution_id, ${columns.join(", ")}, lease_turn, lease_seq, lease_until`;

export interface HeadRow {
  readonly id: number;
  readonly execution_id: string;
  readonly epoch: number;
  readonly seq: number;
  readonly process: string;
  readonly version: number;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly started_at: number;
  readonly started_by: string;
  readonly stopped_at: number | null;
  readonly error: string | null;
  readonly outcome: ExecutionOutcome | null;
  readonly redriven: string | null;
  readonly waiting_for: string | null;
  readonly next_check_at: number | null;
  readonly lease_turn: string | null;
  readonly lease_seq: number | null;
  readonly lease_until: number | null;
}

/** The values of a head, for the parameters of {@link headAssignments}. */
export const headValues = (head: Head): (string | number | null)[] => [
  head.epoch,
  head.seq,
  head.process,
  head.version,
  head.name,
  head.status,
  head.startedAtMs,
  head.startedBy,
  head.stoppedAtMs ?? null,
  head.error ?? null,
  head.outcome ?? null,
  head.redriven === undefined ? null : JSON.stringify(head.redriven),
  head.waitingFor === undefined ? null : JSON.stringify(head.waitingFor),
  head.nextCheckAtMs ?? null,
];

export const headOf = (row: HeadRow): Head => ({
  executionId: row.execution_id,
  epoch: row.epoch,
  seq: row.seq,
  process: row.process,
  version: row.version,
  name: row.name,
  status: row.status,
  startedAtMs: row.started_at,
  startedBy: row.started_by,
  ...(row.stopped_at === null ? {} : { stoppedAtMs: row.stopped_at }),
  ...(row.error === null ? {} : { error: row.error }),
  ...(row.outcome === null ? {} : { outcome: row.outcome }),
  ...(row.redriven === null ? {} : { redriven: JSON.parse(row.redriven) }),
  ...(row.waiting_for === null ? {} : { waitingFor: JSON.parse(row.waiting_for) }),
  ...(row.next_check_at === null ? {} : { nextCheckAtMs: row.next_check_at }),
});

export const leaseOf = (row: HeadRow): RenewedLease | undefined =>
  row.lease_turn === null || row.lease_seq === null || row.lease_until === null
    ? undefined
    : { turn: row.lease_turn, seq: row.lease_seq, untilMs: row.lease_until };
