import { unreachable } from "#core/errors.ts";
import type {
  AppendRecord,
  DropDetails,
  Enqueue,
  Journal,
  PutHead,
  PutSnapshot,
  RaiseHead,
  RenewLeases,
  Write,
  WriteOutcome,
} from "#ports/journal.ts";
import { comparePositions, copy, executionOf, type MemoryStore } from "./memory-store.ts";

const written: WriteOutcome = { kind: "written" };

const append = (store: MemoryStore, write: AppendRecord, index: number): WriteOutcome => {
  const record = copy(write.record);
  const execution = executionOf(store, record.executionId);
  const { records } = execution;
  const before = records.findLastIndex(({ epoch }) => epoch <= record.epoch);
  const last = records[before];
  if (last?.epoch !== record.epoch || last.seq < record.seq) {
    records.splice(before + 1, 0, record);
    return written;
  }
  const found = records.find((other) => comparePositions(other, record) === 0) ?? last;
  return found.commitId === record.commitId
    ? written
    : { kind: "occupied", index, found: copy(found) };
};

const putHead = (store: MemoryStore, write: PutHead, index: number): WriteOutcome => {
  const head = copy(write.head);
  const execution = executionOf(store, head.executionId);
  if (execution.head !== undefined && comparePositions(execution.head, head) > 0)
    return { kind: "headAhead", index, found: copy(execution.head) };
  execution.head = head;
  return written;
};

const raiseHead = (store: MemoryStore, write: RaiseHead): void => {
  const { executionId, epoch, seq, nextCheckAtMs } = write;
  const execution = store.executions.get(executionId);
  const head = execution?.head;
  if (execution === undefined || head?.status !== "RUNNING" || comparePositions(head, write) > 0)
    return;
  const checkAtMs = Math.min(head.nextCheckAtMs ?? nextCheckAtMs, nextCheckAtMs);
  execution.head = { ...head, epoch, seq, nextCheckAtMs: checkAtMs };
};

const putSnapshot = (store: MemoryStore, write: PutSnapshot): void => {
  const execution = executionOf(store, write.snapshot.executionId);
  if (execution.snapshot === undefined || comparePositions(execution.snapshot, write.snapshot) <= 0)
    execution.snapshot = copy(write.snapshot);
};

const dropDetails = (store: MemoryStore, write: DropDetails): void => {
  const execution = store.executions.get(write.executionId);
  if (execution === undefined) return;
  const kept = execution.records.filter(
    (record) => record.seq === 0 || comparePositions(record, write) >= 0,
  );
  execution.records.splice(0, execution.records.length, ...kept);
  execution.snapshot = undefined;
};

const renewLeases = (store: MemoryStore, write: RenewLeases): WriteOutcome => {
  const outdated: string[] = [];
  for (const { executionId, turn, seq } of write.leases) {
    const execution = store.executions.get(executionId);
    const isOver = execution?.head?.status !== "RUNNING" || (execution.lease?.seq ?? -1) > seq;
    if (isOver || (execution.head?.seq ?? -1) > seq) outdated.push(executionId);
    if (!isOver) execution.lease = { turn, seq, untilMs: write.untilMs };
  }
  return outdated.length === 0 ? written : { kind: "written", outdated };
};

const enqueue = (store: MemoryStore, write: Enqueue): void => {
  const { itemId, executionId, visibleAtMs } = write;
  if (!store.items.has(itemId))
    store.items.set(itemId, { executionId, visibleAtMs, receiveCount: 0 });
};

const apply = (store: MemoryStore, write: Write, index: number): WriteOutcome => {
  switch (write.kind) {
    case "AppendRecord":
      return append(store, write, index);
    case "PutHead":
      return putHead(store, write, index);
    case "RaiseHead":
      raiseHead(store, write);
      return written;
    case "PutSnapshot":
      putSnapshot(store, write);
      return written;
    case "DropDetails":
      dropDetails(store, write);
      return written;
    case "RenewLeases":
      return renewLeases(store, write);
    case "Enqueue":
      enqueue(store, write);
      return written;
    case "ExtendItems":
      for (const itemId of write.itemIds) {
        const item = store.items.get(itemId);
        if (item !== undefined) item.visibleAtMs = write.visibleAtMs;
      }
      return written;
    case "RemoveItem":
      store.items.delete(write.itemId);
      return written;
    default:
      return unreachable(write);
  }
};

/**
 * The journal of the memory platform. `beforeWrite` is called before each single write and may throw
 * or reject: then the writes before it stay and the call rejects with the same error, as after a crash.
 * `changed` is called after each batch, whatever became of it.
 */
export const memoryJournal = (options: {
  store: MemoryStore;
  beforeWrite: ((write: Write) => void | Promise<void>) | undefined;
  changed: () => void;
}): Journal => ({
  write: async (writes) => {
    // Callers may change what they passed while a slow write is under way.
    const batch = copy(writes);
    const outdated: string[] = [];
    try {
      for (const [index, write] of batch.entries()) {
        if (options.beforeWrite !== undefined) await options.beforeWrite(write);
        const outcome = apply(options.store, write, index);
        if (outcome.kind !== "written") return outcome;
        outdated.push(...(outcome.outdated ?? []));
      }
      return outdated.length === 0 ? written : { kind: "written", outdated };
    } finally {
      options.changed();
    }
  },
});
