/**
 * Records of an execution with `persistence: none` that are decided and not written yet (ADR 11).
 *
 * I36 Records wait only behind a durable record that names their turn and its lease: whoever finds
 *     that lease run out knows that work is lost. Each that waits has a lease, too: of those that are
 *     written together only the first may arrive. Nothing waits that anybody else may depend on: that
 *     nobody's answer is waited for any more is known to others only when it is written, and who is
 *     given a token may answer before the activity that gives it says so.
 */
import { isOwed } from "#core/execution/commands.ts";
import type { Fact } from "#core/execution/facts.ts";
import { persistenceOf } from "#core/execution/persistence.ts";
import type { LogRecord } from "#core/execution/record.ts";
import { resourceKind } from "#core/execution/resource-kind.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import { type Json, parseStored, printStored } from "#core/json.ts";
import { signalsKeptMax } from "#core/limits.ts";
import type { Write } from "#ports/journal.ts";
import type { EngineContext } from "./context.ts";
import type { Decision } from "./decision.ts";
import type { Loaded } from "./loading.ts";

/** Whether everything that it waits for is in the hands of its own turn. */
const waitsForItself = ({ activities }: ExecutionState): boolean => {
  for (const id in activities) {
    const activity = activities[id];
    if (activity === undefined) continue;
    if (activity.held !== undefined || activity.token !== undefined) return false;
    const isOwn = activity.phase === "running" || activity.phase === "waitingToRetry";
    if (!isOwn || resourceKind(activity.resource) !== "adapter") return false;
  }
  return true;
};

export class UnwrittenRecords {
  readonly #countMax: number;
  #records: LogRecord[] = [];
  /** Whether the last durable record has a lease of this turn. */
  #isBehindLease = false;
  /** Whether by the last durable record the execution waits for others, who may write at any time. */
  #isOpenToOthers = false;
  /** Whether a record is on its way that says what others, which are never written, have led to. */
  #isRestating = false;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  get count(): number {
    return this.#records.length;
  }

  /** Whether the log does not say yet what records that waited have led to. */
  get areMissing(): boolean {
    return this.#isRestating || this.#records.length > 0;
  }

  /** Whether a decision need not be written yet. */
  mayWait({ program, state }: Loaded, { record, stays, handsOver }: Decision): boolean {
    return (
      this.#isBehindLease &&
      !this.#isOpenToOthers &&
      record.leaseUntilMs !== undefined &&
      persistenceOf(program, state) === "none" &&
      state.status === "RUNNING" &&
      stays &&
      !handsOver &&
      this.#records.length < this.#countMax &&
      !record.commands.some(isOwed) &&
      waitsForItself(state)
    );
  }

  put(record: LogRecord): void {
    this.#records.push(record);
  }

  writes(): Write[] {
    return this.#records.map((record) => ({ kind: "AppendRecord", record }));
  }

  /** They, and `last` behind them, are written, and have led to `state`. */
  wrote(last: LogRecord | undefined, state: ExecutionState): void {
    this.#isOpenToOthers = !waitsForItself(state);
    const newest = last ?? this.#records.at(-1);
    this.#isBehindLease = newest?.leaseUntilMs !== undefined && newest.isOutside !== true;
    this.#records = [];
    this.#isRestating = false;
  }

  /** They are not written: another record is to say what they have led to. */
  supersede(): void {
    this.#records = [];
    this.#isRestating = true;
  }

  /** They never were; answers whether there were any. Whoever has taken over has given them up. */
  drop(): boolean {
    const hadAny = this.areMissing;
    this.#records = [];
    this.#isRestating = false;
    this.#isBehindLease = false;
    return hadAny;
  }
}

/** Says the state that records have led to which never come into the log; `seq` is of the last that is there. */
export const restated = (state: ExecutionState, seq: number): Fact => {
  // What they commanded is commanded again by the record that says this.
  const owed = (state.owed ?? []).filter((one) => one.seq <= seq);
  if (owed.length > 0) state.owed = owed;
  else delete state.owed;
  return { kind: "ProgressRestated", state: parseStored<Json>(printStored(state)) };
};

/** Signals of others that stand where records were to stand. */
interface Passed {
  readonly facts: readonly Fact[];
  /** Of the last. */
  readonly seq: number;
}

/** The signals after `seq`, where nothing else is; the state is not before them. `undefined`: there is something else. */
export const signalsAfter = async (
  { platform }: Pick<EngineContext, "platform">,
  state: ExecutionState,
  seq: number,
): Promise<Passed | undefined> => {
  const range = { fromSeq: seq + 1, limit: signalsKeptMax };
  const records = await platform.log.read(state.executionId, range);
  const facts = records.flatMap((record) => record.facts);
  const last = records.at(-1);
  const areSignals =
    records.every(({ isOutside }) => isOutside === true) &&
    facts.every(({ kind }) => kind === "SignalReceived");
  if (last === undefined || !areSignals) return undefined;
  state.nowMs = Math.max(state.nowMs, last.atMs);
  return { facts, seq: last.seq };
};
