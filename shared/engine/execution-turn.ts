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
import type { Command } from "#core/execution/commands.ts";
import type { Fact, TakenOver } from "#core/execution/facts.ts";
import type { ExecutionState, ExecutionStatus } from "#core/execution/state.ts";
import type { Write, WriteOutcome } from "#ports/journal.ts";
import { Alarm } from "./alarm.ts";
import type { EngineContext } from "./context.ts";
import { factOf } from "./fact-of.ts";
import { loadExecution } from "./loading.ts";
import { LogTail, type WriteAll } from "./log-tail.ts";
import { Mailbox, type Offer, type Offered, settleOffers } from "./mailbox.ts";
import { resumeFrom } from "./resume.ts";
import { RunningActivities } from "./running-activities.ts";
import { takenOverEvent, turnFailedEvent } from "./turn-events.ts";
import type { TurnOptions } from "./turn-options.ts";
import { beginTriesMax, writeUntilDone } from "./write-until-done.ts";

export class ExecutionTurn {
  readonly executionId: string;
  readonly turnId: string;
  /** Instant until which nobody else may take over what runs here. */
  leaseUntilMs = 0;
  /** When lease and work item are to be renewed next. */
  renewAtMs: number;
  readonly #options: TurnOptions;
  readonly #context: EngineContext;
  readonly #tail: LogTail;
  readonly #running: RunningActivities;
  readonly #alarm: Alarm;
  readonly #mailbox = new Mailbox();
  #isPumping = false;
  #isOver = false;
  #wantsReload = false;
  #wantsHead = false;
  #isDraining = false;

