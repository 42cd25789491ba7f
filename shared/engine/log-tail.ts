/** The end of an execution's log as one turn knows it, and how it goes on. It decides and writes; it runs nothing. */
import { advance, nextTimerAtMs } from "#core/execution/advance.ts";
import { type Command, isOwed } from "#core/execution/commands.ts";
import type { Fact } from "#core/execution/facts.ts";
import { isLate } from "#core/execution/late.ts";
import { noteStarts } from "#core/execution/note-starts.ts";
import type { LogRecord } from "#core/execution/record.ts";
import type { Activity, ExecutionState, ExecutionStatus } from "#core/execution/state.ts";
import { drive } from "#core/expressions/drive.ts";
import type { Write, WriteOutcome } from "#ports/journal.ts";
import type { EngineContext } from "./context.ts";
import { headOf } from "./head-of.ts";
import { heldBack, letsSomeGo, staysHeld } from "./held-back.ts";
import { hasOthersToRun, hasUnrecordedResult, type InHand, nothingInHand } from "./in-hand.ts";
import { isWanted } from "./is-wanted.ts";
import type { Loaded } from "./loading.ts";
import { newRecord } from "./new-record.ts";
import { busyLookAtMs, idleLookAtMs, nextTurnAtMs } from "./next-look.ts";
import type { OwedCommands } from "./owed-commands.ts";
import { writeUntilDone } from "./write-until-done.ts";

/** A second: for a timer this near the state stays in memory. */
const nearTimerMs = 1_000;

/** A record on its way into the log. */
export interface Decision {
  readonly record: LogRecord;
  /** Facts of the record that came too late to change anything. */
  readonly late: ReadonlySet<Fact>;
  /** Whether something of the execution runs or is about to happen here after it. */
  readonly stays: boolean;
  /** Whether it has activities that are left to another turn to begin. */
  readonly handsOver: boolean;
  /** Whether it begins what a drain held: the head says that no more. */
  readonly letsGo: boolean;
}

