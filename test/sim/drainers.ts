/**
 * The operators of a simulation who drain and resume, at random moments and several at once, and what
 * servers are held to:
 *
 * S1 A server that knows of a drain decides to begin nothing that it covers, nor hands it to a worker.
 * S2 A drain that was acknowledged is known to every server soon when nothing is wrong.
 * S3 What a drain has held goes on soon after its end was acknowledged.
 * S4 Nothing is in flight under a drain that is said to be done, when nothing is wrong.
 * S5 A drain that was acknowledged is there until somebody asks for its end.
 */
import { baseProcessOf } from "#core/execution/map-run/process-part.ts";
import { resourceKind } from "#core/execution/resource-kind.ts";
import type { DrainScope } from "#engine/drain.ts";
import type { DrainOperations } from "#engine/drain-operations.ts";
import type { DrainRequest, Drains } from "#engine/drains.ts";
import type { InFlightActivity } from "#engine/in-flight.ts";
import { type Callers, codeOf, mayTryAgain, within } from "./clients.ts";
import type { Random } from "./random.ts";
import type { Watched } from "./watched.ts";

/** Attempts act on what the last number of their resource names. */
export const targetOf = (resource: string): string | undefined => {
  const [, number] = /-(\d)$/.exec(resource) ?? [];
  return number && `t${number}`;
};

/** A server, as operators and their checks see it. */
export interface DrainedServer {
  readonly run: string;
  readonly name: string;
  readonly drains: Drains;
  readonly operations: DrainOperations;
  readonly inFlight: () => readonly InFlightActivity[];
  readonly isDead: () => boolean;
}

export interface DrainersOptions {
  readonly callers: Callers;
  readonly random: Random;
  readonly nowMs: () => number;
  readonly servers: () => readonly DrainedServer[];
  /** One that takes calls. */
  readonly ready: () => DrainedServer | undefined;
  readonly processes: readonly string[];
  readonly executions: () => Iterable<Watched>;
  /** Ids of the drains that are there. */
  readonly stored: () => readonly string[];
  readonly note: (line: string) => void;
}

type Named = Pick<DrainRequest, "scope" | "name">;
type Attempt = { readonly process: string; readonly resource: string };

/** Drains at a time. */
const drainsMax = 4;
/** By when every server knows of a drain once nothing is wrong any more: what was under way then has come. */
const knownAfterMs = 30_000;
/** What a worker asked for may be on its way for so long: nobody waits for it after that. */
const askedBeforeMs = 30_000;
/** By when what was held has gone on: the net of a held head, and then some. */
const goneOnAfterMs = 75_000;

const idOf = ({ scope, name }: Named): string => (name === undefined ? scope : `${scope}:${name}`);

const adapterOf = (resource: string): string | undefined =>
  /^holdfast:([^:]+):/.exec(resource)?.[1];

/** Whether a drain covers an attempt that a server runs or would run: said here once more, from ADR 13. */
const isCoveredBy = ({ scope, name }: Named, of: Attempt, server: string): boolean => {
  const kind = resourceKind(of.resource);
  if (kind === "child") return false;
  if (scope === "environment") return true;
  if (scope === "process") return baseProcessOf(of.process) === name;
  if (kind === "worker") return false;
  if (scope === "server") return server === name;
  if (scope === "pool") return name === "default";
  if (scope === "adapter") return adapterOf(of.resource) === name;
  return targetOf(of.resource) === name;
};

export class Drainers {
  readonly #options: DrainersOptions;
  /** Drains that somebody has asked for, by id, and has not ended yet. */
  readonly #open = new Set<string>();
  /** Drains of these that are acknowledged, and nobody has asked for their end. */
  readonly #begun = new Map<string, Named & { readonly atMs: number }>();
  /** Those whose end may still be under way on a server that was too slow to answer. */
  readonly #mayEnd = new Set<string>();
  /** Since when a server knows of a drain: by run, by id. */
  readonly #known = new Map<string, Map<string, Named & { readonly sinceMs: number }>>();
  /** When a server first sent the record that tells it to begin an attempt. */
  readonly #decidedAtMs = new Map<string, number>();
  /** When the faults stopped. */
  #calmAtMs: number | undefined;

