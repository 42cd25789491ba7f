import type { ExecutionLog } from "#ports/execution-log.ts";
import { comparePositions, copy, type MemoryStore } from "./memory-store.ts";

/** Read side of the log on the memory platform. */
export const memoryLog = (store: MemoryStore): ExecutionLog => ({
  load: async (executionId) => {
    const { snapshot, records = [] } = store.executions.get(executionId) ?? {};
    const tail = records.filter(
      (record) => snapshot === undefined || comparePositions(record, snapshot) > 0,
    );
    return { snapshot: copy(snapshot), records: copy(tail) };
  },
  last: async (executionId) => {
    const last = store.executions.get(executionId)?.records.at(-1);
    return last && { epoch: last.epoch, seq: last.seq };
  },
  read: async (executionId, { fromSeq, limit }) => {
    const records = store.executions.get(executionId)?.records ?? [];
    return copy(records.filter(({ seq }) => seq >= fromSeq).slice(0, limit));
  },
});
