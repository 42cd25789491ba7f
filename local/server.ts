/** The composition root of the embedded platform: one process that is a whole environment. */
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { coreAdapter } from "#adapters/core/core-adapter.ts";
import { fileAdapter } from "#adapters/file/file-adapter.ts";
import { httpAdapter } from "#adapters/http/http-adapter.ts";
import { adapterRegistry } from "#adapters/registry.ts";
import { processCatalog } from "#catalog/process-catalog.ts";
import { OrchestratorError } from "#core/errors.ts";
import { createEngine } from "#engine/create-engine.ts";
import { createExecutions, descriptionOf } from "#engine/create-executions.ts";
import { createDrainOperations } from "#engine/drain-operations.ts";
import { Drains } from "#engine/drains.ts";
import { EndedDescriptions } from "#engine/ended-descriptions.ts";
import { createRestarts } from "#engine/restart/create-restarts.ts";
import { type EngineSettings, embeddedSettings } from "#engine/settings.ts";
import { Suspects } from "#engine/suspects.ts";
import { Watchdog } from "#engine/watchdog.ts";
import { systemEventStore } from "#monitoring/system-event-store.ts";
import { northbound } from "#northbound/app.ts";
import { bearerTokens } from "#northbound/bearer-tokens.ts";
import {
  type EmbeddedPlatform,
  openEmbeddedPlatform,
} from "#platforms/embedded/embedded-platform.ts";
import { translateError } from "#platforms/embedded/storage-error.ts";
import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";
import type { SystemEvent } from "#ports/system-event.ts";
import { alertStore } from "#tasks/alert-store.ts";
import packageJson from "../package.json" with { type: "json" };
import { accessToken } from "./access-token.ts";
import { checkEnvironmentName, claimEnvironmentName } from "./environment-name.ts";
import { type Listening, listen } from "./listen.ts";
import { removeServerFile, writeServerFile } from "./server-file.ts";

export interface ServerOptions {
  readonly dataDirectory: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly environment: string;
  readonly engine?: Partial<EngineSettings>;
  /** Lets activities in flight finish for this long when the server closes, ms. */
  readonly graceMs?: number;
  /** What operators should read; by default lines on standard error. */
  readonly log?: (entry: LogLine) => void;
}

export interface LogLine {
  readonly severity: "info" | "warning" | "error";
  readonly message: string;
  readonly cause?: unknown;
}

export interface RunningServer {
  readonly url: string;
  readonly tokenFile: string;
  readonly close: () => Promise<void>;
}

const defaultGraceMs = 10_000;

/** A regular expression that backtracks too often goes on in linear time, instead of holding the server. */
const matchInLinearTime = (): void =>
  setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");

/** Starts a server on a data directory. Rejects: `request-invalid` (name of the environment), `data-directory-*`, `port-in-use`, `storage-*`. */
export const startServer = async (options: ServerOptions): Promise<RunningServer> => {
  matchInLinearTime();
  checkEnvironmentName(options.environment);
  const platform = openEmbeddedPlatform({
    directory: options.dataDirectory,
    clock: systemClock,
    entropy: systemEntropy,
  });
  try {
    await claimEnvironmentName(platform.documents, options.environment);
    return await serve(options, platform);
  } catch (error) {
    await platform.close();
    throw translateError(error);
  }
};

/** What stands beside the engine. */
const modules = (dataDirectory: string, { documents }: EmbeddedPlatform, server: string) => {
  const { nowMs } = systemClock;
  const alerts = alertStore({ documents, nowMs });
  const http = httpAdapter({});
  const runner = adapterRegistry(
    [coreAdapter({ alerts }), fileAdapter({ root: join(dataDirectory, "files") }), http],
    { nowMs },
  );
  const systemEvents = systemEventStore({
    documents,
    clock: systemClock,
    entropy: systemEntropy,
    server,
  });
  const resources = runner.manifests().flatMap(({ activities }) => activities);
  const processes = processCatalog({
    documents,
    nowMs,
    knowsResource: runner.knowsResource,
    knownResources: () => resources.map(({ resource }) => resource),
  });
  return { alerts, http, runner, processes, systemEvents };
};

