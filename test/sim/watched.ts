/** One execution as the observer of a simulation knows it: every write that reached the store, and what it means. */
import { isDeepStrictEqual } from "node:util";
import { calledBy } from "#core/execution/called.ts";
import type { Fact } from "#core/execution/facts.ts";
import type { HistoryEvent } from "#core/execution/history-event.ts";
import type { Program } from "#core/execution/program.ts";
import type { LogRecord } from "#core/execution/record.ts";
import { resourceKind } from "#core/execution/resource-kind.ts";
import type { ExecutionState, ExecutionStatus } from "#core/execution/state.ts";
import { applyRecord } from "#engine/loading.ts";
import type { Snapshot } from "#ports/execution-log.ts";
import type { Head } from "#ports/heads.ts";
import { wrongLoss } from "./loss.ts";
import { mayRestart } from "./script.ts";

export interface Observed {
  readonly nowMs: () => number;
  /** Whether the servers' clocks agree: only then are leases exclusive. */
  readonly clocksAgree: () => boolean;
  /** By how much the clock of a server is ahead of `nowMs`. */
  readonly aheadMs: (server: string) => number;
  readonly leaseMs: number;
  readonly violated: (kind: string, message: string) => void;
  /** Whether the run of a turn is over, so that its lease means nothing; absent: nobody knows. */
  readonly isOver?: (turn: string) => boolean;
  /** How often people were told that the progress of an execution was given up. */
  readonly toldCount?: (executionId: string) => number;
}

/** Facts that say what came of others, which are not in the log. */
const standIns: readonly Fact["kind"][] = ["ExecutionCondensed", "ProgressRestated"];

const serverOf = (turn: string): string => turn.slice(0, turn.lastIndexOf("-"));

const attemptOf = ({ activity, attempt }: { activity: string; attempt: number }) =>
  `${activity}#${attempt}`;

export class Watched {
  readonly executionId: string;
  readonly program: Program;
  readonly records: LogRecord[] = [];
  readonly events: HistoryEvent[] = [];
  /** The fold of all records. */
  state: ExecutionState | undefined;
  /** When the record came that ended the execution. */
  endedAtMs: number | undefined;
  headEndedAtMs: number | undefined;
  /** When the record of its start arrived. */
  firstAtMs: number | undefined;
  /** In which ways it has ended so far; several where it was redriven. */
  readonly ends = new Set<ExecutionStatus>();
  isAcknowledged = false;
  /** Whether somebody has asked for a redrive: its head may be open again. */
  isRedriveAsked = false;
  /** Attempts that began, and those that a durable record says were interrupted. */
  readonly #begun = new Set<string>();
  readonly #interrupted = new Set<string>();
  /** Until when a turn has had a lease without a gap. */
  readonly #leases = new Map<string, number>();
  #holder: string | undefined;
  /** Turns whose lease was taken by one whose clock is ahead by more than a lease, and until when they have it for theirs. */
  readonly #outrun = new Map<string, number>();
  #hasOthers = false;
  #announcedSeq = -1;
  /** How often what was done was given up. */
  #droppedCount = 0;
  #foldedSeq = -1;
  #folding: Promise<void> = Promise.resolve();
  readonly #world: Observed;

  constructor(executionId: string, program: Program, world: Observed) {
    this.executionId = executionId;
    this.program = program;
    this.#world = world;
  }

  /** Whether records wait in memory, so that nobody outside knows what goes on. */
  get isUnwritten(): boolean {
    return this.program.settings?.persistence === "none";
  }

  /** Whether a fact is in the log, or what came of all of them stands for it. */
  hasRecorded(isWanted: (fact: Fact) => boolean): boolean {
    return this.facts.some((fact) => standIns.includes(fact.kind) || isWanted(fact));
  }

  get facts(): Fact[] {
    return this.records.flatMap(({ facts }) => facts);
  }

  get hasInterruptions(): boolean {
    return this.#interrupted.size > 0;
  }

