import type { DocumentStore } from "./document-store.ts";
import type { ExecutionLog } from "./execution-log.ts";
import type { Heads } from "./heads.ts";
import type { Journal } from "./journal.ts";
import type { WorkQueue } from "./work-queue.ts";

/** Everything durable that the engine and the modules beside it need, from one place. */
export interface Platform {
  readonly journal: Journal;
  readonly log: ExecutionLog;
  readonly heads: Heads;
  readonly queue: WorkQueue;
  readonly documents: DocumentStore;
  /** Calls `listener` when another server may have written something; a hint, never needed. The result ends it. */
  readonly onOthersWrote?: (listener: () => void) => () => void;
  /** The last while in which this server could write nothing: nobody may have been able to renew a lease in it. Absent: that is not known here. */
  readonly lastStall?: () => Stall | undefined;
}

/** A while in which nothing could be written, epoch ms. */
export interface Stall {
  readonly fromMs: number;
  readonly toMs: number;
}
