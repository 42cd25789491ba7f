/**
 * A turn: the stretch of work of this server on one execution, from the moment it holds the folded
 * state until nothing of the execution runs or is about to happen here, or it has ended.
 *
 * Role: takes facts, lets the core decide, commits, and only then acts. Boundary: `turns.ts` makes
 * turns and knows which executions have one; nobody else here commits for an execution that has one.
 *
 * I20 An activity starts only after the record that names this turn and its lease is durable (G1), and
 *     not when less than a third of that lease is left: then the lease is claimed anew first.
 * I21 One commit at a time. A refused record is thrown away together with the state it was decided
 *     on; the state is loaded again and what the record told is offered again.
 * I22 A turn ends by a head that says when to look again, or that the execution has ended, before its
 *     work item is removed (G5).
 * I23 What is offered stays in the mailbox until a record with it is durable or it comes too late.
 */
import { nextTimerAtMs } from "#core/execution/advance.ts";
import type { Fact } from "#core/execution/facts.ts";
import type { LogRecord } from "#core/execution/record.ts";
import type { ExecutionState, ExecutionStatus } from "#core/execution/state.ts";
import type { WriteOutcome } from "#ports/journal.ts";
import { Alarm } from "./alarm.ts";
import { keepOwn, type TurnHand } from "./keep-own.ts";
import { type LateResult, lateResultEvent } from "./late-results.ts";
import { isHeldByOther } from "./lease-of.ts";
import { loadExecution } from "./loading.ts";
import { LogTail } from "./log-tail.ts";
import { Mailbox, type Offer, type Offered, settleOffers } from "./mailbox.ts";
import { headKeptUntilMs } from "./next-look.ts";
import { OwedCommands } from "./owed-commands.ts";
import { Pump } from "./pump.ts";
import { RunningActivities } from "./running-activities.ts";
import { TakingUp } from "./taking-up.ts";
import type { Place, TurnContext } from "./turn-context.ts";
import { reportFailure } from "./turn-events.ts";
import { TurnLease } from "./turn-lease.ts";
import type { TurnOptions } from "./turn-options.ts";
import { beginTriesMax } from "./write-until-done.ts";

export class ExecutionTurn {
  readonly executionId: string;
  readonly turnId: string;
  readonly lease: TurnLease;
  readonly #options: TurnOptions;
  readonly #context: TurnContext;
  readonly #owed: OwedCommands;
  readonly #tail: LogTail;
  readonly running: RunningActivities;
  readonly place = (): Place => this.#tail.loaded;
  readonly #alarm: Alarm;
  readonly #mailbox = new Mailbox();
  readonly #hand: TurnHand;
  readonly #takingUp: TakingUp;
  readonly #pump: Pump;
  #isOver = false;
  #wantsReload = false;
  #wantsHead = false;
  #headKeptUntilMs = 0;
  #isDraining = false;
  #maySettle = false;

