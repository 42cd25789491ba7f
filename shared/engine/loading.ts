/** From the log of an execution to its state: newest snapshot plus tail. */

import { assert, OrchestratorError } from "#core/errors.ts";
import { advance, behaviourVersion, initialState } from "#core/execution/advance.ts";
import { secretsOf } from "#core/execution/fold.ts";
import type { HistorySink } from "#core/execution/history-event.ts";
import type { Inspection } from "#core/execution/interpreter.ts";
import { unknownKindIn } from "#core/execution/known-kinds.ts";
import { noteStarts } from "#core/execution/note-starts.ts";
import type { Program } from "#core/execution/program.ts";
import type { LogRecord } from "#core/execution/record.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import { drive } from "#core/expressions/drive.ts";
import type { EngineContext } from "./context.ts";
import { programOf } from "./program-of.ts";

/** An execution as its log tells it. */
export interface Loaded {
  readonly program: Program;
  readonly state: ExecutionState;
  /** Seq of the last record. */
  readonly seq: number;
  /** Seq that the newest snapshot reflects; absent: there is none. */
  readonly snapshotSeq?: number;
}

/** Applies one record to `state` in place; `undefined` is the state before the start record. */
export const applyRecord = async (options: {
  readonly program: Program;
  readonly state: ExecutionState | undefined;
  readonly record: LogRecord;
  readonly sink?: HistorySink;
  readonly inspection?: Inspection;
}): Promise<ExecutionState> => {
  const { program, record, sink, inspection } = options;
  let state = options.state;
  const secret = secretsOf(record);
  for (const fact of record.facts) {
    if (state === undefined) {
      assert(fact.kind === "ExecutionStarted", "the first fact of a log is ExecutionStarted");
      state = initialState(record.executionId, fact, record.atMs);
    }
    const step = { fact, atMs: record.atMs, sink, secret, inspection };
    const advanced = drive(advance(program, state, step));
    if (advanced instanceof Promise) await advanced;
  }
  assert(state !== undefined, "the first record of a log has the fact ExecutionStarted");
  noteStarts(state, record);
  return state;
};

/** The program that an execution is pinned to; a missing one is a damaged catalog. */
export const pinnedProgram = async (
  context: Pick<EngineContext, "program">,
  pinned: { readonly process: string; readonly version: number },
): Promise<Program> => {
  const program = await programOf(context, pinned.process, pinned.version);
  if (program !== undefined) return program;
  throw new OrchestratorError(
    "process-not-found",
    `version ${pinned.version} of process ${pinned.process}, which an execution is pinned to, is not in the catalog`,
    { action: "restore the catalog from a backup" },
  );
};

/** The process version that a start record names. */
export const startOf = (record: LogRecord | undefined) => {
  const fact = record?.facts[0];
  assert(fact?.kind === "ExecutionStarted", "the first fact of a log is ExecutionStarted");
  return fact;
};

/** A newer release wrote what this one does not know: leave the execution to it (G11). */
const beyondUs = (executionId: string, what: string): OrchestratorError =>
  new OrchestratorError(
    "behaviour-unknown",
    `${executionId} is the work of a newer release of Holdfast (${what})`,
    {
      action: "ask a server of that release, or upgrade this one; the execution is left untouched",
    },
  );

/** Whether an execution could not be loaded because a newer release has written to its log. */
export const isOfNewerRelease = (error: unknown): error is OrchestratorError =>
  error instanceof OrchestratorError && error.code === "behaviour-unknown";

const mustKnowBehaviour = (executionId: string, behaviour: number): void => {
  if (behaviour <= behaviourVersion) return;
  throw beyondUs(executionId, `behaviour ${behaviour}; this one knows ${behaviourVersion}`);
};

const mustKnowKinds = (record: LogRecord): void => {
  const unknown = unknownKindIn(record);
  if (unknown === undefined) return;
  throw beyondUs(record.executionId, `${unknown} in record ${record.seq}`);
};

/** Loads an execution; `undefined` if there is none of that id. */
export const loadExecution = async (
  context: Pick<EngineContext, "platform" | "program">,
  executionId: string,
): Promise<Loaded | undefined> => {
  const { snapshot, records } = await context.platform.log.load(executionId);
  if (snapshot === undefined && records.length === 0) return undefined;
  const pinned = snapshot?.state ?? startOf(records[0]);
  mustKnowBehaviour(executionId, pinned.behaviour);
  const program = await pinnedProgram(context, pinned);
  let state = snapshot?.state;
  let seq = snapshot?.seq ?? -1;
  for (const record of records) {
    mustKnowKinds(record);
    const isNext = record.seq === seq + 1 || record.facts[0]?.kind === "ExecutionCondensed";
    assert(isNext, `the log of ${executionId} has no gap before ${record.seq}`);
    state = await applyRecord({ program, state, record });
    seq = record.seq;
  }
  assert(state !== undefined, `the log of ${executionId} begins with a start`);
  return { program, state, seq, ...(snapshot !== undefined && { snapshotSeq: snapshot.seq }) };
};
