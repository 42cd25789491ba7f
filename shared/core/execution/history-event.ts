import type { Json } from "../json.ts";

/**
 * A line of an execution's history, as Step Functions has it: the type names, the ids from 1 and the
 * links are the service's, `details` holds the fields of its `...EventDetails` object (`name`,
 * `input`, `output`, `resource`, `resourceType`, `parameters`, `error`, `cause`, ...), values not
 * as JSON text but as JSON.
 */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly type: string;
  readonly timestampMs: number;
  readonly details: { readonly [field: string]: Json };
}

/** Receives events as the interpreter derives them; absent on the hot path. */
export type HistorySink = (event: HistoryEvent) => void;
