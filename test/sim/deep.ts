/**
 * What seeds of the deepest range draw beside all that the wide ones do: servers that know of each
 * other, drains, persistence levels, checkpoints, several operators, restarts from a point, poison.
 */

import type { LogRecord } from "#core/execution/record.ts";
import type { EngineOptions } from "#engine/create-engine.ts";
import { createDrainOperations } from "#engine/drain-operations.ts";
import { Drains } from "#engine/drains.ts";
import { Suspects } from "#engine/suspects.ts";
import type { ActivityRequest } from "#ports/activity-runner.ts";
import type { Write } from "#ports/journal.ts";
import type { SystemEvent } from "#ports/system-event.ts";
import type { DeepOptions, DeepServer, Joined, Joining } from "./deep-options.ts";
import { Drainers, targetOf } from "./drainers.ts";
import { Membership } from "./membership.ts";
import { Operators } from "./operators.ts";
import { Poison } from "./poison.ts";
import { Restarting } from "./restarting.ts";
import { Saves } from "./saves.ts";
import type { LineOptions } from "./storage.ts";

/** Documents of servers and operators; all others are gone when everything has ended. */
const kept: readonly string[] = ["drains", "drain-reports", "set-aside", "suspects", "restarts"];

/** Times that somebody sends signals to whatever runs. */
const signalsMax = 8;

const dropped: readonly string[] = ["execution-lost", "execution-stale"];

export class Deep {
  readonly #options: DeepOptions;
  readonly #servers: DeepServer[] = [];
  readonly #made = new Map<string, Pick<DeepServer, "name" | "drains">>();
  readonly #membership: Membership;
  readonly #drainers: Drainers;
  readonly #poison: Poison;
  readonly #restarting: Restarting;
  readonly #operators: Operators;
  readonly saves: Saves;
  /** How often people were told that progress was given up, by execution. */
  readonly #told = new Map<string, number>();
  /** Records that were on their way once. */
  readonly #sentIds = new Set<string>();
  readonly #isTold: boolean;
  readonly #isDraining: boolean;
  readonly #isRestarting: boolean;
  readonly #isSignalling: boolean;
  #isCalm = false;
  #busyAtMs = 0;

