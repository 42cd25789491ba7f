/** How heads and leases are items of the executions table, and where they stand in its indexes. */
import { crc32 } from "node:zlib";
import type { ExecutionStatus } from "#core/execution/state.ts";
import { parseStored, printStored } from "#core/json.ts";
import type { Head, RenewedLease } from "#ports/heads.ts";
import type { Item } from "./dynamo-table.ts";
import { positionAttributes, storedPosition } from "./log-items.ts";

/** What writes to a head decide by has attributes of its own; the rest is one text, which keeps every character. */
type Rest = Omit<Head, "executionId" | "epoch" | "seq" | "status" | "nextCheckAtMs">;

const instantDigits = 15;

const shardOf = (executionId: string, shards: number): string =>
  String(crc32(executionId) % shards);

export const shardNames = (shards: number): readonly string[] =>
  Array.from({ length: shards }, (_, shard) => String(shard));

/** Partition of the index `started`. */
export const startedPartition = (status: ExecutionStatus, shard: string): string =>
  `${status}#${shard}`;

/** Place of an execution in its partition of the index `started`. */
export const startedPlace = ({ startedAtMs, executionId }: Head): string =>
  `${String(startedAtMs).padStart(instantDigits, "0")}#${executionId}`;

/** The attributes to set and those to remove, so that the item shows this head and keeps its lease. */
export const headAttributes = (
  head: Head,
  shards: number,
): { readonly set: Item; readonly remove: readonly string[] } => {
  const { executionId, epoch, seq, status, nextCheckAtMs, ...rest } = head;
  const shard = shardOf(executionId, shards);
  const due =
    nextCheckAtMs === undefined
      ? undefined
      : { dueShard: { S: shard }, dueAtMs: { N: String(nextCheckAtMs) } };
  return {
    set: {
      ...positionAttributes({ epoch, seq }),
      status: { S: status },
      body: { S: printStored(rest satisfies Rest) },
      startedShard: { S: startedPartition(status, shard) },
      startedAt: { S: startedPlace(head) },
      ...due,
    },
    remove: due === undefined ? ["dueShard", "dueAtMs"] : [],
  };
};

export const headOf = (item: Item): Head => {
  const rest = parseStored<Rest>(item["body"]?.S ?? "");
  const dueAtMs = item["dueAtMs"]?.N;
  return {
    executionId: item["execution"]?.S ?? "",
    ...storedPosition(item),
    status: item["status"]?.S as ExecutionStatus,
    ...rest,
    ...(dueAtMs === undefined ? {} : { nextCheckAtMs: Number(dueAtMs) }),
  };
};

export const leaseAttributes = ({ turn, seq, untilMs }: RenewedLease): Item => ({
  leaseTurn: { S: turn },
  leaseSeq: { N: String(seq) },
  leaseUntilMs: { N: String(untilMs) },
});

export const leaseOf = ({ leaseTurn, leaseSeq, leaseUntilMs }: Item): RenewedLease | undefined =>
  leaseTurn?.S === undefined
    ? undefined
    : { turn: leaseTurn.S, seq: Number(leaseSeq?.N), untilMs: Number(leaseUntilMs?.N) };
