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

/** Partition of the index `due`: what waits for its turn has ones of its own, for no other index lists it. */
export const duePartition = (shard: string, waitsForTurn: boolean): string =>
  waitsForTurn ? `turn#${shard}` : shard;

/** Partition of the index `started`. */
export const startedPartition = (status: ExecutionStatus, shard: string): string =>
  `${status}#${shard}`;

/** Place of an execution in its partition of the index `started`. */
export const startedPlace = ({ startedAtMs, executionId }: Head): string =>
  `${String(startedAtMs).padStart(instantDigits, "0")}#${executionId}`;

/**
 * The attributes to set and those to remove, so that the item shows this head and keeps its lease. An execution that
 * waits for its turn does so for a moment only, and most do once and then have ended: to list it by its start, too, would
 * be two writes of an index more.
 */
export const headAttributes = (
  head: Head,
  shards: number,
): { readonly set: Item; readonly remove: readonly string[] } => {
  const { executionId, epoch, seq, status, nextCheckAtMs, ...rest } = head;
  const shard = shardOf(executionId, shards);
  const waitsForTurn = status === "RUNNING" && head.waitingFor?.kind === "turn";
  const places: Item = {
    ...(nextCheckAtMs !== undefined && {
      dueShard: { S: duePartition(shard, waitsForTurn) },
      dueAtMs: { N: String(nextCheckAtMs) },
    }),
    ...(!waitsForTurn && { startedShard: { S: startedPartition(status, shard) } }),
  };
  return {
    set: {
      ...positionAttributes({ epoch, seq }),
      status: { S: status },
      body: { S: printStored(rest satisfies Rest) },
      startedAt: { S: startedPlace(head) },
      ...places,
    },
    remove: ["dueShard", "dueAtMs", "startedShard"].filter((name) => places[name] === undefined),
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
