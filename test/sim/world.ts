/** A world in which servers run the shipped engine on the memory platform, under a virtual clock, and die on demand. */
import type { StateMachine } from "#core/asl/definition.ts";
import type { ProcessSettings, Program } from "#core/execution/program.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import type { Json } from "#core/json.ts";
import { createEngine } from "#engine/create-engine.ts";
import { createDrainOperations, type DrainOperations } from "#engine/drain-operations.ts";
import { Drains } from "#engine/drains.ts";
import type { Engine } from "#engine/engine.ts";
import { loadExecution } from "#engine/loading.ts";
import { type EngineSettings, embeddedSettings } from "#engine/settings.ts";
import { Suspects } from "#engine/suspects.ts";
import { Watchdog } from "#engine/watchdog.ts";
import { memoryPlatform } from "#platforms/memory/memory-platform.ts";
import { seededEntropy } from "#platforms/memory/seeded-entropy.ts";
import { virtualClock } from "#platforms/memory/virtual-clock.ts";
import type { ActivityRequest, ActivityResult } from "#ports/activity-runner.ts";
import type { Clock } from "#ports/clock.ts";
import type { Write } from "#ports/journal.ts";
import type { Platform } from "#ports/platform.ts";
import type { SystemEvent } from "#ports/system-event.ts";

export type Script = (request: ActivityRequest) => Promise<ActivityResult> | ActivityResult;

