/**
 * Commands: what must now happen outside, decided together with the facts of the same record. They
 * are idempotent, keyed by execution, activity and attempt; whoever continues an execution repeats
 * those of every record past `doneThrough`.
 */

/** Run an attempt of an activity; resource and parameters stand in the state (`state.activities`). */
export interface RunActivity {
  readonly kind: "RunActivity";
  readonly activity: string;
  readonly attempt: number;
}

/** Nobody waits for this attempt any more (time-out, failed sibling, stop): abort it if it runs here. */
export interface CancelActivity {
  readonly kind: "CancelActivity";
  readonly activity: string;
  readonly attempt: number;
}

export type Command = RunActivity | CancelActivity;
