import type { Json } from "#core/json.ts";
import type { SystemEvent, SystemEventKind, SystemEventSeverity } from "#ports/system-event.ts";

/** A system event as it was written down. */
export interface KeptSystemEvent {
  /** Sorts by time. */
  readonly eventId: string;
  readonly atMs: number;
  readonly severity: SystemEventSeverity;
  readonly kind: SystemEventKind;
  readonly message: string;
  /** The server that says so. */
  readonly server: string;
  readonly executionId?: string;
  /** What the error behind it says. */
  readonly cause?: string;
  readonly details?: Json;
}

export interface SystemEventFilter {
  readonly kind?: string | undefined;
  readonly severity?: SystemEventSeverity | undefined;
  readonly executionId?: string | undefined;
  readonly sinceMs?: number | undefined;
}

/** The system events of an environment, whichever server they are from. */
export interface SystemEvents {
  /**
   * Writes an event down soon. Returns at once and never throws: while the storage does not take it,
   * it is kept in memory, up to a limit beyond which the newest are counted only.
   */
  readonly report: (event: SystemEvent) => void;
  /** Newest first. `after` is the `next` of the page before. */
  readonly list: (
    options: SystemEventFilter & { readonly limit: number; readonly after?: string | undefined },
  ) => Promise<{ readonly events: readonly KeptSystemEvent[]; readonly next: string | undefined }>;
  /** Writes what is left, if the storage takes it, and nothing any more after that. */
  readonly close: () => Promise<void>;
}