type Modules = ReturnType<typeof modules>;

/** The engine, and what looks at it. */
const work = (options: ServerOptions, platform: EmbeddedPlatform, beside: Modules & Named) => {
  const { server, runner, processes, systemEvents } = beside;
  const { log = logToStandardError } = options;
  const drains = new Drains({
    documents: platform.documents,
    clock: systemClock,
    server,
    targetOf: runner.targetOf,
  });
  const onSystemEvent = (event: SystemEvent) => {
    log(event);
    systemEvents.report(event);
  };
  const settings = { ...embeddedSettings, ...options.engine };
  const context = {
    platform,
    clock: systemClock,
    entropy: systemEntropy,
    runner,
    program: processes.program,
    settings,
    server,
    drains,
    watchdog: new Watchdog({ clock: systemClock, settings, onSystemEvent }),
    suspects: new Suspects({ platform, clock: systemClock, onSystemEvent }),
    onSystemEvent,
  };
  const ended = new EndedDescriptions();
  const engine = createEngine({
    ...context,
    onEnd: ({ state, seq }) => ended.put(descriptionOf(state, seq)),
    onRedrive: (executionId) => ended.delete(executionId),
  });
  return {
    engine,
    executions: createExecutions({ ...context, onCommit: engine.onCommit, ended }),
    restarts: createRestarts({ ...context, start: engine.start, effectOf: runner.effectOf }),
    drains: createDrainOperations({ ...context, inFlight: engine.inFlight }),
  };
};

interface Named {
  /** Name of the server. */
  readonly server: string;
}

const serve = async (
  options: ServerOptions,
  platform: EmbeddedPlatform,
): Promise<RunningServer> => {
  const { dataDirectory, environment, log = logToStandardError } = options;
  const { nowMs } = systemClock;
  const server = `server-${systemEntropy.hex(4)}`;
  const beside = modules(dataDirectory, platform, server);
  const { alerts, http, processes, systemEvents } = beside;
  const { engine, executions, restarts, drains } = work(options, platform, { ...beside, server });
  const { file: tokenFile, token } = accessToken(dataDirectory);
  const closeEngine = async () => {
    drains.close();
    await engine.close({ graceMs: options.graceMs ?? defaultGraceMs });
    await http.close();
    await systemEvents.close();
  };
  const app = northbound({
    engine,
    executions,
    processes,
    restarts,
    alerts,
    systemEvents,
    drains,
    environment,
    version: packageJson.version,
    server,
    nowMs,
    authenticate: bearerTokens([{ principal: "key:admin", token }]),
    tokenHint: `The access token lies in ${tokenFile}.`,
    log: ({ message, error }) => log({ severity: "error", message, cause: error }),
  });
  let listening: Listening;
  try {
    listening = await listenAndTell(options, app.fetch);
  } catch (error) {
    await closeEngine();
    throw error;
  }
  return {
    url: listening.url,
    tokenFile,
    close: async () => {
      removeServerFile(dataDirectory);
      await Promise.all([listening.close(), closeEngine()]);
      await platform.close();
    },
  };
};

/** Listens, and writes down where; listens to nothing where that cannot be written. */
const listenAndTell = async (
  { dataDirectory, host, port }: ServerOptions,
  fetch: Parameters<typeof listen>[0]["fetch"],
): Promise<Listening> => {
  const listening = await listen({ fetch, host, port });
  try {
    const startedAt = new Date(systemClock.nowMs()).toISOString();
    writeServerFile(dataDirectory, { url: listening.url, pid: process.pid, startedAt });
    return listening;
  } catch (error) {
    await listening.close();
    throw error;
  }
};

/** An error that says what to do needs no stack trace: nothing is wrong in the program. */
const reasonOf = (cause: Error): string =>
  cause instanceof OrchestratorError && cause.action !== undefined
    ? `${cause.message}. ${cause.action}`
    : (cause.stack ?? cause.message);

const logToStandardError = ({ severity, message, cause }: LogLine): void => {
  const reason = cause instanceof Error ? ` (${reasonOf(cause)})` : "";
  console.error(`${new Date().toISOString()} ${severity}: ${message}${reason}`);
};
