/** The composition root of the embedded platform: one process that is a whole environment. */
import { setFlagsFromString } from "node:v8";
import type { Access } from "#access/access.ts";
import type { Identity } from "#core/execution/program.ts";
import { createEngine } from "#engine/create-engine.ts";
import { createExecutions, descriptionOf } from "#engine/create-executions.ts";
import { createDrainOperations } from "#engine/drain-operations.ts";
import { Drains } from "#engine/drains.ts";
import type { Engine } from "#engine/engine.ts";
import { KnownDescriptions } from "#engine/known-descriptions.ts";
import { createRestarts } from "#engine/restart/create-restarts.ts";
import type { EngineSettings } from "#engine/settings.ts";
import { Suspects } from "#engine/suspects.ts";
import { createTrials } from "#engine/trials.ts";
import { Watchdog } from "#engine/watchdog.ts";
import { northbound } from "#northbound/app.ts";
import { withOrigins } from "#northbound/cross-origin.ts";
import {
  type EmbeddedPlatform,
  openEmbeddedPlatform,
} from "#platforms/embedded/embedded-platform.ts";
import { translateError } from "#platforms/embedded/storage-error.ts";
import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";
import type { SystemEvent } from "#ports/system-event.ts";
import packageJson from "../package.json" with { type: "json" };
import { accessToken } from "./access-token.ts";
import { readCertificate } from "./certificate.ts";
import { embeddedAccess, embeddedAudit, tellIfAlone } from "./embedded-access.ts";
import { engineSettings, type WaitAges } from "./engine-settings.ts";
import { checkEnvironmentName, claimEnvironmentName } from "./environment-name.ts";
import { checkIdentity, claimIdentity } from "./identity.ts";
import { environmentToJoin, joiningToken, mustBeAllowedToJoin } from "./joining.ts";
import { type Certificate, type Listening, listenAndTell } from "./listen.ts";
import { type LogLine, logToStandardError } from "./log.ts";
import { type Modules, modules } from "./modules.ts";
import { membership } from "./servers/membership.ts";
import { checkServerName } from "./servers/server-name.ts";

export interface ServerOptions {
  readonly dataDirectory: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Absent, when it joins: that of the environment that is there. */
  readonly environment?: string;
  /** What ARNs are made of; absent: as at the first start, then `local` and zeros. */
  readonly identity?: Partial<Identity>;
  /** Name of the server; absent: one is made up. */
  readonly name?: string;
  /** Works beside the servers of an environment that is there, and makes none. */
  readonly isJoining?: boolean;
  /** By which it may join; absent: the administrator's, if it can be read. */
  readonly token?: string;
  /** Speaks TLS with these PEM files. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** Origins of web pages that may call the API. */
  readonly allowedOrigins?: readonly string[];
  readonly engine?: Partial<EngineSettings>;
  readonly waitAges?: WaitAges;
  /** Lets activities in flight finish for this long when the server closes, ms. */
  readonly graceMs?: number;
  /** What operators should read; by default lines on standard error. */
  readonly log?: (entry: LogLine) => void;
}

export interface RunningServer {
  readonly name: string;
  readonly environment: string;
  readonly url: string;
  readonly tokenFile: string;
  /** What that file holds, if this start made it. */
  readonly newToken: string | undefined;
  /** Whether nobody but the holder of that token can administer. */
  readonly isAlone: boolean;
  /** Resolves when somebody who manages the servers wants this one to end. */
  readonly stopAsked: Promise<void>;
  /** The activities that run here now. */
  readonly inFlight: Engine["inFlight"];
  readonly close: () => Promise<void>;
}

const defaultGraceMs = 10_000;

/** A regular expression that backtracks too often goes on in linear time, instead of holding the server. */
const matchInLinearTime = (): void =>
  setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");

const defaultEnvironment = "PRODUCTION";

/** The name of the environment, which a server that does not join may give it. */
const environmentOf = async (
  { isJoining = false, environment }: ServerOptions,
  documents: EmbeddedPlatform["documents"],
): Promise<string> => {
  if (isJoining) return environmentToJoin(documents, environment);
  const name = environment ?? defaultEnvironment;
  await claimEnvironmentName(documents, name);
  return name;
};

/**
 * Starts a server on a data directory, alone or beside others. Rejects: `request-invalid` (names),
 * `unauthorized`, `data-directory-*`, `port-in-use`, `storage-*`.
 */