/** One server of the world. */
export interface Server {
  readonly engine: Engine;
  readonly drains: DrainOperations;
  /** The process is gone between two instructions: nothing that it began goes on. */
  readonly kill: () => void;
  /** SIGSTOP and SIGCONT. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  readonly isDead: () => boolean;
}

export const never = <T>(): Promise<T> => new Promise(() => {});

/** Lets code of a server run only while it is alive and not frozen. */
export const lifeGate = () => {
  let isDead = false;
  let isFrozen = false;
  const held: (() => void)[] = [];
  const pass = (task: () => void): void => {
    if (isDead) return;
    if (isFrozen) held.push(task);
    else task();
  };
  return {
    pass,
    isDead: () => isDead,
    kill: () => {
      isDead = true;
    },
    freeze: () => {
      isFrozen = true;
    },
    thaw: () => {
      isFrozen = false;
      for (const task of held.splice(0)) pass(task);
    },
  };
};

export const world = (options: {
  /** Of process `p`. */
  readonly definition: StateMachine;
  /** Of every process. */
  readonly settings?: ProcessSettings;
  /** Other processes, by name. */
  readonly others?: Readonly<Record<string, StateMachine>>;
  /** What an activity does; by default it answers its parameters. */
  readonly script?: Script;
  readonly mayRestart?: (resource: string, parameters: Json) => boolean;
  readonly mayVerify?: (resource: string) => boolean;
  readonly beforeWrite?: (write: Write) => void;
  /** May throw, as `beforeWrite` may; documents are written past the journal. */
  readonly beforeDocument?: () => void;
  /** Holds up whoever loads an execution. */
  readonly beforeLoad?: () => Promise<void>;
}) => {
  const clock = virtualClock(Date.parse("2026-01-01T00:00:00Z"));
  const platform = memoryPlatform({
    clock,
    ...(options.beforeWrite === undefined ? {} : { beforeWrite: options.beforeWrite }),
  });
  const programs = new Map<string, Program[]>();
  /** The next version of a process. */
  const deploy = (process: string, definition: StateMachine): void => {
    const versions = programs.get(process) ?? [];
    const { settings } = options;
    const made = {
      process,
      version: versions.length + 1,
      definition,
      ...(settings && { settings }),
    };
    programs.set(process, [...versions, made]);
  };
  for (const [process, definition] of Object.entries({ ...options.others, p: options.definition }))
    deploy(process, definition);
  const program = (process: string, version = 0) => programs.get(process)?.at(version - 1);
  const events: SystemEvent[] = [];
  /** Every attempt that began, as `activity#attempt`, and by resource. */
  const began: { activity: string; attempt: number; resource: string; parameters: Json }[] = [];
  let serverCount = 0;

  const server = (
    settings: Partial<EngineSettings> = {},
    under: {
      readonly drains?: boolean;
      readonly suspects?: boolean;
      readonly watchdog?: boolean;
      readonly release?: typeof createEngine;
    } = {},
  ): Server => {
    const gate = lifeGate();
    const alive = <T>(value: Promise<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        value.then(
          (result) => gate.pass(() => resolve(result)),
          (error: unknown) => gate.pass(() => reject(error)),
        );
      });
    const guarded =
      <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
      (...args: A): Promise<R> =>
        gate.isDead() ? never() : alive(call(...args));
    const own: Clock = {
      nowMs: clock.nowMs,
      after: (delayMs, task) => clock.after(delayMs, () => gate.pass(task)),
    };
    const { beforeLoad } = options;
    const { load: loadAtOnce } = platform.log;
    const load: Platform["log"]["load"] =
      beforeLoad === undefined
        ? loadAtOnce
        : (executionId) => beforeLoad().then(() => loadAtOnce(executionId));
    const ports: Platform = {
      journal: { write: guarded(platform.journal.write) },
      log: {
        load: guarded(load),
        last: guarded(platform.log.last),
        read: guarded(platform.log.read),
      },
      heads: {
        get: guarded(platform.heads.get),
        list: guarded(platform.heads.list),
        due: guarded(platform.heads.due),
        nextDueAtMs: guarded(platform.heads.nextDueAtMs),
      },
      queue: {
        receive: guarded(platform.queue.receive),
        onVisible: (wake) => platform.queue.onVisible(() => gate.pass(wake)),
      },
      documents: {
        get: guarded(platform.documents.get),
        list: guarded(platform.documents.list),
        put: guarded(async (...given) => {
          options.beforeDocument?.();
          return platform.documents.put(...given);
        }),
        remove: guarded(async (...given) => {
          options.beforeDocument?.();
          return platform.documents.remove(...given);
        }),
      },
    };
    serverCount += 1;
    const name = `s${serverCount}`;
    const ownSettings = { ...embeddedSettings, ...settings };
    const shared = {
      platform: ports,
      clock: own,
      server: name,
      onSystemEvent: (event: SystemEvent) => events.push(event),
    };
    const drains = new Drains({
      ...ports,
      clock: own,
      server: name,
      targetOf: (_resource, parameters) => (parameters as { target?: string } | null)?.target,
    });
    const release = under.release ?? createEngine;
    const engine = release({
      ...shared,
      ...(under.watchdog === true && {
        watchdog: new Watchdog({ ...shared, settings: ownSettings }),
      }),
      ...(under.drains === true && { drains }),
      ...(under.suspects === true && { suspects: new Suspects({ ...shared, run: name }) }),
      entropy: seededEntropy(serverCount),
      runner: {
        run: (request) => {
          const { activity, attempt, resource, parameters } = request;
          began.push({ activity, attempt, resource, parameters });
          const result = options.script?.(request) ?? {
            kind: "succeeded",
            output: request.parameters,
          };
          return result instanceof Promise ? alive(result) : result;
        },
        mayRestart: (resource, parameters) => options.mayRestart?.(resource, parameters) ?? true,
        mayVerify: (resource) => options.mayVerify?.(resource) ?? false,
      },
      program,
      settings: ownSettings,
    });
    const { inFlight } = engine;
    return {
      engine,
      drains: createDrainOperations({ ...shared, drains, inFlight }),
      ...gate,
    };
  };

  /** Lets everything happen that needs no time. */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };

  /** Lets time go on until `isDone`; fails after `limitMs`. */
  const run = async (
    isDone: () => boolean | Promise<boolean>,
    limitMs = 600_000,
  ): Promise<void> => {
    const untilMs = clock.nowMs() + limitMs;
    for (;;) {
      await settle();
      if (await isDone()) return;
      if (clock.nowMs() > untilMs || !clock.runNext())
        throw new Error(`not done after ${limitMs} ms of virtual time`);
    }
  };

  const stateOf = async (executionId: string): Promise<ExecutionState | undefined> =>
    (await loadExecution({ platform, program }, executionId))?.state;

  return {
    clock,
    platform,
    program,
    deploy,
    events,
    began,
    server,
    settle,
    run,
    stateOf,
    hasEnded: async (executionId: string) =>
      ((await platform.heads.get(executionId))?.head.status ?? "RUNNING") !== "RUNNING",
    /** Instants from the start of the world, for scripts that take time. */
    sleep: (delayMs: number) =>
      new Promise<void>((resolve) => {
        clock.after(delayMs, resolve);
      }),
  };
};
