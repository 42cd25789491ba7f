/** The end of an execution's log as one turn knows it, and how it goes on. It decides and writes; it runs nothing. */
import { advance, nextTimerAtMs } from "#core/execution/advance.ts";
import { type Command, isOwed } from "#core/execution/commands.ts";
import type { Fact, ProgressDropped } from "#core/execution/facts.ts";
import { isLate } from "#core/execution/late.ts";
import { noteStarts } from "#core/execution/note-starts.ts";
import type { Activity, ExecutionState, ExecutionStatus } from "#core/execution/state.ts";
import { drive } from "#core/expressions/drive.ts";
import type { Write, WriteOutcome } from "#ports/journal.ts";
import { isToBeAnnounced } from "./announced.ts";
import type { EngineContext } from "./context.ts";
import { type Appended, type AppendOptions, type Decision, secretDraws } from "./decision.ts";
import { lostProgress } from "./dropped-progress.ts";
import { heldBack, letsSomeGo, staysHeld } from "./held-back.ts";
import { hasOthersToRun, hasUnrecordedResult, type InHand, nothingInHand } from "./in-hand.ts";
import { isWanted } from "./is-wanted.ts";
import type { Loaded } from "./loading.ts";
import { newRecord } from "./new-record.ts";
import { nextTurnAtMs } from "./next-look.ts";
import type { OwedCommands } from "./owed-commands.ts";
import { busyHead, isAtRest, mayBeAtRest, settling, type TailPlace } from "./settling.ts";
import type { TailOptions } from "./tail-options.ts";
import { writesOf } from "./tail-writes.ts";
import { restated, signalsAfter, UnwrittenRecords } from "./unwritten-records.ts";
import { writeUntilDone } from "./write-until-done.ts";

/** A second: for a timer this near the state stays in memory. */
const nearTimerMs = 1_000;

export class LogTail {
  readonly turnId: string;
  /** The work item of the turn; one is enqueued with the first record where there is none. */
  itemId: string | undefined;
  /** Status as of the last durable record; the state may be one decision ahead. */
  committedStatus: ExecutionStatus;
  /** Commands of earlier records that nobody has begun to carry out: they go into the next record. */
  claims: readonly Command[] = [];
  #seq: number;
  #loadedSeq: number;
  #loaded: Loaded;
  #snapshotSeq: number;
  /** False: activities are left to whoever takes the work item. */
  mayStart: boolean;
  /**
   * Whether the next record is announced in the head before it is put: where the one before gives this turn no
   * lease. A turn that knows less may let the work item go, and leave a head that says to look much later.
   */
  #isAnnounced: boolean;
  readonly #context: EngineContext;
  readonly #owed: Pick<OwedCommands, "isEmpty" | "doneThrough">;
  readonly #inHand: InHand;
  readonly #isOutside: boolean;
  readonly #isWanted: () => boolean;
  readonly #unwritten: UnwrittenRecords;
  /** The highest position that a head was found to announce. */
  #announcedSeq = -1;

  constructor(options: TailOptions) {
    this.#isWanted = options.isWanted;
    this.#owed = options.owed;
    this.#inHand = options.inHand ?? nothingInHand;
    this.#isOutside = options.isOutside === true;
    this.#context = options.context;
    this.#unwritten = new UnwrittenRecords(options.context.settings.snapshotEveryRecords);
    this.turnId = options.turnId;
    this.itemId = options.itemId;
    this.mayStart = options.mayStart;
    this.#loaded = options.loaded;
    this.#seq = options.loaded.seq;
    this.#loadedSeq = options.loaded.seq;
    this.#isAnnounced = isToBeAnnounced(options);
    this.#snapshotSeq = options.loaded.snapshotSeq ?? -1;
    this.committedStatus = options.loaded.state.status;
  }

  get state(): ExecutionState {
    return this.#loaded.state;
  }

  get loaded(): Loaded {
    return this.#loaded;
  }

  /** Seq of the last record in the log; -1 before the start. */
  get seq(): number {
    return this.#seq;
  }

  /** Takes the log as it is; answers what becomes of the execution if records waited that never come into it. */
  reset(loaded: Loaded): ProgressDropped | undefined {
    const hasLease = loaded.state.lease?.turn === this.turnId;
    // Others may have had a turn meanwhile, and let the work item go with it.
    if (!hasLease && loaded.seq > this.#seq) this.itemId = undefined;
    this.#loaded = loaded;
    this.#seq = loaded.seq;
    this.#loadedSeq = loaded.seq;
    this.#isAnnounced = !hasLease && isToBeAnnounced({ loaded, isOutside: this.#isOutside });
    this.#snapshotSeq = loaded.snapshotSeq ?? -1;
    this.committedStatus = loaded.state.status;
    const hasLost = this.#unwritten.drop() && hasLease && loaded.state.status === "RUNNING";
    return hasLost ? lostProgress(loaded.program) : undefined;
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
    const { secrets, secret } = secretDraws(this.#context);
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
      seq: this.#seq + this.#unwritten.count + 1,
      turn: this.turnId,
      doneThrough: this.#owed.doneThrough(this.#seq),
      isOutside: this.#isOutside,
      facts,
      commands,
      atMs,
      runs,
      secrets,
    });
    const letsGo = letsSomeGo(state, { commands, facts });
    noteStarts(state, record);
    const owes = !this.#owed.isEmpty || commands.some(isOwed);
    const leaves = commands.length < wanted.length || this.#leavesOthers();
    const handsOver = this.#isOutside || leaves || (owes && !this.mayStart);
    const stays = (owes && this.mayStart) || this.#stays(runs, atMs);
    return { record, late, stays, handsOver, letsGo };
  }

