/** A whole environment on the memory platform that answers over HTTP, with callers of every role. */

import { onTestFinished } from "vitest";
import { createAccess } from "#access/access.ts";
import { createAudit } from "#access/audit/create-audit.ts";
import type { Grant } from "#access/permissions.ts";
import { coreAdapter } from "#adapters/core/core-adapter.ts";
import { adapterRegistry } from "#adapters/registry.ts";
import { processCatalog } from "#catalog/process-catalog.ts";
import { stateMachineCatalog } from "#catalog/state-machine-catalog.ts";
import { createEngine } from "#engine/create-engine.ts";
import { createExecutions, descriptionOf } from "#engine/create-executions.ts";
import { createDrainOperations } from "#engine/drain-operations.ts";
import { Drains } from "#engine/drains.ts";
import { KnownDescriptions } from "#engine/known-descriptions.ts";
import { createRestarts } from "#engine/restart/create-restarts.ts";
import { embeddedSettings } from "#engine/settings.ts";
import { Suspects } from "#engine/suspects.ts";
import { createTrials } from "#engine/trials.ts";
import { listen } from "#local/listen.ts";
import { systemEventStore } from "#monitoring/system-event-store.ts";
import { northbound } from "#northbound/app.ts";
import { bearerTokens } from "#northbound/bearer-tokens.ts";
import type { Limits } from "#northbound/limits.ts";
import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";
import { memoryPlatform } from "#platforms/memory/memory-platform.ts";
import type { DocumentStore } from "#ports/document-store.ts";
import type { Platform } from "#ports/platform.ts";
import { alertStore } from "#tasks/alert-store.ts";
import { aesSealing } from "#vault/aes-sealing.ts";
import { webApp } from "../unit/northbound/web-app.ts";

/** A caller of the environment: its principal is `key:NAME`, its token the name. */
export interface Caller {
  readonly name: string;
  readonly grants: readonly Grant[];
}

/** The token of `key:admin` where there are no callers with tokens of their own. */
export const administratorToken = "open-sesame";

/**
 * Starts the environment; it is stopped when `onEnd` is called back, or the test has finished. Without
 * callers it has access keys, people and signatures, as a real one has.
 */
export const accessEnvironment = async (
  callers: readonly Caller[] | undefined,
  options: {
    readonly onEnd?: (stop: () => Promise<void>) => void;
    readonly limits?: Partial<Limits>;
    readonly documents?: (real: DocumentStore) => DocumentStore;
    /** Whose it is to close, after `onEnd`; the memory platform if not given. */
    readonly platform?: Platform;
  } = {},
) => {
  const { onEnd = onTestFinished, limits = { failuresPerSecondMax: 1000 } } = options;
  const clock = systemClock;
  const { nowMs } = clock;
  const platform = options.platform ?? memoryPlatform({ clock });
  const documents = options.documents?.(platform.documents) ?? platform.documents;
  const alerts = alertStore({ documents, nowMs });
  const runner = adapterRegistry([coreAdapter({ alerts })], { nowMs });
  const processes = processCatalog({ documents, nowMs, knowsResource: runner.knowsResource });
  const known = new KnownDescriptions();
  const server = "server-1";
  const drains = new Drains({ documents, clock, server, targetOf: runner.targetOf });
  const systemEvents = systemEventStore({ documents, clock, entropy: systemEntropy, server });
  const context = {
    drains,
    platform,
    clock,
    entropy: systemEntropy,
    runner,
    program: processes.program,
    settings: embeddedSettings,
    server,
    suspects: new Suspects({ platform, clock, run: server, onSystemEvent: systemEvents.report }),
    onSystemEvent: systemEvents.report,
  };
  const engine = createEngine({
    ...context,
    onEnd: ({ state, seq }) => known.put(descriptionOf(state, seq)),
  });
  const executions = createExecutions({ ...context, onCommit: engine.onCommit, known });
  let aheadMs = 0;
  const accessClock = { nowMs: () => nowMs() + aheadMs };
  const sealing = aesSealing(() => new Uint8Array(32));
  const anotherAccess = () => createAccess({ documents, clock: accessClock, sealing });
  const access = anotherAccess();
  await access.keepAdministrator(administratorToken);
  const auditOf = (name: string, more: { readonly mayVanish?: boolean } = {}) =>
    createAudit({
      ...{ documents, clock, entropy: systemEntropy, server: name, onDropped: () => {} },
      ...more,
    });
  const audit = auditOf(server);
  const stateMachines = stateMachineCatalog({ documents, nowMs });
  const api = northbound({
    engine,
    executions,
    processes,
    stateMachines,
    restarts: createRestarts({ ...context, start: engine.start, effectOf: runner.effectOf }),
    trials: createTrials(context),
    alerts,
    servers: {
      list: async () => [{ name: server, state: "running", pid: 1, isSelf: true }],
      remove: async () => undefined,
    },
    systemEvents,
    drains: createDrainOperations({ ...context, drains, inFlight: engine.inFlight }),
    environment: "TEST",
    version: "0.0.0",
    server,
    nowMs: accessClock.nowMs,
    audit,
    access,
    authenticate:
      callers === undefined
        ? access.authenticate
        : bearerTokens(
            callers.map(({ name, grants }) => ({ principal: `key:${name}`, token: name, grants })),
          ),
    log: () => undefined,
    limits,
  });
  const listening = await listen({ answer: api, failed: () => {}, host: "127.0.0.1", port: 0 });
  onEnd(async () => {
    await listening.close();
    await engine.close({ graceMs: 1000 });
    drains.close();
    await audit.close();
    await systemEvents.close();
  });

  /** Calls as a caller; the body is sent as JSON. */
  const call = async (name: string, request: Request) => {
    const { method, path, body } = request;
    const response = await fetch(listening.url + path, {
      method,
      headers: {
        authorization: `Bearer ${name}`,
        ...request.headers,
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") === true;
    const { status, headers } = response;
    return { status, headers, body: isJson ? JSON.parse(text) : text };
  };
  return {
    url: listening.url,
    access,
    /** That of another server on the same documents. */
    anotherAccess,
    audit,
    auditOf,
    documents,
    /** Lets time pass for who may do what. */
    pass: (ms: number) => {
      aheadMs += ms;
    },
    app: webApp(api),
    engine,
    executions,
    processes,
    stateMachines,
    alerts,
    systemEvents,
    call,
  };
};

/** What is asked. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A process that waits, in a category of its own name. */
export const waitingProcess = (name: string): string => `
kind: Process
name: ${name}
category: ${name}
definition:
  QueryLanguage: JSONata
  StartAt: Rest
  States:
    Rest: {Type: Wait, Seconds: 600, End: true}
`;
