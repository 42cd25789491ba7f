import { createAccess } from "#access/access.ts";
import { createAudit } from "#access/audit/create-audit.ts";
import type { Processes, ProcessVersion } from "#catalog/processes.ts";
import { stateMachineCatalog } from "#catalog/state-machine-catalog.ts";
import { OrchestratorError } from "#core/errors.ts";
import type { HistoryEvent } from "#core/execution/history-event.ts";
import { type Json, printJson } from "#core/json.ts";
import { createDrainOperations } from "#engine/drain-operations.ts";
import { Drains } from "#engine/drains.ts";
import type { Engine } from "#engine/engine.ts";
import type { ExecutionDescription, Executions } from "#engine/executions.ts";
import type { Restarts } from "#engine/restart/restarts.ts";
import type { ServerDescription, Servers } from "#monitoring/servers.ts";
import { systemEventStore } from "#monitoring/system-event-store.ts";
import { type NorthboundOptions, northbound } from "#northbound/app.ts";
import { bearerTokens } from "#northbound/bearer-tokens.ts";
import type { LogEntry } from "#northbound/edge.ts";
import { memoryPlatform } from "#platforms/memory/memory-platform.ts";
import { seededEntropy } from "#platforms/memory/seeded-entropy.ts";
import { virtualClock } from "#platforms/memory/virtual-clock.ts";
import { alertStore } from "#tasks/alert-store.ts";
import { aesSealing } from "#vault/aes-sealing.ts";
import { webApp } from "./web-app.ts";

export const token = "sesame-0123456789";
export const startedAtMs = Date.UTC(2026, 10, 23, 8, 15, 30, 125);

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Kept = Mutable<ExecutionDescription> & { readonly events: HistoryEvent[] };

