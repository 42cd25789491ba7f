import { assert } from "../errors.ts";
import { drive } from "../expressions/drive.ts";
import type { Evaluating } from "../expressions/evaluation.ts";
import { advance, initialState } from "./advance.ts";
import type { HistorySink } from "./history-event.ts";
import { noteStarts } from "./note-starts.ts";
import type { Program } from "./program.ts";
import type { LogRecord } from "./record.ts";
import type { ExecutionState } from "./state.ts";

/** What is known of an execution: a snapshot, if there is one, and every record after it. */
export interface Log {
  readonly executionId: string;
  /** Is taken over: the fold changes it in place. */
  readonly snapshot?: ExecutionState | undefined;
  readonly records: readonly LogRecord[];
}

/** The secrets of a record, one after the other, as the facts need them. */
export const secretsOf = ({ secrets }: Pick<LogRecord, "secrets">) => {
  let used = 0;
  return (): string | undefined => {
    used += 1;
    return secrets?.[used - 1];
  };
};

function* foldRecord(
  program: Program,
  folded: { readonly state: ExecutionState; readonly record: LogRecord },
  sink: HistorySink | undefined,
): Evaluating<void> {
  const { state, record } = folded;
  const secret = secretsOf(record);
  for (const fact of record.facts)
    yield* advance(program, state, { fact, atMs: record.atMs, sink, secret });
  noteStarts(state, record);
}

/** The state that the first record of a log begins with. */
const begunBy = (executionId: string, record: LogRecord): ExecutionState => {
  const [fact] = record.facts;
  assert(fact?.kind === "ExecutionStarted", `the log of ${executionId} begins without its start`);
  return initialState(executionId, fact, record.atMs);
};

function* foldRecords(
  program: Program,
  log: Log,
  sink: HistorySink | undefined,
): Evaluating<ExecutionState | undefined> {
  let state = log.snapshot;
  for (const record of log.records) {
    state ??= begunBy(log.executionId, record);
    yield* foldRecord(program, { state, record }, sink);
  }
  return state;
}

/**
 * The state after a log, `undefined` if the log is empty; `sink` hears the events of the records,
 * not those before the snapshot. A promise only where JSONata had to be awaited.
 */
export const fold = (
  program: Program,
  log: Log,
  sink?: HistorySink,
): ExecutionState | undefined | Promise<ExecutionState | undefined> =>
  drive(foldRecords(program, log, sink));
