/** A hint that an execution wants a turn. Everything it says can be rebuilt from log and head. */
export interface WorkItem {
  readonly itemId: string;
  readonly executionId: string;
  /** How often it was received, this time included. */
  readonly receiveCount: number;
}

/**
 * Receiving side of the work queue; items are enqueued, extended and removed through `Journal`.
 *
 * Delivery is at least once and in no order; an item may be delivered twice and, on AWS, to two
 * servers at the same time. A received item is invisible until `visibilityMs` later, then it is
 * delivered again unless it was removed. Visibility is not ownership.
 */
export interface WorkQueue {
  readonly receive: (options: {
    readonly max: number;
    readonly visibilityMs: number;
  }) => Promise<readonly WorkItem[]>;
  /** Calls `wake` when an item may have become visible; a hint, never needed. The result ends it. */
  readonly onVisible: (wake: () => void) => () => void;
}