/** A small engine that does what its interface says and ends executions when the test says so. */
export const handEngine = () => {
  const kept = new Map<string, Kept>();
  const listeners = new Set<() => void>();
  const wake = () => {
    for (const listener of [...listeners]) listener();
  };
  const find = (executionId: string): Kept => {
    const found = kept.get(executionId);
    if (found !== undefined) return found;
    throw new OrchestratorError("execution-not-found", `there is no execution ${executionId}`);
  };
  const happen = (executionId: string, type: string, details: Record<string, Json> = {}) => {
    const found = find(executionId);
    const { events } = found;
    const previousEventId = events.length;
    const timestampMs = startedAtMs + events.length;
    events.push({ id: previousEventId + 1, previousEventId, type, timestampMs, details });
    found.eventCount = events.length;
    wake();
  };
  const end = (executionId: string, output: Json) => {
    const found = find(executionId);
    found.status = "SUCCEEDED";
    found.output = output;
    found.stoppedAtMs = startedAtMs + 1000;
    delete found.waitingFor;
    happen(executionId, "ExecutionSucceeded", { output });
  };
  const changed = (signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      const done = () => {
        listeners.delete(done);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      listeners.add(done);
      signal?.addEventListener("abort", done);
    });

  const engine: Engine = {
    signal: async (executionId, { name, id = "made" }) => {
      if (find(executionId).status !== "RUNNING")
        throw new OrchestratorError("execution-ended", `${executionId} has ended`);
      if (!/^[A-Za-z0-9._-]{1,80}$/.test(name))
        throw new OrchestratorError("signal-invalid", "the name is not valid");
      return { id };
    },
    resolve: async (executionId, { activity, resolution }) => {
      const found = find(executionId);
      if (!found.questions?.some((asked) => asked.activity === activity))
        throw new OrchestratorError("activity-not-asking", `nobody is asked about ${activity}`);
      delete found.questions;
      happen(executionId, resolution === "succeeded" ? "TaskSucceeded" : "TaskFailed");
    },
    answer: async () => {
      throw new OrchestratorError("task-token-invalid", "nobody holds that token");
    },
    updateMapRun: async () => undefined,
    claim: async () => undefined,
    claimed: async () => [],
    load: () => 0,
    start: async ({ process, version: pinned, name = `made-${kept.size}`, input, startedBy }) => {
      if (!/^[A-Za-z0-9_-]{1,80}$/.test(name)) {
        throw new OrchestratorError("execution-name-invalid", "the name is not valid");
      }
      const executionId = `${process}:${name}`;
      const found = kept.get(executionId);
      const isOther =
        found !== undefined &&
        (printJson(found.input) !== printJson(input) ||
          (pinned ?? found.version) !== found.version);
      if (isOther) {
        throw new OrchestratorError("execution-name-taken", `${executionId} has other input`, {
          details: { executionId },
        });
      }
      if (found === undefined) {
        kept.set(executionId, {
          executionId,
          process,
          version: pinned ?? 1,
          name,
          status: "RUNNING",
          startedAtMs,
          startedBy,
          input,
          transitionCount: 1,
          eventCount: 1,
          recordCount: 1,
          waitingFor: { kind: "timer", state: "Rest", sinceMs: startedAtMs },
          events: [],
        });
        happen(executionId, "ExecutionStarted", { input });
      }
      return { executionId, startedAtMs, isNew: found === undefined };
    },
    stop: async (executionId, { error, cause }) => {
      const found = find(executionId);
      if (found.status !== "RUNNING") {
        throw new OrchestratorError("execution-ended", `${executionId} has ended`);
      }
      found.status = "ABORTED";
      found.stoppedAtMs = startedAtMs + 1000;
      if (error !== undefined) found.error = error;
      if (cause !== undefined) found.cause = cause;
      happen(executionId, "ExecutionAborted");
    },
    release: async (executionId) => {
      find(executionId);
      throw new OrchestratorError("execution-not-set-aside", `${executionId} is not set aside`);
    },
    redrive: async (executionId) => {
      const found = find(executionId);
      if (found.status === "RUNNING" || found.status === "SUCCEEDED") {
        throw new OrchestratorError("execution-not-redrivable", `${executionId} ${found.status}`);
      }
      found.status = "RUNNING";
      delete found.stoppedAtMs;
      found.redriven = { count: (found.redriven?.count ?? 0) + 1 };
      happen(executionId, "ExecutionRedriven");
    },
    awaitEnd: async (executionId, timeoutMs, signal) => {
      const over = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
      while (find(executionId).status === "RUNNING" && !over.aborted) await changed(over);
      return find(executionId).status;
    },
    onCommit: (_executionId, listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    inFlight: () => [],
    close: async () => {},
  };

  const executions: Executions = {
    startedWith: async (executionId) =>
      kept.get(executionId) && { input: find(executionId).input, tags: {} },
    waitingActivities: async () => ({ activities: [], next: undefined }),
    describe: async (executionId) => ({ ...find(executionId) }),
    list: async ({ process, status, limit, after }) => {
      const fits = [...kept.values()]
        .filter((head) => process === undefined || head.process === process)
        .filter((head) => status === undefined || head.status === status);
      const from = after === undefined ? 0 : Number.parseInt(after, 10) || 0;
      const page = fits.slice(from, from + limit).map((head) => ({ ...head, epoch: 0, seq: 0 }));
      const next = fits.length > from + limit ? String(from + limit) : undefined;
      return { executions: page, next };
    },
    history: async (executionId, { afterEventId, limit }) =>
      find(executionId).events.slice(afterEventId, afterEventId + limit),
    follow: async function* (executionId, { afterEventId, signal }) {
      for (let at = afterEventId; !signal.aborted; ) {
        const found = find(executionId);
        const event = found.events[at];
        if (event !== undefined) {
          at += 1;
          yield event;
        } else if (found.status !== "RUNNING") return;
        else await changed(signal);
      }
    },
  };
  const restarts: Restarts = {
    preview: async ({ executionId, from: { state = "A" } }) => {
      const { process, version, input } = find(executionId);
      return {
        restartOf: { executionId, eventId: 2 },
        process,
        version,
        beginsAt: { state, input },
        states: [{ machine: [], name: state, type: "Succeed" }],
      };
    },
    restart: async ({ executionId, name = "again", by }) => {
      const { process, input } = find(executionId);
      return await engine.start({ process, name, input, startedBy: by });
    },
    restartsOf: async () => [],
  };
  return { engine, executions, restarts, find, happen, end, listenerCount: () => listeners.size };
};

const versionOf = (name: string, version: number): ProcessVersion => ({
  name,
  version,
  description: `The process ${name}`,
  document: `name: ${name}`,
  definition: { StartAt: "A", States: { A: { Type: "Succeed" } } },
  ...(name === "strict" ? { inputSchema: { type: "object", required: ["who"] } } : {}),
  deployedAtMs: startedAtMs,
  deployedBy: "key:admin",
});

const wrong = {
  severity: "ERROR",
  code: "MISSING_TRANSITION_TARGET",
  message: 'There is no state "B"; write "A".',
  path: ["States", "A", "Next"],
  line: 4,
  column: 7,
} as const;

/** A catalog of names; the document `name: x` is the process x, whatever holds `Next: B` is wrong. */
export const handProcesses = (): Processes => {
  const kept = new Map<string, ProcessVersion[]>();
  for (const name of ["hello", "strict"]) kept.set(name, [versionOf(name, 1)]);
  return {
    validate: async ({ text }) => (text.includes("Next: B") ? [wrong] : []),
    deploy: async ({ text, deployedBy }) => {
      if (text.includes("Next: B")) return { kind: "refused", diagnostics: [wrong] };
      const name = /^name: ([a-z]+)/.exec(text)?.[1] ?? "unnamed";
      const versions = kept.get(name) ?? [];
      const newest = versions.at(-1);
      const warnings = [{ ...wrong, severity: "WARNING" } as const];
      if (newest?.document === text) {
        return { kind: "deployed", process: newest, isNew: false, warnings };
      }
      const process = {
        ...versionOf(name, versions.length + 1),
        document: text,
        deployedBy,
      };
      kept.set(name, [...versions, process]);
      return { kind: "deployed", process, isNew: true, warnings };
    },
    remove: async (name) => kept.delete(name),
    removeVersion: async () => "none",
    ran: async (name, version) => kept.get(name)?.[version - 1],
    standingFor: async (name) => kept.get(name)?.at(-1),
    get: async (name, version) =>
      version === undefined ? kept.get(name)?.at(-1) : kept.get(name)?.[version - 1],
    list: async ({ limit, after }) => {
      const names = [...kept.keys()].sort().filter((name) => after === undefined || name > after);
      const processes = names.slice(0, limit).flatMap((name) => kept.get(name)?.at(-1) ?? []);
      return { processes, next: names.length > limit ? names[limit - 1] : undefined };
    },
    program: () => undefined,
    inputProblems: (process, input) =>
      process.inputSchema !== undefined && (input as { who?: unknown }).who === undefined
        ? [{ path: "/who", message: "is missing" }]
        : [],
  };
};

/** One that runs and one that is gone. */
const standInServers = (): Servers => {
  const known = new Map<string, ServerDescription>(
    (["running", "gone"] as const).map((state, index) => {
      const name = `server-${index + 1}`;
      return [name, { name, state, pid: index + 1, isSelf: index === 0, startedAtMs }];
    }),
  );
  return {
    list: async () => [...known.values()],
    remove: async (name) => {
      const found = known.get(name);
      if (found?.state === "gone") known.delete(name);
      return found;
    },
  };
};

/** The real app over the hand engine, and a caller that has the token. */
export const environment = (overrides: Partial<NorthboundOptions> = {}, from?: string) => {
  const hand = handEngine();
  const clock = virtualClock(startedAtMs);
  const { nowMs } = clock;
  const logged: LogEntry[] = [];
  const platform = memoryPlatform({ clock });
  const { documents } = platform;
  const alerts = alertStore({ documents, nowMs });
  const entropy = seededEntropy(1);
  const servers = standInServers();
  const systemEvents = systemEventStore({ documents, clock, entropy, server: "server-1" });
  const drains = new Drains({ ...platform, clock, server: "server-1", targetOf: () => undefined });
  const api = northbound({
    drains: createDrainOperations({
      platform,
      clock,
      server: "server-1",
      drains,
      inFlight: hand.engine.inFlight,
      onSystemEvent: systemEvents.report,
    }),
    engine: hand.engine,
    executions: hand.executions,
    processes: handProcesses(),
    stateMachines: stateMachineCatalog({ documents, nowMs }),
    restarts: hand.restarts,
    alerts,
    systemEvents,
    servers,
    environment: "TEST",
    version: "0.0.0",
    server: "server-1",
    nowMs,
    audit: createAudit({
      documents,
      clock,
      entropy,
      server: "server-1",
      onDropped: () => undefined,
    }),
    access: createAccess({ documents, clock, sealing: aesSealing(() => new Uint8Array(32)) }),
    authenticate: bearerTokens([
      { principal: "key:other", token: "other-0123456789" },
      { principal: "key:admin", token },
    ]),
    log: (entry) => logged.push(entry),
    ...overrides,
  });
  const app = webApp(api, from);
  const authorization = `Bearer ${token}`;
  const get = async (path: string, init: RequestInit = {}) =>
    await app.request(path, { ...init, headers: { authorization, ...init.headers } });
  const post = async (path: string, body: unknown, init: RequestInit = {}) =>
    await app.request(path, {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...init,
      headers: { authorization, "content-type": "application/json", ...init.headers },
    });
  return { ...hand, api, app, alerts, systemEvents, logged, get, post };
};
