/**
 * The end of an execution's log as one turn knows it: the folded state, where the log ends, and how
 * it goes on. It decides and writes; it runs nothing.
 */
import { advance, nextTimerAtMs } from "#core/execution/advance.ts";
import type { Command } from "#core/execution/commands.ts";
import type { Fact } from "#core/execution/facts.ts";
import { noteStarts } from "#core/execution/note-starts.ts";
import type { LogRecord } from "#core/execution/record.ts";
import type { ExecutionState, ExecutionStatus } from "#core/execution/state.ts";
import { drive } from "#core/expressions/drive.ts";
import type { Write, WriteOutcome } from "#ports/journal.ts";
import type { EngineContext } from "./context.ts";
import { headOf } from "./head-of.ts";
import type { Loaded } from "./loading.ts";
import type { RunningActivities } from "./running-activities.ts";

/** A day: an execution that waits without a timer is looked at again at least this often. */
const idleCheckMs = 86_400_000;
/** A second: for a timer this near the state stays in memory. */
const nearTimerMs = 1_000;

export type WriteAll = (writes: readonly Write[]) => Promise<WriteOutcome>;

/** A record on its way into the log. */
export interface Decision {
  readonly record: LogRecord;
  /** Whether something of the execution runs or is about to happen here after it. */
  readonly stays: boolean;
  /** Whether it has activities that are left to another turn to begin. */
  readonly handsOver: boolean;
}

/** False for the start of an attempt that the same decision has given up again. */
const isWanted = (state: ExecutionState, command: Command): boolean =>
  command.kind !== "RunActivity" || state.activities[command.activity]?.attempt === command.attempt;

export class LogTail {
  readonly turnId: string;
  /** The work item of the turn; one is enqueued with the first record where there is none. */
  itemId: string | undefined;
  /** Status as of the last durable record; the state may be one decision ahead. */
  committedStatus: ExecutionStatus;
  /** Commands of earlier records that nobody has begun to carry out: they go into the next record. */
  claims: readonly Command[] = [];
  #seq: number;
  #loaded: Loaded;
  #snapshotSeq: number;
  /** False: activities are left to whoever takes the work item. */
  mayStart: boolean;
  readonly #context: EngineContext;

  constructor(options: {
    readonly context: EngineContext;
    readonly turnId: string;
    readonly loaded: Loaded;
    readonly itemId: string | undefined;
    readonly mayStart: boolean;
  }) {
    this.#context = options.context;
    this.turnId = options.turnId;
    this.itemId = options.itemId;
    this.mayStart = options.mayStart;
    this.#loaded = options.loaded;
    this.#seq = options.loaded.seq;
    this.#snapshotSeq = this.#seq;
    this.committedStatus = options.loaded.state.status;
  }

  get state(): ExecutionState {
    return this.#loaded.state;
  }

  /** Seq of the last record; -1 before the start. */
  get seq(): number {
    return this.#seq;
  }

  reset(loaded: Loaded): void {
    this.#loaded = loaded;
    this.#seq = loaded.seq;
    this.#snapshotSeq = loaded.seq;
    this.committedStatus = loaded.state.status;
  }

  isTimerDue(): boolean {
    const timer = nextTimerAtMs(this.state);
    return timer !== undefined && timer <= this.#context.clock.nowMs();
  }

  /** When the execution wants a turn again after it has settled; never if it has ended. */
  nextCheckAtMs(): number | undefined {
    if (this.state.status !== "RUNNING") return undefined;
    return nextTimerAtMs(this.state) ?? this.#context.clock.nowMs() + idleCheckMs;
  }

