/** A log as a released version wrote it, and what that version made of it. */
import type { StateMachine } from "#core/asl/definition.ts";
import type { HistoryEvent } from "#core/execution/history-event.ts";
import type { Program } from "#core/execution/program.ts";
import type { LogRecord } from "#core/execution/record.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import { applyRecord } from "#engine/loading.ts";

export interface Recording {
  /** Version of Holdfast that recorded it. */
  readonly recordedBy: string;
  readonly definition: StateMachine;
  readonly records: readonly LogRecord[];
  /** After each record: the state, and the events that the record added. */
  readonly after: readonly { readonly state: ExecutionState; readonly events: HistoryEvent[] }[];
}

/** What this version makes of a log, record by record. */
export const replay = async (
  definition: StateMachine,
  records: readonly LogRecord[],
): Promise<Recording["after"]> => {
  const program: Program = { process: "p", version: 1, definition };
  const after: Recording["after"][number][] = [];
  let state: ExecutionState | undefined;
  for (const record of records) {
    const events: HistoryEvent[] = [];
    state = await applyRecord({ program, state, record, sink: (event) => events.push(event) });
    after.push({ state: structuredClone(state), events });
  }
  return after;
};