  constructor(options: DrainersOptions) {
    this.#options = options;
  }

  /** Drains now and then, for as long as there are faults. */
  work(): void {
    const { random, callers } = this.#options;
    const everyMs = random.pick([2_000, 6_000, 15_000]);
    const drainOn = async (): Promise<void> => {
      for (;;) {
        await callers.sleep(random.int(10, 2 * everyMs));
        if (this.#calmAtMs !== undefined) return;
        if (this.#open.size < drainsMax) void this.#drain();
      }
    };
    void drainOn();
  }

  /** The faults have stopped: what is drained stays so for a while. */
  calm(): void {
    this.#calmAtMs = this.#options.nowMs();
    void this.#endLeftOver();
  }

  /** Whether all drains have ended. */
  get isDone(): boolean {
    return this.#open.size === 0 && this.#options.stored().length === 0;
  }

  joined({ run, drains }: DrainedServer): void {
    const known = new Map<string, Named & { readonly sinceMs: number }>();
    this.#known.set(run, known);
    drains.onChange((all) => {
      for (const id of [...known.keys()])
        if (!all.some(({ drainId }) => drainId === id)) known.delete(id);
      for (const { drainId, scope, name } of all)
        if (!known.has(drainId))
          known.set(drainId, {
            scope,
            ...(name !== undefined && { name }),
            sinceMs: this.#options.nowMs(),
          });
    });
  }

  /** A server has decided to begin an attempt. */
  decided(run: string, attempt: string): void {
    this.#decidedAtMs.set(`${run} ${attempt}`, this.#options.nowMs());
  }

  /** A server hands an attempt to a worker that asked for it some time ago. */
  handsOut(run: string, attempt: string, of: Attempt): void {
    this.#decidedAtMs.set(`${run} ${attempt}`, this.#options.nowMs() - askedBeforeMs);
    this.began(run, attempt, of);
  }

  /** An attempt begins on a server (S1, S2). */
  began(run: string, attempt: string, of: Attempt): void {
    const { callers, nowMs, servers } = this.#options;
    const decidedAtMs = this.#decidedAtMs.get(`${run} ${attempt}`) ?? nowMs();
    const name = servers().find((server) => server.run === run)?.name ?? run;
    for (const [id, known] of this.#known.get(run) ?? [])
      if (known.sinceMs < decidedAtMs && isCoveredBy(known, of, name))
        callers.violated(
          "S1",
          `${run} begins ${attempt} of ${of.process} (${of.resource}) under the drain ${id} that it knows of`,
        );
    if (this.#calmAtMs === undefined) return;
    for (const [id, begun] of this.#begun) {
      const knownAtMs = Math.max(begun.atMs, this.#calmAtMs) + knownAfterMs;
      const isThere = !this.#mayEnd.has(id);
      if (isThere && knownAtMs < decidedAtMs && isCoveredBy(begun, of, name))
        callers.violated("S2", `${run} begins ${attempt} of ${of.process} under the drain ${id}`);
    }
  }

  /**
   * S3 and S5, on every tick; `quietAtMs`: since when nothing befalls anybody any more, and nothing is drained;
   * `apartMs`: by how much clocks may differ, for a net is as late as the clock of who looks is behind that of who spread it.
   */
  look(quietAtMs: number | undefined, apartMs: number): void {
    const { nowMs, executions, callers, stored } = this.#options;
    for (const id of this.#begun.keys())
      if (!this.#mayEnd.has(id) && !stored().includes(id))
        callers.violated("S5", `the drain ${id} is gone, and nobody has asked for its end`);
    if (quietAtMs === undefined || nowMs() <= quietAtMs + goneOnAfterMs + apartMs) return;
    for (const { state, executionId } of executions()) {
      const held = Object.values(state?.activities ?? {}).find((one) => one.held !== undefined);
      if (held !== undefined && state?.status === "RUNNING")
        callers.violated(
          "S3",
          `${executionId} ${held.id} is still held by ${held.held?.drain}, which has ended`,
        );
    }
  }

  async #drain(): Promise<void> {
    const { random, callers } = this.#options;
    const request = this.#request();
    const id = idOf(request);
    const forMs = random.int(200, 40_000);
    const calmMs = random.int(1_000, 45_000);
    if (this.#open.has(id)) return;
    this.#open.add(id);
    if (await this.#begin(request)) {
      this.#begun.set(id, { ...request, atMs: this.#options.nowMs() });
      const hasPassed = () => this.#calmAtMs !== undefined;
      for (let leftMs = forMs; leftMs > 0 && !hasPassed(); leftMs -= 500) await callers.sleep(500);
      if (hasPassed()) {
        await callers.sleep(calmMs);
        await this.#lookAtReport(request);
      }
      this.#begun.delete(id);
    }
    // What was not acknowledged may be there all the same.
    await this.#endUntilAnswered(id);
    this.#open.delete(id);
  }

  /** Somebody who is slow may begin a drain when nobody waits for it any more. */
  async #endLeftOver(): Promise<void> {
    const { callers, stored } = this.#options;
    for (;;) {
      await callers.sleep(5_000);
      for (const id of stored()) if (!this.#open.has(id)) await this.#endUntilAnswered(id);
    }
  }

  #request(): DrainRequest {
    const { random, nowMs, servers, processes } = this.#options;
    const scope = random.pick<DrainScope>([
      "environment",
      "server",
      "pool",
      "process",
      "target",
      "target",
      "adapter",
      "adapter",
    ]);
    const names: Record<DrainScope, readonly string[]> = {
      environment: [],
      server: servers().map(({ name }) => name),
      pool: ["default"],
      process: processes,
      target: ["t1", "t2", "t3"],
      adapter: ["test", "disk"],
    };
    const named = names[scope].length === 0 ? {} : { name: random.pick(names[scope]) };
    const deadline = random.chance(0.5)
      ? {
          deadlineAtMs: nowMs() + random.int(500, 20_000),
          onDeadline: random.pick(["wait", "interrupt"] as const),
        }
      : {};
    return { scope, ...named, by: "sim", ...deadline };
  }

  /** Asks once; answers whether it was acknowledged. */
  async #begin(request: DrainRequest): Promise<boolean> {
    const { callers, ready, note } = this.#options;
    const operations = ready()?.operations;
    if (operations === undefined) return false;
    try {
      const answer = await within(callers, operations.begin(request));
      if (answer.kind === "silent") return false;
      note(`the drain ${idOf(request)} is acknowledged`);
      return true;
    } catch (error) {
      this.#mayFail(`drain of ${idOf(request)}`, codeOf(error));
      return false;
    }
  }

  /** S4: of a drain that everybody has known for long. */
  async #lookAtReport(named: Named): Promise<void> {
    const { callers, ready, servers, nowMs } = this.#options;
    const id = idOf(named);
    if (nowMs() < (this.#calmAtMs ?? Number.POSITIVE_INFINITY) + knownAfterMs) return;
    const report = await ready()
      ?.operations.get(id)
      .catch(() => undefined);
    if (report?.isDone !== true) return;
    for (const server of servers()) {
      if (server.isDead()) continue;
      const covered = server.inFlight().find((one) => isCoveredBy(named, one, server.name));
      if (covered !== undefined)
        callers.violated("S4", `${id} is said to be done, and ${covered.executionId} runs`);
    }
  }

  async #endUntilAnswered(id: string): Promise<void> {
    const { callers, ready, note } = this.#options;
    for (;;) {
      const operations = ready()?.operations;
      try {
        const answer = operations && (await within(callers, operations.end(id, "sim")));
        if (answer?.kind === "answered") break;
        this.#mayEnd.add(id);
      } catch (error) {
        const code = codeOf(error);
        if (code === "drain-not-found") break;
        this.#mayEnd.add(id);
        this.#mayFail(`end of the drain ${id}`, code);
      }
      await callers.sleep(700);
    }
    note(`the end of the drain ${id} is acknowledged`);
  }

  #mayFail(what: string, code: string): void {
    if (!mayTryAgain(code) && code !== "version-conflict")
      this.#options.callers.violated("call", `${what}: ${code}`);
  }
}
