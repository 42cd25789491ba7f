import type { Json } from "../../json.ts";
import type { Batch } from "../../map-run/batches.ts";
import type { SourceCursor } from "./source.ts";

/** How far a map run has come; plain data, and its size does not depend on how many items there are. */
export interface MapRunWork {
  /** Where the next page of items begins; absent: every item was read. */
  cursor?: SourceCursor;
  /** Items of the last page; absent: those of the plan. */
  page?: readonly Json[];
  /** Pages asked for so far. */
  pageCount: number;
  /** The next page is on its way. */
  isReading?: true;
  /** How many items of the page are in children or in the batch. */
  taken: number;
  /** Items read so far. */
  itemCount: number;
  /** Items that belong to children that were started. */
  startedItemCount: number;
  /** Children started so far; the next one's index. */
  childCount: number;
  runningCount: number;
  succeededCount: number;
  failedCount: number;
  timedOutCount: number;
  abortedCount: number;
  /** Items of the children that did not succeed. */
  failedItemCount: number;
  /** Items of the children that succeeded. */
  succeededItemCount: number;
  resultsWritten: number;
  /** Items that are being put together, and one that has to go into the next batch. */
  batch?: Batch;
  held?: readonly [Json];
  /** How many items each running child has, where that is not one. */
  sizes?: Record<string, number>;
}
