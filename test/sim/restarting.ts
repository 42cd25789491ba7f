/**
 * Restarts from a point of executions that have ended.
 *
 * S11 A restart that is acknowledged is in the log, begins where it was asked to, and names what it does again;
 *     one that is refused is refused rightly.
 */

import type { Program } from "#core/execution/program.ts";
import type { Engine, Started } from "#engine/engine.ts";
import { createRestarts } from "#engine/restart/create-restarts.ts";
import type { RestartRequest } from "#engine/restart/restarts.ts";
import { seededEntropy } from "#platforms/memory/seeded-entropy.ts";
import type { Clock } from "#ports/clock.ts";
import type { Platform } from "#ports/platform.ts";
import { type Callers, codeOf, mayTryAgain, within } from "./clients.ts";
import type { Random } from "./random.ts";
import type { Watched } from "./watched.ts";

/** A server that takes calls. */
export interface RestartingServer {
  readonly engine: Engine;
  readonly platform: Platform;
  readonly clock: Clock;
}

export interface RestartingOptions {
  readonly callers: Callers;
  readonly random: Random;
  readonly ready: () => RestartingServer | undefined;
  readonly program: (process: string) => Program | undefined;
  /** Executions that have ended. */
  readonly ended: () => readonly Watched[];
  readonly areFaultsOn: () => boolean;
  /** Keeps the simulation from ending before the call has. */
  readonly call: (task: Promise<unknown>) => void;
}

/** Restarts in a simulation, at most: each is an execution more. */
const restartsMax = 6;

export class Restarting {
  readonly #options: RestartingOptions;
  #count = 0;

  constructor(options: RestartingOptions) {
    this.#options = options;
  }

  /** Restarts what has ended, now and then, for as long as there are faults. */
  async work(): Promise<void> {
    const { random, callers, areFaultsOn, ended, call } = this.#options;
    while (this.#count < restartsMax) {
      await callers.sleep(random.int(500, 15_000));
      if (!areFaultsOn()) return;
      const old = ended();
      if (old.length > 0) call(this.#restart(random.pick(old)));
    }
  }

  async #restart(old: Watched): Promise<void> {
    const { random, callers } = this.#options;
    this.#count += 1;
    const request: RestartRequest = {
      executionId: old.executionId,
      from: { state: random.pick(Object.keys(old.program.definition.States)) },
      name: `again${this.#count}`,
      by: "sim",
      ...(random.chance(0.3) && { input: { n: random.int(0, 999), items: [1] } }),
    };
    const times = random.chance(0.3) ? 2 : 1;
    for (let time = 0; time < times; time += 1)
      for (;;) {
        if (await this.#ask(old, request)) break;
        await callers.sleep(700);
      }
  }

  /** Answers whether there is an answer. */
  async #ask(old: Watched, request: RestartRequest): Promise<boolean> {
    const { callers, ready, program } = this.#options;
    const server = ready();
    if (server === undefined) return false;
    const restarts = createRestarts({
      ...server,
      program,
      entropy: seededEntropy(1),
      start: server.engine.start,
      effectOf: () => "sideEffects",
    });
    try {
      const answer = await within(callers, restarts.restart(request));
      if (answer.kind === "silent") return false;
      await this.#mustBegin(request, answer.value);
      return true;
    } catch (error) {
      const code = codeOf(error);
      if (mayTryAgain(code)) return false;
      await this.#mustRefuse(old, request, code);
      return true;
    }
  }

  async #mustBegin(request: RestartRequest, { executionId }: Started): Promise<void> {
    const { callers } = this.#options;
    const watched = callers.watched(executionId);
    const start = watched?.records[0]?.facts[0];
    if (
      watched === undefined ||
      start?.kind !== "ExecutionStarted" ||
      !callers.hasHead(executionId)
    ) {
      callers.violated("S11", `${executionId} is acknowledged without a record or a head`);
      return;
    }
    watched.isAcknowledged = true;
    const { restartOf, beginsAt } = start;
    if (restartOf?.executionId !== request.executionId || beginsAt?.state !== request.from.state)
      callers.violated(
        "S11",
        `${executionId} begins at ${beginsAt?.state} of ${restartOf?.executionId}`,
      );
  }

  /** Refused is what has never been there, runs again, or has no details left. */
  async #mustRefuse(old: Watched, { from }: RestartRequest, code: string): Promise<void> {
    const { callers } = this.#options;
    await old.settled();
    const wasThere = old.events.some(
      ({ type, details }) =>
        type.endsWith("StateEntered") &&
        (details as { name?: string } | undefined)?.name === from.state,
    );
    const isCondensed = old.facts.some(({ kind }) => kind === "ExecutionCondensed");
    const isRight =
      code === "execution-not-restartable" &&
      (!wasThere || isCondensed || old.isRedriveAsked || old.state?.part !== undefined);
    if (!isRight)
      callers.violated(
        "S11",
        `a restart of ${old.executionId} at ${from.state} is refused: ${code}`,
      );
  }
}
