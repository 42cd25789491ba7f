import type { Clock } from "#ports/clock.ts";
import type { Write } from "#ports/journal.ts";
import type { Platform } from "#ports/platform.ts";
import { memoryDocuments } from "./memory-documents.ts";
import { memoryHeads } from "./memory-heads.ts";
import { memoryJournal } from "./memory-journal.ts";
import { memoryLog } from "./memory-log.ts";
import { memoryQueue } from "./memory-queue.ts";
import type { MemoryStore } from "./memory-store.ts";

/**
 * The platform that the others are compared with: everything in maps, nothing clever. What it holds
 * lives as long as the object, so that a test can crash an engine and start another one on it.
 */
export const memoryPlatform = (options: {
  readonly clock: Clock;
  /** Called before each single write of a batch; may throw to simulate a crash or a failing write. */
  readonly beforeWrite?: (write: Write) => void | Promise<void>;
}): Platform => {
  const store: MemoryStore = { executions: new Map(), items: new Map(), documents: new Map() };
  const { queue, changed } = memoryQueue(store, options.clock);
  return {
    journal: memoryJournal({ store, beforeWrite: options.beforeWrite, changed }),
    log: memoryLog(store),
    heads: memoryHeads(store),
    queue,
    documents: memoryDocuments(store),
  };
};
