/**
 * The turns that this server takes: at most one an execution.
 *
 * I24 An execution that another turn has a lease on is deferred until the lease has run out, and
 *     nothing is written for it meanwhile (visibility is not ownership).
 * I25 A fact from outside about such an execution is put into its log without its turn: the record
 *     starts nothing and the lease goes on; the owner finds it when its next record is refused, or by
 *     the work item that was put for it.
 */
import type { OrchestratorError } from "#core/errors.ts";
import type { Fact } from "#core/execution/facts.ts";
import type { WriteOutcome } from "#ports/journal.ts";
import { appendOutside } from "./append-outside.ts";
import { completeStart } from "./complete-start.ts";
import { ExecutionTurn } from "./execution-turn.ts";
import { FailingExecutions } from "./failing-executions.ts";
import { leasedUntilMs } from "./lease-of.ts";
import { letGoBeside, removeItem } from "./letting-go.ts";
import { isOfNewerRelease, type Loaded, loadExecution } from "./loading.ts";
import type { Offered } from "./mailbox.ts";
import { Sharing } from "./sharing.ts";
import { isLeftOver, suspectGuard } from "./suspect-turn.ts";
import { isSetAside } from "./suspects.ts";
import { type FactsFor, patiently, staleTurnMs, type Told, tellTries, tooFast } from "./telling.ts";
import type { TurnContext } from "./turn-context.ts";
import { leftToNewerEvent, noTurnEvent } from "./turn-events.ts";
import type { TurnOptions } from "./turn-options.ts";
import { sleep } from "./write-until-done.ts";

interface TakenBy {
  readonly itemId: string | undefined;
  /** Whether the turn before did not end as it should. */
  readonly isSuspect?: boolean | undefined;
}

type TurnStart = TakenBy & Pick<TurnOptions, "mayStart" | "leaseEndedAtMs">;

/** Why a server takes no turns: it is drained, its time is up for now, or it closes. */
type Pause = "drained" | "leaving" | "closing";

export interface TurnsListener {
  readonly onCommit: (turn: ExecutionTurn) => void;
  readonly onOver: (nextCheckAtMs: number | undefined) => void;
}

export class Turns {
  readonly #context: TurnContext;
  readonly #listener: TurnsListener;
  readonly #live = new Map<string, ExecutionTurn>();
  readonly #opening = new Set<string>();
  readonly #failing: FailingExecutions;
  /** What of the work of all is for this server. */
  readonly sharing: Sharing;
  #count = 0;
  /** How often all turns were abandoned: what was being opened then comes to nothing. */
  abandonments = 0;
  /** Why it takes no turns now. */
  readonly #pauses = new Set<Pause>();

  constructor(context: TurnContext, listener: TurnsListener) {
    this.#context = context;
    this.#listener = listener;
    this.#failing = new FailingExecutions(context.clock);
    this.sharing = new Sharing(context, () => this.size);
  }

  get size(): number {
    return this.#live.size + this.#opening.size;
  }

  get hasRoom(): boolean {
    return this.#takesTurns && this.size < this.#context.settings.turnsMax;
  }

