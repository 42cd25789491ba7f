import type { Json } from "#core/json.ts";

export type SystemEventSeverity = "info" | "warning" | "error";

/** What system events there are. */
export type SystemEventKind =
  | "execution-taken-over"
  /** Work of an execution that writes nothing until its end is lost. */
  | "execution-lost"
  /** An execution stood still for longer than its process allows. */
  | "execution-stale"
  /** An operator is asked what became of an interrupted activity. */
  | "operator-asked"
  | "turn-failed"
  /** It is the work of a newer release than this server's. */
  | "execution-left"
  | "storage-failing"
  | "sweep-failed"
  | "receive-failed"
  /** More happened than could be written down; the message says how many events are missing. */
  | "events-dropped"
  | "server-gone"
  | "server-silent"
  | "server-back"
  | "server-killed"
  | "late-result"
  | "drain-begun"
  | "drain-ended"
  | "drain-overdue"
  | "wait-overdue"
  | "execution-set-aside"
  | "execution-released"
  /** Nobody but the holder of the first token can administer. */
  | "administrator-alone"
  /** An event from outside starts no execution, for what it asks for is wrong. */
  | "event-refused";

/** Something that operators should know of and that is no part of an execution's history. */
export interface SystemEvent {
  readonly severity: SystemEventSeverity;
  readonly kind: SystemEventKind;
  readonly message: string;
  readonly executionId?: string;
  /** The error behind it, for the log of the server; of it the event keeps what it says. */
  readonly cause?: unknown;
  /** More for programs: never a payload, never a secret. */
  readonly details?: Json;
  /** What happened once and may be told more often: the same key again is the same event. */
  readonly key?: string;
}
