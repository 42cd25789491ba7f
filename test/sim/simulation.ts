/**
 * One simulation: the shipped engine on the memory platform under a virtual clock, with everything
 * that is random drawn from one seed. Faults come for a while, with safety checked on every tick;
 * then they stop, and everything must finish.
 */
import { baseProcessOf } from "#core/execution/map-run/process-part.ts";
import type { Program } from "#core/execution/program.ts";
import type { ExecutionTurn } from "#engine/execution-turn.ts";
import { awsSettings, type EngineSettings, embeddedSettings } from "#engine/settings.ts";
import { copy } from "#platforms/memory/memory-store.ts";
import { type VirtualClock, virtualClock } from "#platforms/memory/virtual-clock.ts";
import type { ActivityRequest } from "#ports/activity-runner.ts";
import type { Write, WriteOutcome } from "#ports/journal.ts";
import type { SystemEvent } from "#ports/system-event.ts";
import {
  awaitOnce,
  type Callers,
  type Order,
  redriveOnce,
  startUntilAnswered,
  stopOnce,
} from "./clients.ts";
import { Deep } from "./deep.ts";
import { drawDeepProcess, drawPoisonProgram, poisonProcess } from "./deep-processes.ts";
import { drawMoreRates, drawRates, type FaultRates } from "./faults.ts";
import { Fleet } from "./fleet.ts";
import { missingNet } from "./nets.ts";
import { operate } from "./operator.ts";
import { Outside } from "./outside.ts";
import { drawDefinition, drawInput } from "./processes.ts";
import { hashOf, type Random, random } from "./random.ts";
import { type Sabotage, type SimServer, simServer } from "./sim-server.ts";
import { storage } from "./storage.ts";
import { Watched } from "./watched.ts";
import { drawWideProcess } from "./wide-processes.ts";

export interface Outcome {
  readonly seed: number;
  /** Kind and message of the first violation. */
  readonly violation: { readonly kind: string; readonly message: string } | undefined;
  /** The same for the same seed and the same code. */
  readonly trace: number;
  readonly recordCount: number;
  readonly executions: readonly Watched[];
  /** Processes whose end may depend on what came first. */
  readonly racy: ReadonlySet<string>;
  /** Whether a drain interrupted activities. */
  readonly wasDrainOverdue: boolean;
  readonly log: readonly string[];
}

export interface SimulationOptions {
  readonly seed: number;
  readonly sabotage?: Sabotage;
  /** Kinds of violations that are passed over. */
  readonly ignored?: ReadonlySet<string>;
  /** Keeps a line for each thing that happens. */
  readonly isVerbose?: boolean;
  /** Runs what the seed says without any fault. */
  readonly isFaultless?: boolean;
}

const startMs = Date.parse("2026-01-01T00:00:00Z");
/** Virtual time in which everything must finish once the faults have stopped. */
const quietMsMax = 48 * 3_600_000;
/** An execution whose log has ended is closed, and its work item gone, within this time: the check of a head and a few leases. */
const closeMsMax = 75_000;
/** More writes than this in one instant are taken for a livelock. */
const writesInTickMax = 20_000;
/** Seeds from here on redrive what has ended; the draws of those before are as they were. */
export const redrivingFrom = 1_000_000;
/** Seeds from here on draw from everything: workers, callbacks, signals, children, loops, joins, distributed maps. */
export const wideFrom = 2_000_000;
/** Seeds from here on draw all of that, and what is in `deep.ts`. */
export const deepFrom = 3_000_000;
/** Seeds from here on draw what those from `wideFrom` on do, and functions do the work. */
export const onCallFrom = 4_000_000;

/** What a seed draws from. */
const rangeOf = (seed: number) => {
  const isOnCall = seed >= onCallFrom;
  return {
    isRedriving: seed >= redrivingFrom,
    isWide: seed >= wideFrom,
    isDeep: seed >= deepFrom && !isOnCall,
    isOnCall,
    settings: isOnCall ? awsSettings : embeddedSettings,
  };
};

