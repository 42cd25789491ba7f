/** A server of a simulation: the shipped engine, its own clock and its own line to the store. */
import type { Program } from "#core/execution/program.ts";
import type { EngineContext } from "#engine/context.ts";
import { createEngine, type EngineOptions } from "#engine/create-engine.ts";
import type { Engine, OnCall } from "#engine/engine.ts";
import type { EngineSettings } from "#engine/settings.ts";
import { seededEntropy } from "#platforms/memory/seeded-entropy.ts";
import type { VirtualClock } from "#platforms/memory/virtual-clock.ts";
import type { ActivityRequest } from "#ports/activity-runner.ts";
import type { Clock } from "#ports/clock.ts";
import type { Deep } from "./deep.ts";
import { mayRestart, perform, type Tell } from "./script.ts";
import { Line, type LineOptions } from "./storage.ts";
import { lifeGate } from "./world.ts";

/** Puts a deliberate bug between the engine and what it stands on. */
export type Sabotage = (options: EngineOptions) => EngineOptions;

export interface SimServer extends ReturnType<typeof lifeGate> {
  readonly name: string;
  readonly engine: Engine & OnCall;
  isFrozen: boolean;
  isClosing: boolean;
  /** Lets its clock jump forward. */
  readonly jump: (byMs: number) => void;
  /** By how much it is ahead of that of all. */
  readonly aheadMs: () => number;
}

export interface ServerOptions extends Omit<LineOptions, "gate" | "crash"> {
  readonly name: string;
  readonly entropySeed: number;
  readonly settings: EngineSettings;
  readonly program: EngineContext["program"];
  readonly sabotage: Sabotage;
  readonly began: (server: string, request: ActivityRequest) => void;
  readonly tell: Tell;
  readonly ended: NonNullable<EngineOptions["onEnd"]>;
  readonly onSystemEvent: EngineContext["onSystemEvent"];
  /** What a server has beside in the deepest range. */
  readonly deep?: Deep | undefined;
}

export const simServer = (options: ServerOptions): SimServer => {
  const { clock, name } = options;
  const gate = lifeGate();
  let aheadMs = 0;
  const own: Clock = {
    nowMs: () => clock.nowMs() + aheadMs,
    after: (delayMs, task) => clock.after(delayMs, () => gate.pass(task)),
  };
  const { deep, onSystemEvent } = options;
  const line = new Line({ ...options, gate, crash: gate.kill, ...deep?.lineOf(name) });
  const { platform } = line;
  const joining = { run: name, platform, clock: own, onSystemEvent };
  const engine = createEngine(
    options.sabotage({
      platform,
      clock: own,
      entropy: seededEntropy(options.entropySeed),
      runner: {
        run: (request) => {
          options.began(name, request);
          const result = perform(gated(clock, gate.pass), request, options);
          if (!(result instanceof Promise)) return result;
          return new Promise((resolve) => {
            void result.then((answer) => gate.pass(() => resolve(answer)));
          });
        },
        mayRestart,
        mayVerify: () => false,
      },
      program: options.program,
      settings: options.settings,
      server: name,
      onEnd: options.ended,
      onSystemEvent,
      ...deep?.equip(joining),
    }),
  );
  const server: SimServer = {
    ...gate,
    name,
    engine,
    isFrozen: false,
    isClosing: false,
    jump: (byMs) => {
      aheadMs += byMs;
    },
    aheadMs: () => aheadMs,
  };
  deep?.joined({
    ...joining,
    engine,
    isDead: gate.isDead,
    isSilent: () => server.isFrozen,
    isLeaving: () => server.isClosing,
  });
  return server;
};

/** What an activity does in a server stands still with it. */
const gated = (clock: VirtualClock, pass: (task: () => void) => void): VirtualClock => ({
  ...clock,
  after: (delayMs, task) => clock.after(delayMs, () => pass(task)),
});

export type ProgramOf = (process: string) => Program | undefined;