  /** Lets the core decide: the state is one record ahead of the log from here on. */
  async decide(facts: readonly Fact[], running: RunningActivities): Promise<Decision> {
    const { state, program } = this.#loaded;
    const atMs = Math.max(this.#context.clock.nowMs(), state.nowMs);
    const decided: Command[] = [...this.claims];
    this.claims = [];
    for (const fact of facts) {
      const advanced = drive(advance(program, state, { fact, atMs }));
      const following = advanced instanceof Promise ? await advanced : advanced;
      for (const command of following) decided.push(command);
    }
    const wanted = decided.filter((command) => isWanted(state, command));
    // A start that is in no record with a lease was begun by nobody: the next turn claims it.
    const commands = this.mayStart ? wanted : wanted.filter(({ kind }) => kind !== "RunActivity");
    const runs = running.sizeAfter(commands);
    const record = this.#recordOf({ facts, commands, atMs, runs: runs > 0 });
    noteStarts(state, record);
    const handsOver = commands.length < wanted.length && state.status === "RUNNING";
    return { record, stays: this.#stays(runs, atMs), handsOver };
  }

  /** Writes a decision. Unless another record was found in its place, the log has gone on by it. */
  async append(decision: Decision, write: WriteAll): Promise<WriteOutcome> {
    const { record, stays, handsOver } = decision;
    const itemId = stays || handsOver ? (this.itemId ?? record.commitId) : undefined;
    const outcome = await write(this.#writesOf(decision, itemId));
    if (outcome.kind === "occupied") return outcome;
    this.#seq = record.seq;
    this.committedStatus = this.state.status;
    // The writes behind a head that is refused were not carried out.
    if (outcome.kind === "written") this.itemId = itemId;
    return outcome;
  }

  /** Leaves a head that says when to look again, or that it has ended, and lets the work item go. */
  settle(write: WriteAll): Promise<WriteOutcome> {
    return write(this.#settling(this.#seq));
  }

  /** The head is overdue although the turn goes on: says in it when to look again. */
  refreshHead(write: WriteAll): Promise<WriteOutcome> {
    return write([this.#busyHead(this.#seq)]);
  }

  #stays(runs: number, atMs: number): boolean {
    if (this.state.status !== "RUNNING") return false;
    const timer = nextTimerAtMs(this.state);
    return runs > 0 || (this.mayStart && timer !== undefined && timer <= atMs + nearTimerMs);
  }

  #recordOf(options: {
    readonly facts: readonly Fact[];
    readonly commands: readonly Command[];
    readonly atMs: number;
    readonly runs: boolean;
  }): LogRecord {
    const { clock, settings, server } = this.#context;
    const seq = this.#seq + 1;
    return {
      executionId: this.state.executionId,
      epoch: 0,
      seq,
      commitId: `${this.turnId}.${seq}`,
      server,
      turn: this.turnId,
      atMs: options.atMs,
      facts: options.facts,
      commands: options.commands,
      doneThrough: this.#seq,
      ...(options.runs ? { leaseUntilMs: clock.nowMs() + settings.leaseMs } : {}),
    };
  }

  /** `itemId` is the work item that is to stay or to be enqueued; none if the turn ends here. */
  #writesOf({ record, stays }: Decision, itemId: string | undefined): Write[] {
    const { executionId, epoch, seq } = record;
    const { settings, clock } = this.#context;
    const writes: Write[] = [{ kind: "AppendRecord", record }];
    if (itemId === undefined) return [...writes, ...this.#settling(seq)];
    if (seq - this.#snapshotSeq >= settings.snapshotEveryRecords) {
      const snapshot = { executionId, epoch, seq, state: this.state };
      writes.push({ kind: "PutSnapshot", snapshot });
      this.#snapshotSeq = seq;
    }
    if (seq === 0) writes.push(this.#busyHead(0));
    const visibleAtMs = clock.nowMs() + (stays ? settings.leaseMs : 0);
    if (this.itemId === undefined) {
      writes.push({ kind: "Enqueue", itemId, executionId, visibleAtMs });
    } else if (!stays) writes.push({ kind: "ExtendItems", itemIds: [itemId], visibleAtMs });
    return writes;
  }

  #settling(seq: number): Write[] {
    const checkAtMs = this.#context.clock.nowMs() + idleCheckMs;
    const writes: Write[] = [{ kind: "PutHead", head: headOf(this.state, seq, checkAtMs) }];
    if (this.itemId !== undefined) writes.push({ kind: "RemoveItem", itemId: this.itemId });
    return writes;
  }

  #busyHead(seq: number): Write {
    const checkAtMs = this.#context.clock.nowMs() + this.#context.settings.headCheckMs;
    return { kind: "PutHead", head: headOf(this.state, seq, checkAtMs) };
  }
}