  get #takesTurns(): boolean {
    return this.#pauses.size === 0;
  }

  get #hasRoomForTold(): boolean {
    return this.hasRoom && this.sharing.keepsTold;
  }

  get live(): Iterable<ExecutionTurn> {
    return this.#live.values();
  }

  /** Takes no more turns and lets those there are come to an end, for as long as there is a reason. */
  pause(reason: Pause, isPaused: boolean): void {
    const before = this.#pauses.size > 0;
    if (isPaused) this.#pauses.add(reason);
    else this.#pauses.delete(reason);
    const now = this.#pauses.size > 0;
    if (before === now) return;
    for (const turn of [...this.#live.values()]) turn.drain(now);
  }

  /** Ends every turn where it stands, also those that are being opened. */
  abandon(): void {
    this.abandonments += 1;
    for (const turn of [...this.#live.values()]) turn.abandon();
  }

  of(executionId: string): ExecutionTurn | undefined {
    return this.#live.get(executionId);
  }

  /** Commits the start of a new execution and goes on with it here if there is room. */
  start(initial: Loaded, fact: Fact, isAwaited = false): Promise<WriteOutcome> {
    const isOurs = this.hasRoom && this.sharing.keepsStart(isAwaited);
    const mayStart = isOurs && !this.#live.has(initial.state.executionId);
    return this.#open(initial, { itemId: undefined, mayStart }).begin([{ fact }]);
  }

  /**
   * Takes a turn for an execution because of a work item or because its time has come. Answers when
   * to try again if it could not be taken now; never rejects because of the execution. It is suspect
   * if the turn before did not end as it should.
   */
  async take(
    executionId: string,
    itemId?: string,
    isSuspect = false,
  ): Promise<{ readonly retryAtMs: number } | undefined> {
    const live = this.#live.get(executionId);
    if (live !== undefined) {
      live.lookAgain();
      await letGoBeside(this.#context, live, itemId);
      return undefined;
    }
    if (this.#opening.has(executionId)) return undefined;
    const notBeforeMs = this.#failing.notBeforeMs(executionId);
    if (notBeforeMs !== undefined) return this.#defer(itemId, notBeforeMs);
    this.#opening.add(executionId);
    try {
      this.#context.suspects?.mustNotBeSetAside(executionId);
      return await this.#takeUp(executionId, { itemId, isSuspect });
    } catch (cause) {
      if (isOfNewerRelease(cause)) return await this.#leave(executionId, itemId, cause);
      if (isSetAside(cause)) return this.#leaveAside(executionId, itemId);
      this.#context.onSystemEvent(noTurnEvent(executionId, cause));
      return { retryAtMs: this.#failing.failed(executionId) };
    } finally {
      this.#opening.delete(executionId);
    }
  }

  /**
   * Records facts from outside: those that `factsFor` the execution as it stands now. Answers `late`
   * where there are none, `undefined` if there is no such execution.
   */
  async tell(executionId: string, factsFor: FactsFor): Promise<Told | undefined> {
    this.#context.suspects?.mustNotBeSetAside(executionId);
    for (let tries = 0; tries < tellTries; tries += 1) {
      const live = this.#live.get(executionId);
      const outcome =
        live === undefined
          ? await this.#tellLog(executionId, factsFor)
          : await patiently(this.#context, executionId, this.#tellTurn(live, factsFor));
      if (outcome !== "lost") return outcome;
    }
    throw tooFast(executionId);
  }

  async #tellTurn(turn: ExecutionTurn, factsFor: FactsFor): Promise<Offered | "late"> {
    const hasEnded = turn.seq >= 0 && turn.status !== "RUNNING";
    const facts = hasEnded ? [] : factsFor(turn.state);
    if (facts.length > 0) return await turn.tell(facts);
    // What the turn knows may not be durable yet, or others have gone on: only the log refuses (G1).
    const loaded = await loadExecution(this.#context, turn.executionId);
    if (loaded === undefined) return "lost";
    if (loaded.state.status !== "RUNNING") return "ended";
    const wanted = factsFor(loaded.state);
    if (wanted.length === 0) return "late";
    if (!hasEnded) return await turn.tell(wanted);
    turn.lookAgain();
    await sleep(this.#context, staleTurnMs);
    return "lost";
  }

  /** Commits facts of an execution that has no turn anywhere, and goes on with it here if there is room. */
  begin(loaded: Loaded, facts: readonly Fact[]): Promise<WriteOutcome> {
    // Of several who begin at once one has the turn: the others are refused by the log.
    const mayStart = this.#hasRoomForTold && !this.#live.has(loaded.state.executionId);
    const turn = this.#open(loaded, { itemId: undefined, mayStart });
    return turn.begin(facts.map((fact) => ({ fact })));
  }

  /** It is set aside: nothing is to bring it back but its head, now and then. */
  async #leaveAside(executionId: string, itemId: string | undefined) {
    if ((await this.#context.suspects?.noteInHead(executionId)) === false)
      return this.#defer(itemId, this.#context.clock.nowMs());
    await removeItem(this.#context, executionId, itemId);
    return undefined;
  }

  /** Loads an execution; one that may end this server is counted first. */
  #load(executionId: string, isSuspect: boolean | undefined): Promise<Loaded | undefined> {
    const load = () => loadExecution(this.#context, executionId);
    const { suspects } = this.#context;
    return isSuspect && suspects !== undefined ? suspects.attempt(executionId, load) : load();
  }

  async #takeUp(executionId: string, { itemId, isSuspect }: TakenBy) {
    // Before the reads: what they show may have been renewed since.
    const nowMs = this.#context.clock.nowMs();
    const before = this.abandonments;
    const loaded = await this.#load(executionId, isSuspect);
    if (loaded === undefined) {
      await removeItem(this.#context, executionId, itemId);
      return undefined;
    }
    const isOpen = loaded.state.status === "RUNNING";
    const untilMs = isOpen ? await leasedUntilMs(this.#context, loaded, nowMs) : 0;
    if (untilMs > nowMs) return this.#defer(itemId, untilMs + 1);
    // It was told to take no more turns meanwhile: others go on with it.
    if (!this.#takesTurns || before !== this.abandonments) return this.#defer(itemId, nowMs);
    // A start under the same id may have begun a turn meanwhile.
    if (!this.#live.has(executionId))
      this.#open(loaded, {
        itemId,
        isSuspect,
        mayStart: true,
        leaseEndedAtMs: untilMs,
      }).resume();
    return undefined;
  }

  /** Puts the work item back for a server that knows more (G11), and tells of it once. */
  async #leave(executionId: string, itemId: string | undefined, cause: OrchestratorError) {
    const { untilMs, isNew } = this.#failing.left(executionId);
    if (isNew) this.#context.onSystemEvent(leftToNewerEvent(executionId, cause));
    return await this.#defer(itemId, untilMs).catch(() => ({ retryAtMs: untilMs }));
  }

  /** Leaves the execution alone until an instant, its work item too. */
  async #defer(itemId: string | undefined, retryAtMs: number) {
    if (itemId !== undefined) {
      await this.#context.platform.journal.write([
        { kind: "ExtendItems", itemIds: [itemId], visibleAtMs: retryAtMs },
      ]);
    }
    return { retryAtMs };
  }

  async #tellLog(executionId: string, factsFor: FactsFor): Promise<Told | "lost" | undefined> {
    const nowMs = this.#context.clock.nowMs();
    const before = this.abandonments;
    const loaded = await loadExecution(this.#context, executionId);
    if (loaded === undefined) return undefined;
    if (loaded.state.status !== "RUNNING") return "ended";
    const leaseEndedAtMs = await leasedUntilMs(this.#context, loaded, nowMs);
    const isLeased = leaseEndedAtMs > nowMs;
    if (this.#live.has(executionId)) return "lost";
    const facts = factsFor(loaded.state);
    if (facts.length === 0) return "late";
    // Of a start that was cut short there may be no head to say that a record comes.
    if (loaded.seq === 0) await completeStart(this.#context, executionId, async () => loaded.state);
    if (this.#live.has(executionId)) return "lost";
    if (isLeased || !this.#hasRoomForTold || before !== this.abandonments)
      return appendOutside(this.#context, loaded, { facts, turnId: this.#nextTurnId() });
    let outcome: Offered = "lost";
    const settled = (settledAs: Offered) => {
      outcome = settledAs;
    };
    const offers = facts.map((fact) => ({ fact, settled }));
    const opened = { itemId: undefined, mayStart: true, leaseEndedAtMs };
    await this.#open(loaded, opened).begin(offers);
    return outcome;
  }

  /** No turn of a server that died may have the name of one of the server that comes after it (G4). */
  #nextTurnId(): string {
    this.#count += 1;
    const { server, serverRun = server } = this.#context;
    return `${serverRun}-${this.#count.toString(36)}`;
  }

  #open(loaded: Loaded, options: TurnStart): ExecutionTurn {
    const { suspects } = this.#context;
    const isSuspect = options.isSuspect === true || isLeftOver(this.#context, loaded.state);
    const suspect = suspects && isSuspect ? suspectGuard(suspects, () => turn) : undefined;
    const turn: ExecutionTurn = new ExecutionTurn({
      context: this.#context,
      guard: suspect?.guard,
      turnId: this.#nextTurnId(),
      loaded,
      ...options,
      onCommit: () => {
        this.#failing.succeeded(turn.executionId);
        this.#listener.onCommit(turn);
      },
      onFailed: () => this.#failing.failed(turn.executionId),
      onOver: (nextCheckAtMs) => {
        if (nextCheckAtMs !== undefined) suspect?.settled();
        if (this.#live.get(turn.executionId) === turn) this.#live.delete(turn.executionId);
        this.#listener.onOver(nextCheckAtMs);
      },
    });
    if (options.mayStart) this.#live.set(turn.executionId, turn);
    return turn;
  }
}