export const startServer = async (options: ServerOptions): Promise<RunningServer> => {
  matchInLinearTime();
  const { dataDirectory, environment, name = `server-${systemEntropy.hex(4)}` } = options;
  const isJoining = options.isJoining === true;
  if (environment !== undefined) checkEnvironmentName(environment);
  checkServerName(name);
  checkIdentity(options.identity ?? {});
  const certificate = options.tls && readCertificate(options.tls);
  const token = isJoining ? joiningToken(dataDirectory, options.token) : undefined;
  const run = `${name}-${systemEntropy.hex(4)}`;
  let blocked = (_sinceMs: number) => {};
  const platform = openEmbeddedPlatform({
    directory: dataDirectory,
    clock: systemClock,
    entropy: systemEntropy,
    entry: { name, run, isJoining },
    blocked: (sinceMs) => blocked(sinceMs),
  });
  try {
    const access = embeddedAccess(dataDirectory, platform.documents);
    if (token !== undefined) await mustBeAllowedToJoin(access, { dataDirectory, token });
    const named = {
      ...options,
      name,
      run,
      certificate,
      environment: await environmentOf(options, platform.documents),
    };
    return await serve(named, { platform, access }, (kill) => {
      blocked = kill;
    });
  } catch (error) {
    await platform.close();
    throw translateError(error);
  }
};

interface NamedOptions extends ServerOptions {
  readonly name: string;
  readonly run: string;
  readonly environment: string;
  readonly certificate: Certificate | undefined;
}

/** This server among the others, its engine, and what looks at it. */
const work = (options: NamedOptions, platform: EmbeddedPlatform, beside: Modules) => {
  const { dataDirectory: directory, name: server, run, log = logToStandardError } = options;
  const { runner, processes, systemEvents } = beside;
  const settings = engineSettings(options.engine, options.waitAges);
  const onSystemEvent = (event: SystemEvent) => {
    log(event);
    systemEvents.report(event);
  };
  const members = membership({
    directory,
    name: server,
    run,
    version: packageJson.version,
    share: platform.share,
    // Its items come into sight within a lease by themselves, too.
    gone: (isGone) =>
      void platform.revealItems(systemClock.nowMs() + settings.leaseMs, isGone).catch(() => {}),
    executionCount: () => engine.load(),
    isDrained: () => context.drains.isServerDrained,
    onSystemEvent,
  });
  const context = {
    platform,
    clock: systemClock,
    entropy: systemEntropy,
    runner,
    program: processes.program,
    settings,
    server,
    serverRun: run,
    peers: members.peers,
    drains: new Drains({
      documents: platform.documents,
      clock: systemClock,
      server,
      targetOf: runner.targetOf,
    }),
    watchdog: new Watchdog({ clock: systemClock, settings, onSystemEvent }),
    suspects: new Suspects({ platform, clock: systemClock, run, onSystemEvent }),
    onSystemEvent,
  };
  const known = new KnownDescriptions();
  const engine = createEngine({
    ...context,
    onEnd: ({ state, seq }) => known.put(descriptionOf(state, seq)),
  });
  return {
    members,
    engine,
    executions: createExecutions({ ...context, onCommit: engine.onCommit, known }),
    restarts: createRestarts({ ...context, start: engine.start, effectOf: runner.effectOf }),
    trials: createTrials(context),
    drains: createDrainOperations({
      ...context,
      inFlight: engine.inFlight,
      claimed: engine.claimed,
    }),
  };
};

const serve = async (
  options: NamedOptions,
  { platform, access }: { readonly platform: EmbeddedPlatform; readonly access: Access },
  whenBlocked: (blocked: (sinceMs: number) => void) => void,
): Promise<RunningServer> => {
  const { dataDirectory, environment, name: server, log = logToStandardError } = options;
  const identity = await claimIdentity(platform.documents, options.identity ?? {});
  const beside = modules(dataDirectory, platform, { server, identity });
  const { file: tokenFile, token, isNew } = accessToken(dataDirectory);
  const audit = embeddedAudit({ ...platform, server, log });
  await access.keepAdministrator(token, audit);
  const isAlone = await tellIfAlone(access, beside.systemEvents.report);
  const { members, ...working } = work(options, platform, beside);
  whenBlocked(members.blocked);
  const closeEngine = async () => {
    await working.engine.close({ graceMs: options.graceMs ?? defaultGraceMs });
    working.drains.close();
    await beside.closeAdapters();
    await audit.close();
    await beside.systemEvents.close();
  };
  const api = northbound({
    ...beside,
    ...working,
    servers: members.servers,
    environment,
    version: packageJson.version,
    server,
    nowMs: systemClock.nowMs,
    access,
    authenticate: access.authenticate,
    audit,
    tokenHint: `The access token lies in ${tokenFile}.`,
    log: ({ message, error }) => log({ severity: "error", message, cause: error }),
  });
  let listening: Listening;
  try {
    const answer = withOrigins(api, options.allowedOrigins ?? []);
    const failed = (cause: unknown) =>
      log({ severity: "error", message: "an answer could not be sent", cause });
    listening = await listenAndTell({ ...options, answer, failed }, members.begin);
  } catch (error) {
    members.end();
    await closeEngine();
    throw error;
  }
  return {
    name: server,
    environment,
    url: listening.url,
    tokenFile,
    newToken: isNew ? token : undefined,
    isAlone,
    stopAsked: members.stopAsked,
    inFlight: working.engine.inFlight,
    close: async () => {
      members.drain();
      await Promise.all([listening.close(), closeEngine()]);
      members.end();
      await platform.close();
    },
  };
};