  constructor(options: TurnOptions) {
    const { context } = options;
    this.#options = options;
    this.#context = context;
    this.turnId = options.turnId;
    this.executionId = options.loaded.state.executionId;
    this.renewAtMs = context.clock.nowMs() + context.settings.leaseMs / 3;
    this.#tail = new LogTail(options);
    this.#alarm = new Alarm(context.clock, () => {
      if (this.#tail.isTimerDue()) this.#pump();
      else this.#arm();
    });
    this.#running = new RunningActivities({
      runner: context.runner,
      finished: (activity, attempt, result) =>
        this.#offer({ fact: factOf({ activity, attempt, result }) }),
      heartbeat: (activity, attempt) =>
        this.#offer({ fact: { kind: "ActivityHeartbeat", activity, attempt } }),
    });
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

  get runsActivities(): boolean {
    return this.#running.size > 0;
  }

  /**
   * Commits a first fact: a start, or a fact from outside about an execution that has no turn here.
   * Answers the journal's refusal or rejects if the storage cannot take it; then the turn is over.
   */
  async begin(fact: Fact): Promise<WriteOutcome> {
    this.#isPumping = true;
    try {
      const write: WriteAll = (writes) => this.#write(writes, beginTriesMax);
      const outcome = await this.#commit([{ fact }], write);
      if (outcome.kind !== "written") this.#finish(undefined);
      return outcome;
    } catch (error) {
      this.#finish(undefined);
      throw error;
    } finally {
      this.#isPumping = false;
      this.#pump();
    }
  }

  /** Takes up an execution whose lease, if it had one, has run out: what was interrupted is resolved first. */
  resume(): void {
    const interrupted = this.#claim();
    if (interrupted !== undefined) {
      this.#mailbox.put({ fact: interrupted });
      this.#context.onSystemEvent(takenOverEvent(this, interrupted));
    }
    this.#pump({ mustSettle: true });
  }

  /** Offers a fact from outside; resolves when a record with it is durable, or when it came too late. */
  tell(fact: Fact): Promise<Offered> {
    return new Promise((settled) => {
      this.#offer({ fact, settled });
    });
  }

  /** Somebody else may have written to the log: have a look. */
  lookAgain(): void {
    this.#wantsReload = true;
    this.#pump();
  }

  /** The head is overdue although the turn goes on: say in it when to look again. */
  refreshHead(): void {
    this.#wantsHead = true;
    this.#pump();
  }

  /** Begins no more activities, records what those in flight answer, and leaves the rest to another turn. */
  drain(): void {
    this.#tail.mayStart = false;
    this.#isDraining = true;
    this.#pump();
  }

  /** Ends the turn where it stands, as a crash would; what it ran is interrupted. */
  abandon(): void {
    this.#finish(undefined);
  }

  #offer(offer: Offer): void {
    if (this.#isOver) {
      offer.settled?.("lost");
      return;
    }
    this.#mailbox.put(offer);
    this.#pump();
  }

  #pump(options: { readonly mustSettle: boolean } = { mustSettle: false }): void {
    if (this.#isPumping || this.#isOver) return;
    this.#isPumping = true;
    void this.#work(options.mustSettle);
  }

  /** Never rejects. The last look for work and the end of pumping are one step: an offer between them would be lost. */
  async #work(mustSettle: boolean): Promise<void> {
    try {
      let maySettle = mustSettle;
      while (!this.#isOver) {
        if (this.#wantsReload) {
          await this.#reload();
          maySettle = true;
        } else if (this.#wantsHead) await this.#refreshHead();
        else if (this.status === "RUNNING" && this.#hasWork()) await this.#step();
        else if (this.#mustSettle(maySettle)) await this.#settle();
        else break;
      }
      this.#isPumping = false;
      this.#arm();
    } catch (cause) {
      this.#isPumping = false;
      this.#context.onSystemEvent(turnFailedEvent(this, cause));
      this.#options.onFailed();
      this.#finish(undefined);
    }
  }

  #hasWork(): boolean {
    return (
      !this.#mailbox.isEmpty ||
      this.#tail.claims.length > 0 ||
      this.#wantsReload ||
      this.#wantsHead ||
      this.#tail.isTimerDue()
    );
  }

  #mustSettle(maySettle: boolean): boolean {
    if (this.status !== "RUNNING") return true;
    return (maySettle || this.#isDraining) && !this.runsActivities;
  }

  async #step(): Promise<void> {
    const offers = this.#mailbox.takeAll();
    if (this.#tail.isTimerDue()) offers.push({ fact: { kind: "TimePassed" } });
    const outcome = await this.#commit(offers, this.#write);
    if (outcome.kind === "written") return;
    this.#mailbox.putBack(offers);
    this.#wantsReload = true;
  }

  /** Decides on the offers, commits what follows and, if that is durable, acts on it (I20, I21). */
  async #commit(offers: readonly Offer[], write: WriteAll): Promise<WriteOutcome> {
    const facts = offers.map(({ fact }) => fact);
    const decision = await this.#tail.decide(facts, this.#running);
    const outcome = await this.#tail.append(decision, write);
    if (outcome.kind === "occupied" || this.#isOver) return outcome;
    // The record is durable, but somebody outside has announced another one.
    if (outcome.kind === "headAhead") this.#wantsReload = true;
    settleOffers(offers, this.status);
    const { record, stays } = decision;
    this.leaseUntilMs = record.leaseUntilMs ?? this.leaseUntilMs;
    this.#carryOut(record.commands);
    this.#options.onCommit();
    if (!stays && !(this.#tail.mayStart && this.#hasWork()))
      this.#finish(this.#tail.nextCheckAtMs());
    return { kind: "written" };
  }

  #carryOut(commands: readonly Command[]): void {
    const { clock, settings } = this.#context;
    const mustClaimAnew = clock.nowMs() > this.leaseUntilMs - settings.leaseMs / 3;
    const late: Command[] = [];
    for (const command of commands) {
      if (command.kind === "CancelActivity") {
        this.#running.cancel(command.activity, command.attempt);
      } else if (command.kind !== "RunActivity") {
        // What is owed is carried out in its order.
      } else if (mustClaimAnew) {
        late.push(command);
      } else {
        const activity = this.state.activities[command.activity];
        if (activity?.attempt === command.attempt) this.#running.start(this.state, activity);
      }
    }
    this.#tail.claims = late;
  }

  /** Nothing to decide (I22). */
  async #settle(): Promise<void> {
    this.#mailbox.close("ended");
    const outcome = await this.#tail.settle(this.#write);
    if (outcome.kind === "headAhead") this.#wantsReload = true;
    else if (this.#mailbox.isEmpty) this.#finish(this.#tail.nextCheckAtMs());
  }

  async #refreshHead(): Promise<void> {
    this.#wantsHead = false;
    const outcome = await this.#tail.refreshHead(this.#write);
    if (outcome.kind === "headAhead") this.#wantsReload = true;
  }

  async #reload(): Promise<void> {
    this.#wantsReload = false;
    const loaded = await loadExecution(this.#context, this.executionId);
    if (loaded === undefined || this.#isOver) {
      this.#finish(undefined);
      return;
    }
    this.#tail.reset(loaded);
    const { activities } = loaded.state;
    this.#running.keepOnly((activity, attempt) => {
      const current = activities[activity];
      return current?.attempt === attempt && current.turn === this.turnId;
    });
    // Another turn runs activities of this execution: it has taken over.
    if (this.#claim() !== undefined) this.#finish(undefined);
  }

  /** Claims what nobody has begun, and answers what another turn may have begun. */
  #claim(): TakenOver | undefined {
    const { interrupted, claims } = resumeFrom(this.state, {
      turnId: this.turnId,
      isInHand: (activity, attempt) =>
        this.#running.has(activity, attempt) || this.#mailbox.hasResult(activity, attempt),
      mayRestart: this.#context.runner.mayRestart,
    });
    this.#tail.claims = claims;
    return interrupted;
  }

  readonly #write = (writes: readonly Write[], triesMax = Number.POSITIVE_INFINITY) =>
    writeUntilDone(this.#context, writes, {
      executionId: this.executionId,
      isWanted: () => !this.#isOver,
      triesMax,
    });

  #arm(): void {
    const atMs = nextTimerAtMs(this.state);
    if (!this.#isOver && atMs !== undefined) this.#alarm.set(atMs);
  }

  #finish(nextCheckAtMs: number | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#alarm.cancel();
    this.#running.keepOnly(() => false);
    this.#mailbox.close("lost");
    this.#options.onOver(nextCheckAtMs);
  }
}