  constructor(options: TurnOptions) {
    const { context } = options;
    this.#options = options;
    this.#context = context;
    this.turnId = options.turnId;
    this.executionId = options.loaded.state.executionId;
    this.lease = new TurnLease(context.clock, context.settings.leaseMs);
    this.#headKeptUntilMs = headKeptUntilMs(context, options.loaded);
    this.#owed = new OwedCommands({
      context,
      owed: options.loaded.state.owed,
      state: () => this.state,
      done: () => this.#settleWhenIdle(),
    });
    this.#pump = new Pump({
      guard: options.guard,
      next: () => this.#doNext(),
      idle: () => this.#arm(),
      failed: (cause) => {
        reportFailure(context, this, cause);
        options.onFailed();
        this.#finish(undefined);
      },
    });
    const late = (late: LateResult) => context.onSystemEvent(lateResultEvent(this, late));
    this.running = new RunningActivities({ context, late, told: (offer) => this.#offer(offer) });
    this.#hand = { running: this.running, mailbox: this.#mailbox, late };
    this.#alarm = new Alarm(context.clock, () => this.#pump.wake());
    this.#tail = new LogTail({
      ...options,
      owed: this.#owed,
      inHand: this.#hand,
      isWanted: () => !this.#isOver,
    });
    this.#takingUp = new TakingUp({ options, tail: this.#tail, ...this.#hand });
  }

  get state(): ExecutionState {
    return this.#tail.state;
  }

  /** Seq of the last durable record; -1 before the start. */
  get seq(): number {
    return this.#tail.seq;
  }

  /** As of the last durable record. */
  get status(): ExecutionStatus {
    return this.#tail.committedStatus;
  }

  get itemId(): string | undefined {
    return this.#tail.itemId;
  }

  /**
   * Commits the first facts: a start, or what was told about an execution that has no turn anywhere; what was
   * interrupted is resolved first. Answers the journal's refusal or rejects; then the turn is over.
   */
  begin(told: readonly Offer[]): Promise<WriteOutcome> {
    if (this.seq >= 0) this.#takingUp.takeOver();
    return this.#pump.first(async () => {
      let outcome: WriteOutcome | undefined;
      try {
        outcome = await this.#commit([...this.#mailbox.takeAll(), ...told], beginTriesMax);
        return outcome;
      } finally {
        if (outcome?.kind !== "written") this.#finish(undefined);
      }
    });
  }

  /** Takes up an execution whose lease, if it had one, has run out: what was interrupted is resolved first. */
  resume(): void {
    this.#takingUp.takeOver();
    this.#owed.run();
    this.#settleWhenIdle();
  }

  /** Offers facts from outside; resolves when a record with them is durable, or when they came too late. */
  tell(facts: readonly Fact[]): Promise<Offered> {
    return new Promise((settled) => {
      for (const fact of facts.slice(0, -1)) this.#mailbox.put({ fact });
      for (const fact of facts.slice(-1)) this.#offer({ fact, settled });
    });
  }

  /** Somebody else may have written to the log: have a look. */
  lookAgain(): void {
    this.#wantsReload = true;
    this.lease.noteLapse();
    this.#pump.wake();
  }

  /** The head is overdue although the turn goes on: say in it when to look again. */
  refreshHead(): void {
    this.#wantsHead = true;
    this.#pump.wake();
  }

  /** Sees to it that its head is not due as long as the turn lives. */
  keepHead(nowMs: number): void {
    if (this.#headKeptUntilMs > nowMs) return;
    this.#headKeptUntilMs = nowMs + this.#context.settings.headCheckMs / 2;
    this.refreshHead();
  }

  /** Begins no more activities, records what those in flight answer, and leaves the rest to another turn; or begins them again. */
  drain(isDraining: boolean): void {
    this.#tail.mayStart = !isDraining && this.#options.mayStart;
    this.#isDraining = isDraining;
    if (!isDraining) this.#wantsReload = true;
    this.#pump.wake();
  }

  /** Ends the turn where it stands, as a crash would; what it ran is interrupted. */
  abandon(): void {
    this.#finish(undefined);
  }

  #offer(offer: Offer): void {
    if (this.#isOver) offer.settled?.("lost");
    else this.#mailbox.put(offer);
    this.#pump.wake();
  }

  #settleWhenIdle(): void {
    this.#maySettle = true;
    this.#pump.wake();
  }

  async #doNext(): Promise<boolean> {
    if (this.#isOver) return false;
    if (this.#wantsReload) {
      await this.#reload();
      this.#maySettle = true;
    } else if (this.#wantsHead && this.status === "RUNNING") await this.#refreshHead();
    else if (this.status === "RUNNING" && this.#hasWork()) await this.#step();
    else if (this.#mustSettle()) await this.#settle();
    else {
      this.#maySettle = false;
      return false;
    }
    return true;
  }

  #hasWork(): boolean {
    return (
      !this.#mailbox.isEmpty ||
      this.#tail.claims.length > 0 ||
      this.#wantsReload ||
      this.#wantsHead ||
      this.#tail.isTimerDue() ||
      (this.#owed.isToBeNoted && this.#isIdle())
    );
  }

  #isIdle(): boolean {
    return (this.#maySettle || this.#isDraining) && this.running.size === 0;
  }

  #mustSettle(): boolean {
    return this.#owed.isEmpty && (this.status !== "RUNNING" || this.#isIdle());
  }

  async #step(): Promise<void> {
    const offers = this.#mailbox.takeAll();
    if (this.#tail.isTimerDue()) offers.push({ fact: { kind: "TimePassed" } });
    const outcome = await this.#commit(offers);
    if (outcome.kind === "written") return;
    this.#mailbox.putBack(offers);
    this.#wantsReload = true;
  }

  /** Decides on the offers, commits what follows and, if that is durable, acts on it (I20, I21). */
  async #commit(offers: readonly Offer[], triesMax?: number): Promise<WriteOutcome> {
    const facts = offers.map(({ fact }) => fact);
    const decision = await this.#tail.decide(facts);
    // Whoever is to be told of a fact is told when it is durable.
    const mayWait = this.lease.mayStart && offers.every(({ settled }) => settled === undefined);
    const outcome = await this.#tail.append(decision, { triesMax, mayWait });
    if (outcome.kind === "occupied") return outcome;
    const { record, stays } = outcome.decision;
    settleOffers(offers, { late: decision.late, status: this.status });
    if (this.#isOver) return outcome;
    // The record is durable, but somebody outside has announced another one.
    if (outcome.kind === "headAhead") this.#wantsReload = true;
    this.#carryOut(record);
    this.#options.onCommit();
    if (!stays && !(this.#tail.mayStart && this.#hasWork()))
      this.#finish(this.#tail.nextCheckAtMs());
    return { kind: "written" };
  }

  /** Carries out what may be done at once, and lets the rest be claimed anew or owed. */
  #carryOut(record: LogRecord): void {
    // The lease of a record that waits is in no log.
    if (record.seq <= this.#tail.seq)
      this.lease.untilMs = record.leaseUntilMs ?? this.lease.untilMs;
    const { loaded } = this.#tail;
    this.#tail.claims = this.running.carryOut(loaded, record.commands, this.lease);
    this.#owed.add(record);
    if (this.#options.mayStart) this.#owed.run();
  }

  /** Nothing to decide (I22). */
  async #settle(): Promise<void> {
    this.#mailbox.close("ended");
    const outcome = await this.#tail.settle();
    if (outcome.kind !== "written") this.#wantsReload = true;
    else if (this.#mailbox.isEmpty) this.#finish(this.#tail.nextCheckAtMs());
  }

  async #refreshHead(): Promise<void> {
    this.#wantsHead = false;
    const outcome = await this.#tail.refreshHead();
    if (outcome.kind === "headAhead") this.#wantsReload = true;
  }

  async #reload(): Promise<void> {
    this.#wantsReload = false;
    const mayBeLate = this.lease.takeLapse();
    await this.#tail.flush();
    const loaded = await loadExecution(this.#context, this.executionId);
    const isHeld = loaded && (await isHeldByOther(this.#context, loaded, this.turnId));
    if (loaded !== undefined) keepOwn(loaded.state, this, { ...this.#hand, mayBeLate });
    if (loaded === undefined || isHeld || this.#isOver) return this.#finish(undefined);
    const lost = this.#tail.reset(loaded);
    this.#owed.reset(loaded.state.owed);
    this.#owed.run();
    // Whoever announced a record has not put it: an empty one takes its place.
    if (this.#tail.isAwaitingRecord && this.#mailbox.isEmpty)
      this.#mailbox.put({ fact: { kind: "TimePassed" } });
    // Another turn runs activities of this execution: it has taken over.
    if (this.#takingUp.isTaken()) this.#finish(undefined);
    else if (lost !== undefined) this.#takingUp.resolve(lost);
  }

  #arm(): void {
    const atMs = nextTimerAtMs(this.state);
    if (!this.#isOver && atMs !== undefined) this.#alarm.set(atMs);
  }

  #finish(nextCheckAtMs: number | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#alarm.cancel();
    this.running.keepOnly(() => false);
    this.#owed.close();
    this.#mailbox.close("lost");
    this.#options.onOver(nextCheckAtMs);
  }
}