class Simulation {
  readonly #options: SimulationOptions;
  readonly #clock = virtualClock(startMs);
  /** What the clocks of the machine show; the virtual one never steps back. */
  readonly #wall: VirtualClock = {
    ...this.#clock,
    nowMs: () => this.#clock.nowMs() + this.#wallAheadMs,
  };
  #wallAheadMs = 0;
  readonly #storage = storage(this.#wall);
  readonly #random: Random;
  readonly #line: Random;
  #rates: FaultRates;
  readonly #settings: EngineSettings;
  readonly #programs = new Map<string, Program>();
  readonly #watched = new Map<string, Watched>();
  readonly #servers: SimServer[] = [];
  readonly #log: string[] = [];
  readonly #orders: Order[];
  readonly #wantedServers: number;
  readonly #callers: Callers;
  #areFaultsOn = true;
  #outUntilMs = 0;
  #aheadMs = 0;
  #openCalls = 0;
  #trace = 0;
  #serverCount = 0;
  #isRevivalSet = false;
  #writesInTick = 0;
  #violation: Outcome["violation"];
  #redriver: Random | undefined;
  readonly #racy = new Set<string>();
  #wasDrainOverdue = false;
  readonly #outside: Outside | undefined;
  readonly #deep: Deep | undefined;
  readonly #fleet: Fleet | undefined;
  #isOver = false;

  constructor(options: SimulationOptions) {
    this.#options = options;
    const draws = random(options.seed);
    this.#random = draws.fork();
    this.#line = draws.fork();
    const shape = draws.fork();
    this.#rates = drawRates(draws.fork());
    const { isRedriving, isWide, isDeep, isOnCall, settings } = rangeOf(options.seed);
    this.#redriver = isRedriving ? draws.fork() : undefined;
    if (isWide) {
      if (draws.chance(0.5)) this.#redriver = undefined;
      this.#rates = { ...this.#rates, ...drawMoreRates(draws.fork()) };
    }
    this.#settings = {
      ...settings,
      turnsMax: shape.pick([1, 2, 1000, 1000]),
      snapshotEveryRecords: shape.pick([1, 3, 10, 250]),
    };
    for (let count = shape.int(1, 3); count > 0; count -= 1) {
      const process = `p${count}`;
      const { isRacy, ...drawn } = this.#drawProcess(shape, { isWide, isDeep });
      this.#programs.set(process, { process, version: 1, ...drawn });
      if (isRacy) this.#racy.add(process);
    }
    const orders = shape.int(1, isDeep && shape.chance(0.2) ? 14 : 6);
    this.#orders = Array.from({ length: orders }, (_, index) => ({
      process: shape.pick([...this.#programs.keys()]),
      name: `x${index}`,
      input: drawInput(shape),
    }));
    this.#wantedServers = shape.int(1, 3);
    this.#areFaultsOn = options.isFaultless !== true;
    this.#callers = {
      server: () => {
        if (this.#fleet !== undefined) return this.#fleet.callers;
        const ready = this.#servers.filter((server) => !server.isDead() && !server.isClosing);
        return ready.length === 0 ? undefined : this.#random.pick(ready).engine;
      },
      sleep: (delayMs) =>
        new Promise((resolve) => {
          this.#clock.after(delayMs, resolve);
        }),
      watched: (executionId) => this.#watched.get(executionId),
      hasHead: (executionId) => this.#storage.store.executions.get(executionId)?.head !== undefined,
      violated: this.#violated,
    };
    if (isWide)
      this.#outside = new Outside({
        callers: this.#callers,
        random: draws.fork(),
        areFaultsOn: () => this.#areFaultsOn,
        call: (task) => this.#call(task),
        isOver: () => this.#isOver,
        note: (line) => this.#note(line),
      });
    if (isDeep) this.#deep = this.#dive(draws.fork());
    this.#fleet = isOnCall ? this.#openFleet(draws.fork()) : undefined;
  }

  #drawProcess(shape: Random, of: { readonly isWide: boolean; readonly isDeep: boolean }) {
    const known = [...this.#programs.keys()];
    if (of.isDeep) return drawDeepProcess(shape, known, this.#settings.turnsMax >= 1_000);
    if (of.isWide) return drawWideProcess(shape, known);
    return { definition: drawDefinition(shape), isRacy: false };
  }

  #dive(draws: Random): Deep {
    const isPoisoned = draws.chance(0.12);
    const poison = drawPoisonProgram(draws.fork());
    if (isPoisoned) {
      this.#programs.set(poisonProcess, poison);
      this.#orders.push({ process: poisonProcess, name: "x", input: { n: 0, items: [] } });
    }
    return new Deep({
      callers: this.#callers,
      random: draws.fork(),
      storage: this.#storage,
      clock: this.#clock,
      wallMs: this.#wall.nowMs,
      leaseMs: this.#settings.leaseMs,
      isPatient: this.#settings.turnsMax < 1_000,
      signal: (executionId) => this.#outside?.signal(executionId, 1),
      program: (process) => this.#programs.get(process),
      processes: [...this.#programs.keys()],
      poison: isPoisoned && this.#areFaultsOn ? "x" : undefined,
      areFaultsOn: () => this.#areFaultsOn,
      executions: () => this.#watched.values(),
      hasEnded: (executionId) => this.#hasClosed(executionId),
      isOver: () => this.#isOver,
      call: (task) => this.#call(task),
      note: (line) => this.#note(line),
    });
  }

  #openFleet(draws: Random): Fleet {
    // A sweep comes every minute only.
    const { lastsMs, everyMs } = this.#rates;
    const times = draws.pick([1, 3, 10]);
    this.#rates = { ...this.#rates, lastsMs: lastsMs * times, everyMs: everyMs * times };
    return new Fleet({
      random: draws,
      storage: this.#storage,
      clock: this.#wall,
      settings: this.#settings,
      rates: () => (this.#areFaultsOn ? this.#rates : undefined),
      turnMs: draws.pick([150_000, 300_000]),
      turnsAtOnceMax: draws.pick([1, 2, 10]),
      server: (name) => this.#serverOptions(name),
      joined: (server) => {
        this.#servers.push(server);
        this.#note(`${server.name} joins`);
      },
      note: (line) => this.#note(line),
      violated: (kind, message) => this.#violated(kind, message),
      isOver: () => this.#isOver,
    });
  }

  async run(): Promise<Outcome> {
    for (let count = 0; count < this.#wantedServers; count += 1) this.#join();
    this.#order();
    this.#outside?.work();
    // Those of before have no questions: what may not restart there fails.
    if (this.#deep !== undefined) this.#deep.work();
    else if (this.#outside !== undefined) void this.#operate();
    const untilMs = startMs + (this.#areFaultsOn ? this.#rates.lastsMs : 0);
    if (this.#areFaultsOn) {
      this.#befall();
      this.#redriveLater();
      await this.#goOn(() => this.#clock.nowMs() >= untilMs);
    }
    this.#calm();
    this.#redriver = undefined;
    const limitMs = this.#clock.nowMs() + quietMsMax;
    await this.#goOn(() => this.#isDone() || this.#clock.nowMs() > limitMs);
    if (!this.#isDone()) this.#violated("liveness", this.#whatIsLeft());
    this.#isOver = true;
    for (const watched of this.#watched.values()) await watched.settled();
    for (const watched of this.#watched.values()) this.#mustTakeOnce(watched);
    return {
      seed: this.#options.seed,
      violation: this.#violation,
      trace: this.#trace,
      recordCount: [...this.#watched.values()].reduce(
        (sum, { records }) => sum + records.length,
        0,
      ),
      executions: [...this.#watched.values()],
      racy: this.#racy,
      wasDrainOverdue: this.#wasDrainOverdue,
      log: this.#log,
    };
  }

  #operate(): Promise<void> {
    return operate({
      callers: this.#callers,
      executions: () => this.#watched.values(),
      isOver: () => this.#isOver,
    });
  }

  /** Lets time go on until `isOver`, or until something is violated. */
  async #goOn(isOver: () => boolean): Promise<void> {
    for (;;) {
      this.#writesInTick = 0;
      await new Promise((resolve) => setImmediate(resolve));
      this.#look();
      if (this.#violation !== undefined || isOver()) return;
      if (!this.#clock.runNext()) return;
    }
  }

  /** Safety, on every tick. */
  #look(): void {
    const { store } = this.#storage;
    const nowMs = this.#wall.nowMs();
    // Where an item is the timer, the head is due later.
    const graceMs = (this.#settings.timerItems?.graceMs ?? 0) + 1_000;
    const slackMs = this.#aheadMs + (this.#fleet === undefined ? 1 : graceMs);
    const checkMs = this.#settings.headCheckMs;
    this.#deep?.look(this.#aheadMs);
    for (const watched of this.#watched.values()) {
      if (watched.headEndedAtMs !== undefined) continue;
      const missing = missingNet(store, watched, { nowMs, checkMs, slackMs });
      if (missing !== undefined) this.#violated("G5", missing);
      this.#mustClose(watched);
    }
  }

  /** Once the faults have stopped, the head of what has ended is closed soon. */
  #mustClose({ executionId, endedAtMs, isRedriveAsked }: Watched): void {
    // A head that a redrive has opened is closed when its time comes and a server has room; and with
    // little room others come first, for maps and their items take long.
    const isPatient =
      isRedriveAsked || (this.#outside !== undefined && this.#settings.turnsMax < 1_000);
    if (this.#areFaultsOn || endedAtMs === undefined || isPatient) return;
    const quietAtMs = this.#deep === undefined ? this.#calmAtMs : this.#deep.quietAtMs;
    if (quietAtMs === undefined) return;
    const sinceMs = Math.max(endedAtMs, this.#calmAtMs, quietAtMs);
    const hasHead = this.#storage.store.executions.get(executionId)?.head !== undefined;
    if (hasHead && this.#wall.nowMs() - sinceMs > this.#closeMsMax + this.#aheadMs)
      this.#violated("close", `${executionId} has ended but its head has not`);
  }

  /** A sweep that has put an item puts another one later and later. */
  get #closeMsMax(): number {
    return this.#fleet === undefined ? closeMsMax : 3_600_000;
  }

  #calmAtMs = 0;

  /** From here on everything is well, and somebody is there. */
  #calm(): void {
    this.#areFaultsOn = false;
    this.#outUntilMs = 0;
    this.#calmAtMs = this.#wall.nowMs();
    this.#note("calm");
    for (const server of this.#servers) {
      // A function that is not called stands still.
      if (this.#fleet !== undefined && !server.isFrozen) continue;
      server.isFrozen = false;
      server.thaw();
    }
    this.#deep?.calm();
    this.#join();
    this.#reviveLater();
  }

  /** Servers may die of what is poison although the faults have stopped. */
  #reviveLater(): void {
    if (this.#deep?.isDeadly !== true) return;
    this.#clock.after(2_000, () => {
      if (this.#servers.every((server) => server.isDead())) this.#join();
      this.#reviveLater();
    });
  }

  #isDone(): boolean {
    const { store } = this.#storage;
    return (
      this.#openCalls === 0 &&
      this.#orders.every(({ process, name }) => this.#hasClosed(`${process}:${name}`)) &&
      [...this.#watched.keys()].every((executionId) => this.#isClosedOrUnknown(executionId)) &&
      store.items.size === 0 &&
      (this.#deep === undefined
        ? [...store.documents.values()].every((documents) => documents.size === 0)
        : this.#deep.isDone)
    );
  }

  #hasClosed(executionId: string): boolean {
    return (
      (this.#storage.store.executions.get(executionId)?.head?.status ?? "RUNNING") !== "RUNNING"
    );
  }

  /** What is closed has no child left that it would have waited for. */
  async #mustHaveStopped(parentId: string): Promise<void> {
    const parent = this.#watched.get(parentId);
    await parent?.settled();
    const endedAtMs = parent?.endedAtMs;
    if (endedAtMs === undefined || parent?.isRedriveAsked === true) return;
    for (const child of this.#watched.values()) {
      await child.settled();
      const { state, firstAtMs, executionId } = child;
      const isIts = state?.parent?.executionId === parentId && state.parent.isAwaited === true;
      // A start that was on its way when its parent ended is too late to be stopped.
      const isLate = firstAtMs === undefined || firstAtMs >= endedAtMs;
      if (isIts && !isLate && !child.isRedriveAsked && state.status === "RUNNING")
        this.#violated("child", `${parentId} is closed, and its child ${executionId} runs`);
    }
  }

  /** No signal ends two waits. */
  #mustTakeOnce({ executionId, events }: Watched): void {
    const taken = events
      .filter(({ type }) => type === "TaskSucceeded")
      .flatMap(({ details }) => [...JSON.stringify(details ?? {}).matchAll(/"signal":"([^"]+)"/g)])
      .map(([, id]) => id);
    if (new Set(taken).size < taken.length)
      this.#violated("signal", `${executionId} has taken a signal twice: ${taken}`);
  }

  /** A start that nobody was told of, and nobody repeats, has left a record and no head. */
  #isClosedOrUnknown(executionId: string): boolean {
    const head = this.#storage.store.executions.get(executionId)?.head;
    return head === undefined || head.status !== "RUNNING";
  }

  #whatIsLeft(): string {
    const { store } = this.#storage;
    const open = [...this.#watched.keys()].filter((executionId) => !this.#hasClosed(executionId));
    const items = [...store.items].map(
      ([itemId, { executionId }]) => `${itemId} of ${executionId}`,
    );
    return `not finished: [${open}], work items left: [${items}], calls open: ${this.#openCalls}`;
  }

  #join(): void {
    // Functions come when they are called.
    if (this.#fleet !== undefined) return;
    this.#serverCount += 1;
    const name = `s${this.#serverCount}`;
    this.#servers.push(
      simServer({
        ...this.#serverOptions(name),
        name,
        settings: this.#settings,
        storage: this.#storage,
        clock: this.#wall,
        rates: () => (this.#areFaultsOn ? this.#rates : undefined),
        sabotage: this.#options.sabotage ?? ((options) => options),
      }),
    );
    this.#note(`${name} joins`);
  }

  /** What is the same for every server. */
  #serverOptions(name: string) {
    const line = this.#line.fork();
    return {
      entropySeed: line.int(0, 2 ** 31),
      random: line,
      isOut: () => this.#outUntilMs > this.#clock.nowMs(),
      program: (process: string) => this.#programs.get(process),
      applied: (write: Write, outcome: WriteOutcome) => this.#applied(name, write, outcome),
      began: (server: string, request: ActivityRequest) => {
        const { executionId, activity, attempt, resource } = request;
        this.#note(`${server} begins ${executionId} ${activity}#${attempt} ${resource}`);
        this.#watched.get(executionId)?.began(server, request);
        this.#deep?.began(server, request);
      },
      tell: (token: string, request: ActivityRequest) => this.#outside?.told(token, request),
      ended: ({ state, seq }: Pick<ExecutionTurn, "state" | "seq">) =>
        this.#watched.get(state.executionId)?.endedIn(state, seq),
      deep: this.#deep,
      onSystemEvent: (event: SystemEvent) => {
        const { kind, message, cause } = event;
        this.#deep?.told(event);
        if (kind === "drain-overdue") this.#wasDrainOverdue = true;
        const isWrong =
          kind === "execution-taken-over" && this.#fleet?.mayTakeOver(message) !== true;
        if (isWrong && this.#options.isFaultless === true)
          this.#violated("takeover", `nothing is wrong, but ${message}`);
        this.#note(`${name} ${kind}: ${message} ${cause === undefined ? "" : String(cause)}`);
        if (/Invariant|TypeError|RangeError/.test(String(cause)))
          this.#violated("bug", `${message}: ${String(cause)} ${(cause as Error).stack}`);
      },
    };
  }

  #applied(server: string, write: Write, outcome: WriteOutcome): void {
    this.#note(`${server} ${outcome.kind} ${JSON.stringify(write)}`);
    this.#writesInTick += 1;
    if (this.#writesInTick > writesInTickMax) {
      this.#violated("livelock", `${server} writes without end: ${JSON.stringify(write)}`);
      for (const each of this.#servers) each.kill();
    }
    if (outcome.kind !== "written") return;
    switch (write.kind) {
      case "AppendRecord":
        this.#watch(write.record.executionId)?.appended(copy(write.record));
        break;
      case "PutHead":
        this.#watch(write.head.executionId)?.headPut(write.head);
        if (write.head.status !== "RUNNING") void this.#mustHaveStopped(write.head.executionId);
        break;
      case "RaiseHead":
        this.#watch(write.executionId)?.headRaised(write.seq);
        break;
      case "PutSnapshot":
        this.#watch(write.snapshot.executionId)?.snapshotPut(write.snapshot);
        break;
      case "RenewLeases":
        for (const { executionId, turn } of write.leases)
          this.#watched.get(executionId)?.renewed(turn, write.untilMs);
        break;
      default:
    }
  }

  #watch(executionId: string): Watched | undefined {
    const known = this.#watched.get(executionId);
    if (known !== undefined) return known;
    const process = executionId.split(":")[0] ?? "";
    const program = this.#programs.get(baseProcessOf(process));
    if (program === undefined) return undefined;
    const watched = new Watched(
      executionId,
      { ...program, process },
      {
        nowMs: this.#wall.nowMs,
        clocksAgree: () => this.#aheadMs === 0,
        aheadMs: (server) => this.#servers.find(({ name }) => name === server)?.aheadMs() ?? 0,
        leaseMs: this.#settings.leaseMs,
        violated: this.#violated,
        isOver: (turn) => this.#deep?.isOver(turn) === true,
        toldCount: (id) => this.#deep?.toldCount(id) ?? 0,
      },
    );
    this.#watched.set(executionId, watched);
    return watched;
  }

  #call(task: Promise<unknown>): void {
    this.#openCalls += 1;
    void task.then(() => {
      this.#openCalls -= 1;
    });
  }

  #order(): void {
    for (const order of this.#orders) {
      const delayMs = this.#areFaultsOn ? this.#random.int(0, this.#rates.lastsMs / 2) : 0;
      this.#call(this.#callers.sleep(delayMs).then(() => this.#begin(order)));
    }
  }

  async #begin(order: Order): Promise<void> {
    await startUntilAnswered(this.#callers, order);
    this.#outside?.signal(`${order.process}:${order.name}`, 4);
  }

  /** Those that faults are aimed at: in a wide simulation also what executions have started. */
  #targets(): string[] {
    return this.#outside === undefined
      ? this.#orders.map(({ process, name }) => `${process}:${name}`)
      : [...this.#watched.keys()];
  }

  /** Redrives of whatever has ended, now and then until it is calm. */
  #redriveLater(): void {
    const draws = this.#redriver;
    if (draws === undefined) return;
    this.#clock.after(draws.int(10, this.#rates.everyMs * 2), () => {
      if (this.#redriver === undefined) return;
      const ended = this.#targets().filter((executionId) => this.#hasClosed(executionId));
      const ready = this.#servers.filter((server) => !server.isDead() && !server.isClosing);
      if (ended.length > 0 && ready.length > 0) {
        const { engine } = draws.pick(ready);
        const callers =
          this.#fleet === undefined ? { ...this.#callers, server: () => engine } : this.#callers;
        for (let count = draws.int(1, 2); count > 0; count -= 1)
          this.#call(redriveOnce(callers, draws.pick(ended)));
      }
      this.#redriveLater();
    });
  }

  /** Faults, one after the other, until it is calm. */
  #befall(): void {
    if (!this.#areFaultsOn) return;
    this.#clock.after(this.#random.int(1, 2 * this.#rates.everyMs), () => {
      if (!this.#areFaultsOn) return;
      this.#strike();
      this.#befall();
    });
    if (this.#isRevivalSet) return;
    this.#isRevivalSet = true;
    this.#clock.after(this.#random.int(500, 8_000), () => {
      this.#isRevivalSet = false;
      const alive = this.#servers.filter((server) => !server.isDead()).length;
      if (this.#areFaultsOn && alive < this.#wantedServers) this.#join();
    });
  }

  #strike(): void {
    const rates = this.#rates;
    const kinds = [
      "kill",
      "close",
      "freeze",
      "outage",
      "loseItem",
      "doubleItem",
      "hideItem",
      "jump",
      "stop",
      "restart",
    ] as const;
    let left = this.#random.fraction() * (2 + kinds.reduce((sum, kind) => sum + rates[kind], 0));
    const kind = kinds.find((each) => {
      left -= rates[each];
      return left < 0;
    });
    if (kind === undefined) {
      const order = this.#random.pick(this.#orders);
      this.#call(awaitOnce(this.#callers, `${order.process}:${order.name}`));
      return;
    }
    this.#note(`strikes: ${kind}`);
    this.#strikes[kind]();
  }

  readonly #strikes = {
    kill: () => this.#someServer()?.kill(),
    close: () => {
      const server = this.#someServer();
      if (server === undefined) return;
      if (this.#fleet !== undefined) return server.kill();
      server.isClosing = true;
      void server.engine.close({ graceMs: this.#random.int(0, 5_000) }).then(() => server.kill());
    },
    freeze: () => {
      const server = this.#someServer();
      if (server === undefined || server.isFrozen) return;
      server.isFrozen = true;
      server.freeze();
      this.#deep?.mishap();
      this.#clock.after(this.#random.int(100, 20_000), () => {
        if (!server.isFrozen) return;
        server.isFrozen = false;
        server.thaw();
      });
    },
    outage: () => {
      this.#outUntilMs = this.#clock.nowMs() + this.#random.int(100, 10_000);
    },
    loseItem: () => this.#someItem((itemId) => this.#storage.store.items.delete(itemId)),
    doubleItem: () =>
      this.#someItem((itemId, executionId) =>
        this.#storage.store.items.set(`${itemId}+${this.#random.int(0, 999)}`, {
          executionId,
          visibleAtMs: this.#wall.nowMs(),
          receiveCount: 0,
        }),
      ),
    hideItem: () =>
      this.#someItem((itemId) => {
        const item = this.#storage.store.items.get(itemId);
        if (item !== undefined) item.visibleAtMs += this.#random.int(0, 20_000);
      }),
    jump: () => {
      const byMs = this.#random.int(1, 20_000);
      this.#aheadMs += byMs;
      // One server's clock goes on, or those of all step, back perhaps.
      if (this.#outside !== undefined && this.#random.chance(0.5)) {
        this.#wallAheadMs += this.#random.chance(0.5) ? byMs : -byMs;
        return;
      }
      this.#someServer()?.jump(byMs);
    },
    stop: () => {
      const targets = this.#targets();
      if (targets.length > 0) this.#call(stopOnce(this.#callers, this.#random.pick(targets)));
    },
    restart: () => {
      const order = this.#random.pick(this.#orders);
      const input = this.#random.chance(0.7) ? order.input : { n: -1, items: [] };
      this.#call(startUntilAnswered(this.#callers, { ...order, input }));
    },
  };

  #someServer(): SimServer | undefined {
    const alive = (this.#fleet?.working ?? this.#servers).filter((server) => !server.isDead());
    return alive.length === 0 ? undefined : this.#random.pick(alive);
  }

  #someItem(change: (itemId: string, executionId: string) => void): void {
    const items = [...this.#storage.store.items];
    if (items.length === 0) return;
    const [itemId, { executionId }] = this.#random.pick(items);
    change(itemId, executionId);
    this.#storage.changed();
  }

  #note(line: string): void {
    this.#trace = hashOf(line, this.#trace);
    if (this.#options.isVerbose === true)
      this.#log.push(`${String(this.#clock.nowMs() - startMs).padStart(8)} ${line}`);
  }

  readonly #violated = (kind: string, message: string): void => {
    if (this.#options.ignored?.has(kind) === true) return;
    this.#note(`VIOLATED ${kind}: ${message}`);
    this.#violation ??= { kind, message };
  };
}

/** Runs the simulation of a seed. */
export const simulate = (options: SimulationOptions): Promise<Outcome> =>
  new Simulation(options).run();