  appended(record: LogRecord): void {
    const last = this.records.at(-1);
    if (this.records[record.seq]?.commitId === record.commitId) return;
    this.#check(record.seq === this.records.length, "G3", `record ${record.seq} leaves a gap`);
    this.#check(record.atMs >= (last?.atMs ?? 0), "time", `record ${record.seq} runs backwards`);
    this.#check(
      (record.seq === 0) === (record.facts[0]?.kind === "ExecutionStarted"),
      "G6",
      `record ${record.seq} begins with ${record.facts[0]?.kind}`,
    );
    const isRedrive = record.facts.some(({ kind }) => kind === "ExecutionRedriven");
    // What stands for all of them comes last.
    const isCondensing = record.facts[0]?.kind === "ExecutionCondensed";
    this.#then(() =>
      this.#check(
        this.endedAtMs === undefined || isRedrive || isCondensing,
        "end",
        `record ${record.seq} follows the end`,
      ),
    );
    this.records.push(record);
    this.firstAtMs ??= this.#world.nowMs();
    this.#noteLease(record);
    for (const fact of record.facts) if (fact.kind === "TakenOver") this.#noteTakeover(fact);
    this.#fold(record);
  }

  renewed(turn: string, untilMs: number): void {
    const lease = this.#leases.get(turn);
    if (lease === undefined || lease <= this.#world.nowMs()) return;
    // The head of what has ended takes no renewal.
    if (this.headEndedAtMs === undefined) this.#leases.set(turn, untilMs);
  }

  /** A record was announced. */
  headRaised(seq: number): void {
    this.#announcedSeq = Math.max(this.#announcedSeq, seq);
  }

  headPut(head: Head): void {
    const isRunning = head.status === "RUNNING";
    // Whoever sets it aside, or lets it go on, leaves what is announced as it is.
    const isKept = head.seq <= this.#announcedSeq && head.waitingFor !== undefined;
    this.#check(
      isKept || head.seq < this.records.length,
      "G1",
      `a head reflects record ${head.seq}`,
    );
    this.#check(isRunning === (head.nextCheckAtMs !== undefined), "I10", JSON.stringify(head));
    this.#check(
      // The writes of a start that has ended at once may be repeated while another server closes it.
      this.headEndedAtMs === undefined || !isRunning || this.isRedriveAsked || head.seq === 0,
      "head-reopened",
      `a head that has ended runs again at ${head.seq}`,
    );
    if (isRunning) this.headEndedAtMs = undefined;
    else if (!this.#isRedrivenAfter(head.seq)) this.headEndedAtMs ??= this.#world.nowMs();
    this.#then(() =>
      this.#check(
        isRunning || head.seq < this.records.length - 1 || this.state?.status === head.status,
        "head-status",
        `the head says ${head.status}, the log ${this.state?.status}`,
      ),
    );
  }

  #isRedrivenAfter(seq: number): boolean {
    return this.records
      .slice(seq + 1)
      .some(({ facts }) => facts.some(({ kind }) => kind === "ExecutionRedriven"));
  }

  snapshotPut({ seq, state }: Snapshot): void {
    const text = JSON.stringify(state);
    this.#then(async () => {
      this.#same(JSON.parse(text), await this.#foldTo(seq), `snapshot ${seq}`);
    });
  }

  /** What a turn holds in memory at its end. */
  endedIn(state: ExecutionState, seq: number): void {
    // A condensed log says less of the way to the end than its turn knows.
    if (state.isCondensed === true) return;
    const text = JSON.stringify(state);
    this.#then(async () => {
      this.#same(JSON.parse(text), await this.#foldTo(seq), `the state of a turn at ${seq}`);
    });
  }

  began(server: string, request: { activity: string; attempt: number; resource: string }): void {
    const attempt = attemptOf(request);
    const isCommitted = this.records.some(
      ({ turn, commands, leaseUntilMs }) =>
        turn.startsWith(`${server}-`) &&
        leaseUntilMs !== undefined &&
        commands.some(
          (command) => command.kind === "RunActivity" && attemptOf(command) === attempt,
        ),
    );
    // What is not written yet stands behind a lease that is (I36).
    const isBehindLease = this.isUnwritten && this.#holder?.startsWith(`${server}-`) === true;
    this.#check(
      isCommitted || isBehindLease || this.#isOutrun(server),
      "G1",
      `${attempt} begins before its record is durable`,
    );
    this.#check(!this.#begun.has(attempt), "G4", `${attempt} begins twice`);
    this.#check(
      !this.#interrupted.has(attempt) || !this.#world.clocksAgree(),
      "G4",
      `${attempt} begins after it was interrupted`,
    );
    this.#begun.add(attempt);
    const last = this.records.at(-1);
    if (last === undefined || !last.turn.startsWith(`${server}-`)) return;
    this.#then(() => {
      const activity = this.state?.activities[request.activity];
      this.#check(
        this.#foldedSeq > last.seq ||
          isBehindLease ||
          (activity?.attempt === request.attempt && activity.phase === "running"),
        "G4",
        `${attempt} begins although it has ended by record ${last.seq}`,
      );
    });
  }

  /**
   * Whether a server has a lease by its own clock that another one has taken, by a clock which no lease outlasts:
   * where records wait in memory nothing else keeps the two apart (ADR 11).
   */
  #isOutrun(server: string): boolean {
    const nowMs = this.#world.nowMs() + this.#world.aheadMs(server);
    return [...this.#outrun].some(
      ([turn, untilMs]) => this.isUnwritten && serverOf(turn) === server && untilMs > nowMs,
    );
  }

  /** Everything that was observed is understood. */
  settled(): Promise<void> {
    return this.#folding;
  }

  #noteLease(record: LogRecord): void {
    const nowMs = this.#world.nowMs();
    const { turn, leaseUntilMs, facts } = record;
    const takesOver = facts.some(({ kind }) => kind === "TakenOver");
    const isRedrive = facts.some(({ kind }) => kind === "ExecutionRedriven");
    if (this.#holder !== undefined && this.#holder !== turn && this.#world.clocksAgree()) {
      const heldUntilMs = this.#leases.get(this.#holder) ?? 0;
      this.#check(
        heldUntilMs <= nowMs ||
          this.#world.isOver?.(this.#holder) === true ||
          (leaseUntilMs === undefined && !takesOver && !isRedrive),
        "lease",
        `turn ${turn} writes record ${record.seq} under a lease of ${this.#holder} for ${heldUntilMs - nowMs} ms more`,
      );
    }
    if (this.#holder !== undefined && this.#holder !== turn && record.isOutside !== true)
      this.#noteOutrun(this.#holder, turn);
    // Whoever held the lease of the run before has lost it, whether it knows or not.
    if (isRedrive) this.#holder = undefined;
    if (leaseUntilMs === undefined) {
      if (this.#holder === turn) this.#holder = undefined;
      return;
    }
    this.#holder = turn;
    this.#leases.set(turn, leaseUntilMs);
  }

  #noteOutrun(holder: string, turn: string): void {
    const { aheadMs, leaseMs } = this.#world;
    const apartMs = aheadMs(serverOf(turn)) - aheadMs(serverOf(holder));
    if (apartMs > leaseMs) this.#outrun.set(holder, this.#leases.get(holder) ?? 0);
  }

  #noteTakeover({ interrupted }: Extract<Fact, { kind: "TakenOver" }>): void {
    for (const one of interrupted) this.#interrupted.add(attemptOf(one));
    this.#then(() => {
      for (const one of interrupted) {
        // Told too late, of an attempt that another turn has resolved, it changes nothing.
        const activity = this.state?.activities[one.activity];
        const isMeant = activity?.attempt === one.attempt;
        const resource = isMeant ? calledBy(activity).resource : undefined;
        this.#check(
          resource === undefined || mayRestart(resource) === (one.resolution === "restart"),
          "G4",
          `${attemptOf(one)} of ${resource} is resolved by ${one.resolution}`,
        );
      }
    });
  }

  #fold(record: LogRecord): void {
    const nowMs = this.#world.nowMs();
    this.#then(async () => {
      const sink = (event: HistoryEvent) => this.events.push(event);
      this.#mustLoseRightly(record);
      this.state = await applyRecord({ program: this.program, state: this.state, record, sink });
      this.#foldedSeq = record.seq;
      const { status } = this.state;
      if (status !== "RUNNING") this.ends.add(status);
      this.endedAtMs = status === "RUNNING" ? undefined : (this.endedAtMs ?? nowMs);
      const { turn, leaseUntilMs } = record;
      const activities = Object.values(this.state.activities);
      // The start of a child may outlast its end, and answers from outside may wait for the next record:
      // the turn that has either in hand keeps its lease.
      this.#hasOthers ||= activities.some(
        ({ resource, token }) => token !== undefined || resourceKind(resource) === "child",
      );
      const runs = activities.some(({ phase, turn: by }) => phase === "running" && by === turn);
      this.#check(
        runs || leaseUntilMs === undefined || this.#hasOthers,
        "phantom-lease",
        `record ${record.seq} takes a lease for activities that it does not start`,
      );
    });
  }

  #mustLoseRightly(record: LogRecord): void {
    const { program, state, executionId } = this;
    this.#droppedCount += record.facts.filter(({ kind }) => kind === "ProgressDropped").length;
    const toldCount = this.#world.toldCount?.(executionId) ?? 0;
    const wrong = wrongLoss({
      program,
      state,
      record,
      droppedCount: this.#droppedCount,
      toldCount,
    });
    if (wrong !== undefined) this.#check(false, wrong.slice(0, 3), wrong);
  }

  async #foldTo(seq: number): Promise<ExecutionState | undefined> {
    if (this.#foldedSeq === seq) return this.state;
    let state: ExecutionState | undefined;
    for (const record of this.records.slice(0, seq + 1))
      state = await applyRecord({ program: this.program, state, record });
    return state;
  }

  #same(found: unknown, folded: unknown, what: string): void {
    const plain = JSON.parse(JSON.stringify(folded ?? null));
    this.#check(isDeepStrictEqual(found, plain), "fold", `${what} is not the fold of the log`);
  }

  #then(task: () => void | Promise<void>): void {
    this.#folding = this.#folding.then(task).catch((error: unknown) => {
      this.#world.violated("fold", `${this.executionId}: ${String(error)}`);
    });
  }

  #check(holds: boolean, kind: string, message: string): void {
    if (!holds) this.#world.violated(kind, `${this.executionId}: ${message}`);
  }
}
