import type { ProgressDropped, TakenOver } from "#core/execution/facts.ts";
import { isLost, progressToDrop } from "./dropped-progress.ts";
import type { LogTail } from "./log-tail.ts";
import type { Mailbox } from "./mailbox.ts";
import { resumeFrom } from "./resume.ts";
import type { RunningActivities } from "./running-activities.ts";
import { takenOverEvent } from "./turn-events.ts";
import type { TurnOptions } from "./turn-options.ts";

/** How a turn goes on with what others may have begun. */
export class TakingUp {
  readonly #options: TurnOptions;
  readonly #tail: LogTail;
  readonly #running: RunningActivities;
  readonly #mailbox: Mailbox;

  constructor(turn: {
    readonly options: TurnOptions;
    readonly tail: LogTail;
    readonly running: RunningActivities;
    readonly mailbox: Mailbox;
  }) {
    this.#options = turn.options;
    this.#tail = turn.tail;
    this.#running = turn.running;
    this.#mailbox = turn.mailbox;
  }

  /** Resolves what was interrupted, or lost, or stood still for too long. */
  takeOver(): void {
    const found = progressToDrop(this.#options) ?? this.claim();
    if (found !== undefined) this.resolve(found);
  }

  /** Offers the fact by which it is resolved what a turn that is gone has left. */
  resolve(fact: TakenOver | ProgressDropped): void {
    const { executionId } = this.#tail.state;
    const { context, turnId } = this.#options;
    this.#mailbox.put({ fact });
    context.onSystemEvent(takenOverEvent({ executionId, turnId, seq: this.#tail.seq }, fact));
  }

  /** Whether another turn runs activities of the execution; claims what nobody has begun. */
  isTaken(): boolean {
    this.#giveUpAgain();
    // All that it has done is about to be given up: nothing of it is gone on with.
    return !this.#mailbox.givesUp && this.claim() !== undefined;
  }

  /**
   * Somebody was faster than the record by which it was to be given up: it still is, or not. Or somebody has taken
   * over meanwhile, and is gone as well.
   */
  #giveUpAgain(): void {
    const told = this.#mailbox.takePutBackLoss();
    const { loaded } = this.#tail;
    if (told === undefined && !isLost({ ...this.#options, loaded })) return;
    const fact = progressToDrop({ ...this.#options, loaded }) ?? this.#ownLoss(told);
    if (fact === undefined) return;
    if (told === undefined) this.resolve(fact);
    else this.#mailbox.put({ fact });
  }

  /** What this turn has lost of its own nobody else finds lost: the log has its lease. */
  #ownLoss(told: ProgressDropped | undefined): ProgressDropped | undefined {
    const { status, lease } = this.#tail.state;
    const isOwn = status === "RUNNING" && lease?.turn === this.#options.turnId;
    return isOwn && told?.reason === "lost" ? told : undefined;
  }

  /** Claims what nobody has begun, and answers what another turn may have begun. */
  claim(): TakenOver | undefined {
    const { context, turnId } = this.#options;
    const { interrupted, claims, handOffs } = resumeFrom(this.#tail.loaded, {
      turnId,
      isInHand: (activity, attempt) =>
        this.#running.has(activity, attempt) || this.#mailbox.hasResult(activity, attempt),
      runner: context.runner,
      drains: context.drains,
    });
    this.#tail.claims = claims;
    if (this.#tail.mayStart)
      for (const activity of handOffs) this.#running.start(this.#tail.loaded, activity);
    return interrupted;
  }
}