  /**
   * Writes a decision, with those that waited before; or lets it wait, where it may. Unless another
   * record was found in its place, the execution has gone on by the decision that is answered.
   */
  async append(
    decision: Decision,
    { triesMax = Number.POSITIVE_INFINITY, mayWait = false }: AppendOptions = {},
  ): Promise<Appended> {
    const { record, stays, handsOver } = decision;
    if (mayWait && this.#unwritten.mayWait(this.#loaded, decision)) {
      this.#unwritten.put(record);
      return { kind: "written", decision };
    }
    const itemId = stays || handsOver ? (this.itemId ?? record.commitId) : undefined;
    const {
      writes,
      seq,
      snapshotSeq = this.#snapshotSeq,
    } = writesOf(this.#place(), {
      decision,
      itemId,
      unwritten: this.#unwritten.writes(),
    });
    const outcome = await this.#write(writes, triesMax);
    if (outcome.kind === "occupied")
      return (await this.#passSignals(decision)) ?? { ...outcome, decision };
    this.#unwritten.wrote(record, this.state);
    this.#snapshotSeq = snapshotSeq;
    this.#seq = seq;
    this.#isAnnounced = itemId === undefined || record.leaseUntilMs === undefined;
    this.committedStatus = this.state.status;
    // The writes behind a head that is refused were not carried out.
    if (outcome.kind === "written") this.itemId = itemId;
    return { ...outcome, decision };
  }

  /** Writes what has waited; `occupied`: signals, or others, were faster, so the log is to be looked at. */
  async flush(): Promise<WriteOutcome> {
    if (this.#unwritten.count === 0) return { kind: "written" };
    const outcome = await this.#write(this.#unwritten.writes());
    if (outcome.kind === "occupied") {
      await this.#passSignals(undefined);
      return outcome;
    }
    this.#seq += this.#unwritten.count;
    this.#unwritten.wrote(undefined, this.state);
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
    const flushed = await this.flush();
    if (flushed.kind !== "written") return flushed;
    this.#isAnnounced = true;
    const mayRest = this.#seq === this.#loadedSeq && mayBeAtRest(this.#context);
    if (itemId !== undefined && mayRest && (await isAtRest(this.#place()))) {
      this.itemId = undefined;
      return this.#write([{ kind: "RemoveItem", itemId }]);
    }
    const { writes, seq } = settling(this.#place(), { seq: this.#seq, mayCondense: this.#seq > 0 });
    const outcome = await this.#write(writes);
    if (outcome.kind !== "occupied") this.#seq = seq;
    // What has come meanwhile needs another one.
    if (outcome.kind === "written") this.itemId = undefined;
    return outcome;
  }

  /** The head is overdue although the turn goes on: says in it when to look again. */
  refreshHead(): Promise<WriteOutcome> {
    return this.#write([busyHead(this.#context, this.#loaded, this.#seq)]);
  }

  /** Whether a head announces a record that is not there: until something takes its place no head can be put. */
  get isAwaitingRecord(): boolean {
    return this.#announcedSeq > this.#seq;
  }

  #place(): TailPlace {
    return {
      context: this.#context,
      loaded: this.#loaded,
      turnId: this.turnId,
      seq: this.#seq,
      snapshotSeq: this.#snapshotSeq,
      itemId: this.itemId,
      isAnnounced: this.#isAnnounced,
    };
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
    const isHeld = (activity: Activity) => staysHeld(this.#context.drains, this.state, activity);
    return !this.mayStart && hasOthersToRun(this.state, this.#inHand, isHeld);
  }

  /**
   * Signals that another server took in stand where unwritten records would: what those have led to is
   * said behind them, and what follows from the signals. `undefined`: something else stands there, too.
   */
  async #passSignals(decision: Decision | undefined): Promise<Appended | undefined> {
    if (!this.#unwritten.areMissing) return undefined;
    const found = await signalsAfter(this.#context, this.state, this.#seq);
    if (found === undefined) return undefined;
    this.#unwritten.supersede();
    this.#seq = found.seq;
    // Of its end nothing is said but what is in no record.
    if (decision !== undefined && this.state.isCondensed === true) {
      delete this.state.isCondensed;
      return await this.append(decision);
    }
    this.claims = decision?.record.commands ?? [];
    return await this.append(await this.decide([restated(this.state, found.seq), ...found.facts]));
  }
}