/** Random bytes of a task token. */
const secretBytes = 16;

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
  /**
   * Whether the next record is announced in the head before it is put: where the one before gives this turn
   * no lease. A turn that knows less may let the work item go and leave a head that says to look much later.
   */
  #isAnnounced: boolean;
  readonly #context: EngineContext;
  readonly #owed: Pick<OwedCommands, "isEmpty" | "doneThrough">;
  readonly #inHand: InHand;
  readonly #isOutside: boolean;
  readonly #isWanted: () => boolean;
  /** The highest position that a head was found to announce. */
  #announcedSeq = -1;

  constructor(options: {
    readonly context: EngineContext;
    readonly turnId: string;
    readonly loaded: Loaded;
    readonly itemId: string | undefined;
    readonly mayStart: boolean;
    readonly owed: Pick<OwedCommands, "isEmpty" | "doneThrough">;
    /** What the turn has in hand; nothing: it is none. */
    readonly inHand?: InHand;
    /** Another turn has a lease: the record leaves it as it is and is left to that turn (I25). */
    readonly isOutside?: boolean;
    /** False: what could not be written need not be tried again. */
    readonly isWanted: () => boolean;
  }) {
    this.#isWanted = options.isWanted;
    this.#owed = options.owed;
    this.#inHand = options.inHand ?? nothingInHand;
    this.#isOutside = options.isOutside === true;
    this.#context = options.context;
    this.turnId = options.turnId;
    this.itemId = options.itemId;
    this.mayStart = options.mayStart;
    this.#loaded = options.loaded;
    this.#seq = options.loaded.seq;
    this.#isAnnounced = options.loaded.seq >= 0;
    this.#snapshotSeq = options.loaded.snapshotSeq ?? -1;
    this.committedStatus = options.loaded.state.status;
  }

  get state(): ExecutionState {
    return this.#loaded.state;
  }

  get loaded(): Loaded {
    return this.#loaded;
  }

  /** Seq of the last record; -1 before the start. */
  get seq(): number {
    return this.#seq;
  }

  reset(loaded: Loaded): void {
    const hasLease = loaded.state.lease?.turn === this.turnId;
    // Others may have had a turn meanwhile, and let the work item go with it.
    if (!hasLease && loaded.seq > this.#seq) this.itemId = undefined;
    this.#loaded = loaded;
    this.#seq = loaded.seq;
    this.#isAnnounced = !hasLease;
    this.#snapshotSeq = loaded.snapshotSeq ?? -1;
    this.committedStatus = loaded.state.status;
  }

  isTimerDue(): boolean {
    const timer = nextTimerAtMs(this.state);
    return timer !== undefined && timer <= this.#context.clock.nowMs();
  }

  /** When the execution wants a turn again after it has settled; never if it has ended. */
  nextCheckAtMs(): number | undefined {
    return nextTurnAtMs(this.#context, this.#loaded);
  }

  /** Lets the core decide: the state is one record ahead of the log from here on. */
  async decide(facts: readonly Fact[]): Promise<Decision> {
    const { state, program } = this.#loaded;
    const atMs = Math.max(this.#context.clock.nowMs(), state.nowMs);
    const decided: Command[] = [...this.claims];
    this.claims = [];
    const secrets: string[] = [];
    const secret = () => {
      const drawn = this.#context.entropy.hex(secretBytes);
      secrets.push(drawn);
      return drawn;
    };
    const late = new Set<Fact>();
    for (const fact of facts) {
      if (isLate(state, fact)) late.add(fact);
      const advanced = drive(advance(program, state, { fact, atMs, secret }));
      const following = advanced instanceof Promise ? await advanced : advanced;
      for (const command of following) decided.push(command);
    }
    return this.#conclude({ facts, decided, late, atMs, secrets });
  }

  #conclude(advanced: {
    readonly facts: readonly Fact[];
    readonly decided: readonly Command[];
    readonly late: ReadonlySet<Fact>;
    readonly atMs: number;
    readonly secrets: readonly string[];
  }): Decision {
    const { state } = this;
    const { facts, decided, late, atMs, secrets } = advanced;
    const wanted = decided.filter((command) => isWanted(state, command));
    // A start that is in no record with a lease was begun by nobody: the next turn claims it.
    const mine = this.mayStart ? wanted : wanted.filter(({ kind }) => kind !== "RunActivity");
    // A record from outside notes no holds.
    const commands = this.#isOutside ? mine : heldBack(this.#context.drains, state, mine);
    const runs = this.#runsAfter(commands);
    const record = newRecord(this.#context, {
      executionId: state.executionId,
      seq: this.#seq + 1,
      turn: this.turnId,
      doneThrough: this.#owed.doneThrough(this.#seq),
      isOutside: this.#isOutside,
      facts,
      commands,
      atMs,
      runs,
      secrets,
    });
    const letsGo = letsSomeGo(state, commands);
    noteStarts(state, record);
    const owes = !this.#owed.isEmpty || commands.some(isOwed);
    const leaves = commands.length < wanted.length || this.#leavesOthers();
    const handsOver = this.#isOutside || leaves || (owes && !this.mayStart);
    const stays = (owes && this.mayStart) || this.#stays(runs, atMs);
    return { record, late, stays, handsOver, letsGo };
  }

  /** Writes a decision. Unless another record was found in its place, the log has gone on by it. */
  async append(decision: Decision, triesMax = Number.POSITIVE_INFINITY): Promise<WriteOutcome> {
    const { record, stays, handsOver } = decision;
    const itemId = stays || handsOver ? (this.itemId ?? record.commitId) : undefined;
    const outcome = await this.#write(this.#writesOf(decision, itemId), triesMax);
    if (outcome.kind === "occupied") return outcome;
    this.#seq = record.seq;
    this.#isAnnounced = itemId === undefined || record.leaseUntilMs === undefined;
    this.committedStatus = this.state.status;
    // The writes behind a head that is refused were not carried out.
    if (outcome.kind === "written") this.itemId = itemId;
    return outcome;
  }

  /**
   * Leaves a head that says when to look again, or that it has ended, and lets the work item go; or
   * leaves the work item to whoever begins what was not begun here.
   */
  async settle(): Promise<WriteOutcome> {
    const { itemId } = this;
    if (itemId !== undefined && this.#leavesOthers()) {
      const visibleAtMs = this.#context.clock.nowMs();
      return this.#write([{ kind: "ExtendItems", itemIds: [itemId], visibleAtMs }]);
    }
    this.#isAnnounced = true;
    const outcome = await this.#write(this.#settling(this.#seq));
    // What has come meanwhile needs another one.
    if (outcome.kind === "written") this.itemId = undefined;
    return outcome;
  }

  /** The head is overdue although the turn goes on: says in it when to look again. */
  refreshHead(): Promise<WriteOutcome> {
    return this.#write([this.#busyHead(this.#seq)]);
  }

  /** Whether a head announces a record that is not there: until something takes its place no head can be put. */
  get isAwaitingRecord(): boolean {
    return this.#announcedSeq > this.#seq;
  }

  async #write(
    writes: readonly Write[],
    triesMax = Number.POSITIVE_INFINITY,
  ): Promise<WriteOutcome> {
    const { executionId } = this.state;
    const options = { executionId, isWanted: this.#isWanted, triesMax };
    const outcome = await writeUntilDone(this.#context, writes, options);
    if (outcome.kind === "headAhead") this.#announcedSeq = outcome.found.seq;
    return outcome;
  }

  #stays(runs: boolean, atMs: number): boolean {
    if (this.state.status !== "RUNNING") return false;
    if (runs || !this.#inHand.mailbox.isEmpty) return true;
    const timer = nextTimerAtMs(this.state);
    return this.mayStart && timer !== undefined && timer <= atMs + nearTimerMs;
  }

  /** Whether an activity of this turn is not answered yet once `commands` are carried out. */
  #runsAfter(commands: readonly Command[]): boolean {
    if (this.#inHand.running.sizeAfter(commands) > 0) return true;
    return hasUnrecordedResult(this.state, this.#inHand);
  }

  /** Whether another turn has to go on with what this one begins no more. */
  #leavesOthers(): boolean {
    const { state } = this;
    const isHeld = (activity: Activity) => staysHeld(this.#context.drains, state, activity);
    return !this.mayStart && hasOthersToRun(state, this.#inHand, isHeld);
  }

  /** `itemId` is the work item that is to stay or to be enqueued; none if the turn ends here. */
  #writesOf({ record, stays, letsGo }: Decision, itemId: string | undefined): Write[] {
    const { executionId, epoch, seq } = record;
    const { settings, clock } = this.#context;
    const writes: Write[] = [];
    const visibleAtMs = clock.nowMs() + (stays ? settings.leaseMs : 0);
    // Its head says that it has ended, and was opened for this record.
    const reopens = record.facts.some(({ kind }) => kind === "ExecutionRedriven");
    if (this.#isAnnounced && !reopens) {
      const nextCheckAtMs = clock.nowMs() + settings.headCheckMs;
      writes.push({ kind: "RaiseHead", executionId, epoch, seq, nextCheckAtMs });
    }
    writes.push({ kind: "AppendRecord", record });
    if (seq - this.#snapshotSeq >= settings.snapshotEveryRecords) {
      const snapshot = { executionId, epoch, seq, state: this.state };
      writes.push({ kind: "PutSnapshot", snapshot });
      this.#snapshotSeq = seq;
    }
    if (itemId === undefined) return [...writes, ...this.#settling(seq)];
    if (seq === 0 || reopens || letsGo) writes.push(this.#busyHead(seq));
    if (this.itemId === undefined) {
      writes.push({ kind: "Enqueue", itemId, executionId, visibleAtMs });
    } else if (!stays) writes.push({ kind: "ExtendItems", itemIds: [itemId], visibleAtMs });
    return writes;
  }

  #settling(seq: number): Write[] {
    const checkAtMs = idleLookAtMs(this.#context, this.#loaded);
    const writes: Write[] = [{ kind: "PutHead", head: headOf(this.state, seq, checkAtMs) }];
    if (this.itemId !== undefined) writes.push({ kind: "RemoveItem", itemId: this.itemId });
    return writes;
  }

  #busyHead(seq: number): Write {
    const nextCheckAtMs = busyLookAtMs(this.#context, this.#loaded);
    const head = headOf(this.state, seq, nextCheckAtMs);
    // An execution that has ended and still owes something is looked at again (I26).
    const isOpen = head.status === "RUNNING";
    return { kind: "PutHead", head: isOpen ? head : { ...head, status: "RUNNING", nextCheckAtMs } };
  }
}