  constructor(options: DeepOptions) {
    this.#options = options;
    const { random, clock, callers } = options;
    const ready = () => this.#ready();
    const knows = random.fork();
    this.#isTold = random.chance(0.7);
    this.#isDraining = random.chance(0.65);
    this.#isRestarting = random.chance(0.5);
    this.#isSignalling = random.chance(0.5);
    const knownMsMax = random.pick([0, 300, 2_500]);
    this.#membership = new Membership({
      nowMs: clock.nowMs,
      knownAfterMs: () => knows.int(0, knownMsMax),
    });
    this.#drainers = new Drainers({
      ...options,
      random: random.fork(),
      nowMs: clock.nowMs,
      servers: () => this.#servers,
      ready,
      stored: () => this.#drainIds,
    });
    this.#poison = new Poison(
      { ...options, random: random.fork(), setAside: () => this.#setAside },
      options.poison,
    );
    this.#operators = new Operators({ ...options, random: random.fork() });
    this.#restarting = new Restarting({
      ...options,
      random: random.fork(),
      ready,
      ended: () => [...options.executions()].filter((one) => options.hasEnded(one.executionId)),
    });
    this.saves = new Saves(callers);
  }

  /** Everybody who operates begins to work. */
  work(): void {
    const { isOver, areFaultsOn } = this.#options;
    void this.#operators.work();
    void this.#poison.operate(isOver);
    if (!areFaultsOn()) return;
    if (this.#isDraining) this.#drainers.work();
    if (this.#isRestarting) void this.#restarting.work();
    if (this.#isSignalling) void this.#signalOthers();
  }

  /** Signals that nobody waits for, perhaps, to what executions have started. */
  async #signalOthers(): Promise<void> {
    const { random, callers, executions, areFaultsOn, signal } = this.#options;
    for (let time = 0; time < signalsMax; time += 1) {
      await callers.sleep(random.int(1_000, 10_000));
      if (!areFaultsOn()) return;
      const running = [...executions()].filter(({ state }) => state?.status === "RUNNING");
      if (running.length > 0) signal(random.pick(running).executionId);
    }
  }

  calm(): void {
    this.#isCalm = true;
    this.#drainers.calm();
  }

  /** Whether servers go on to die although the faults have stopped. */
  get isDeadly(): boolean {
    return this.#poison.mayKill;
  }

  get isDone(): boolean {
    const { documents } = this.#options.storage.store;
    const isLeft = [...documents].some(([name, { size }]) => size > 0 && !kept.includes(name));
    return this.#drainers.isDone && this.#poison.isDone && !isLeft;
  }

  /** Since when nothing befalls anybody any more, and operators leave everything alone. */
  get quietAtMs(): number | undefined {
    const isQuiet = this.#isCalm && this.#drainers.isDone && this.#poison.isDone;
    return isQuiet ? this.#busyAtMs : undefined;
  }

  /** What goes to the engine of a server that joins. */
  equip(joining: Joining): Partial<EngineOptions> {
    const { run, platform, clock } = joining;
    const name = this.#membership.freeName();
    const drains = new Drains({ ...platform, clock, server: name, targetOf });
    this.#made.set(run, { name, drains });
    return {
      server: name,
      serverRun: run,
      drains,
      suspects: new Suspects(joining),
      ...(this.#isTold && { peers: this.#membership.peersOf(run, name) }),
    };
  }

  joined(joined: Joined): void {
    const { run, engine, isDead, isLeaving } = joined;
    const made = this.#made.get(run);
    if (made === undefined) return;
    const { inFlight } = engine;
    const operations = createDrainOperations({ ...joined, ...made, server: made.name, inFlight });
    const isReady = () => !isDead() && !isLeaving();
    const server = { ...joined, ...made, operations, inFlight, isReady };
    this.#servers.push(server);
    this.#membership.join({ ...joined, ...made, load: engine.load });
    this.#drainers.joined(server);
  }

  /** How the line of a server differs from one of before. */
  lineOf(run: string): Partial<LineOptions> {
    return {
      hasDocumentFaults: true,
      // Nothing comes of a process that everybody knows to be gone.
      mayStillArrive: () => !this.#isTold || !this.#membership.isKnownGone(run),
      isDeadly: (write) => {
        const isDeadly = this.#poison.isDeadly(write);
        if (isDeadly) this.#poison.killed();
        return isDeadly;
      },
      sent: (writes) => this.#sent(run, writes),
    };
  }

  began(run: string, request: ActivityRequest): void {
    const { executionId, activity, attempt, resource } = request;
    this.#drainers.began(run, `${executionId} ${activity}#${attempt}`, request);
    if (resource.includes("-saving-")) this.saves.began(request);
  }

  /** A server stands still, or is cut off from the storage. */
  mishap(): void {
    this.#poison.mishap();
  }

  told({ kind, executionId }: SystemEvent): void {
    if (executionId === undefined) return;
    if (kind === "execution-set-aside") this.#poison.wasSetAside(executionId);
    if (dropped.includes(kind)) this.#told.set(executionId, this.toldCount(executionId) + 1);
  }

  toldCount(executionId: string): number {
    return this.#told.get(executionId) ?? 0;
  }

  /** Whether the run of a turn is over. */
  isOver(turn: string): boolean {
    return this.#isTold && this.#membership.isOver(turn);
  }

  /** On every tick; `apartMs`: by how much clocks may differ. */
  look(apartMs: number): void {
    const { clock } = this.#options;
    for (const goneAtMs of this.#membership.look()) {
      this.#poison.mishap();
      if (this.#isTold) clock.after(goneAtMs - clock.nowMs(), () => this.#reveal());
    }
    if (this.quietAtMs === undefined) this.#busyAtMs = clock.nowMs();
    this.#drainers.look(this.#options.isPatient ? undefined : this.quietAtMs, apartMs);
  }

  #ready(): DeepServer | undefined {
    const ready = this.#servers.filter((server) => server.isReady());
    return ready.length === 0 ? undefined : this.#options.random.pick(ready);
  }

  #sent(run: string, writes: readonly Write[]): void {
    for (const write of writes) {
      if (write.kind !== "AppendRecord") continue;
      // Sent again it was decided before.
      if (this.#sentIds.has(write.record.commitId)) continue;
      this.#sentIds.add(write.record.commitId);
      this.#decided(run, write.record);
    }
  }

  #decided(run: string, { executionId, commands, facts }: LogRecord): void {
    for (const command of commands)
      if (command.kind === "RunActivity")
        this.#drainers.decided(run, `${executionId} ${command.activity}#${command.attempt}`);
    for (const fact of facts)
      if (fact.kind === "ActivityClaimed") this.#handsOut(run, executionId, fact.activity);
  }

  #handsOut(run: string, executionId: string, id: string): void {
    const { state } = this.#options.callers.watched(executionId) ?? {};
    const resource = state?.activities[id]?.resource;
    if (state === undefined || resource === undefined) return;
    this.#drainers.handsOut(run, `${executionId} ${id}`, {
      process: state.process,
      resource,
    });
  }

  /** Work items in the hands of turns that are known to be gone come into sight (ADR 9). */
  #reveal(): void {
    const { storage, wallMs, leaseMs } = this.#options;
    const { executions, items } = storage.store;
    const nowMs = wallMs();
    for (const item of items.values()) {
      const turn = executions.get(item.executionId)?.records.at(-1)?.turn;
      const isInHand = item.visibleAtMs > nowMs && item.visibleAtMs <= nowMs + leaseMs;
      const run = turn?.slice(0, turn.lastIndexOf("-"));
      if (run !== undefined && isInHand && this.#membership.isKnownGone(run))
        item.visibleAtMs = nowMs;
    }
    storage.changed();
  }

  get #drainIds(): readonly string[] {
    const { drains = [] } = this.#stored("drains") as { drains?: readonly { drainId: string }[] };
    return drains.map(({ drainId }) => drainId);
  }

  get #setAside(): readonly string[] {
    const { executions = {} } = this.#stored("set-aside") as { executions?: object };
    return Object.keys(executions);
  }

  #stored(collection: string): object {
    const { documents } = this.#options.storage.store;
    return (documents.get(collection)?.get("all")?.value ?? {}) as object;
  }
}
