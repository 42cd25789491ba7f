import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Access } from "#access/access.ts";
import type { Audit } from "#access/audit/audit.ts";
import type { Authenticate } from "#access/authenticator.ts";
import type { Processes } from "#catalog/processes.ts";
import type { StateMachineCatalog } from "#catalog/state-machine-catalog.ts";
import type { Identity } from "#core/execution/program.ts";
import type { DrainOperations } from "#engine/drain-operations.ts";
import type { Engine } from "#engine/engine.ts";
import type { Executions } from "#engine/executions.ts";
import type { Restarts } from "#engine/restart/restarts.ts";
import type { Trials } from "#engine/trials.ts";
import type { Servers } from "#monitoring/servers.ts";
import type { SystemEvents } from "#monitoring/system-events.ts";
import type { Alerts } from "#tasks/alerts.ts";
import { accessKeyOperations } from "./access-keys.ts";
import { activityOperations } from "./activities.ts";
import { alertOperations } from "./alerts.ts";
import { aliasOperations } from "./aliases.ts";
import { assignmentOperations } from "./assignments.ts";
import { auditOperations } from "./audit.ts";
import { belongingsOf } from "./belongings.ts";
import { sealedCursors } from "./cursor.ts";
import { drainOperations } from "./drains.ts";
import {
  type EdgeOptions,
  edge,
  type LogEntry,
  requestIdOf,
  respond,
  respondProblem,
} from "./edge.ts";
import { eventOperations } from "./execution-events.ts";
import { executionOperations } from "./executions.ts";
import { healthOperations } from "./health.ts";
import { issuerOperations } from "./issuers.ts";
import { knownActivityOperations } from "./known-activities.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { mapRunOperations } from "./map-runs.ts";
import { openApiDocument } from "./openapi.ts";
import type { Operation } from "./operation.ts";
import { HttpProblem } from "./problem.ts";
import { processTagsOperations } from "./process-tags.ts";
import { processOperations } from "./processes.ts";
import { questionOperations } from "./questions.ts";
import { removalOperations } from "./removals.ts";
import { restartOperations } from "./restarts.ts";
import { serverOperations } from "./servers.ts";
import { signalOperations } from "./signals.ts";
import { startOperations } from "./starts.ts";
import { stateMachineSettingsOperations } from "./state-machine-settings.ts";
import type { StepFunctionsEdge, StepFunctionsOptions } from "./step-functions/step-functions.ts";
import { systemEventOperations } from "./system-events.ts";
import { testStateOperations } from "./test-state.ts";
import { versionOperations } from "./versions.ts";

/** What the API speaks for. */
export interface NorthboundOptions {
  readonly engine: Engine;
  readonly executions: Executions;
  readonly processes: Processes;
  readonly stateMachines: StateMachineCatalog;
  readonly restarts: Restarts;
  /** Carries out what a state calls that is tested by the Step Functions protocol without a mock; absent: mocks are needed. */
  readonly trials?: Trials;
  readonly alerts: Alerts;
  readonly systemEvents: SystemEvents;
  readonly servers: Servers;
  readonly drains: DrainOperations;
  /** Name of the environment. */
  readonly environment: string;
  /** What ARNs are made of. */
  readonly identity?: Identity;
  /** Of Holdfast. */
  readonly version: string;
  /** Name of this server. */
  readonly server: string;
  readonly nowMs: () => number;
  readonly access: Access;
  readonly audit: Audit;
  /** The address of a caller, where it is known. */
  readonly addressOf?: (context: Context) => string | undefined;
  readonly authenticate: Authenticate;
  readonly tokenHint?: string;
  readonly log: (entry: LogEntry) => void;
  readonly limits?: Partial<Limits>;
}

const tokenHint =
  "A server prints where its access token lies when it starts; the command line reads it from HOLDFAST_DATA or HOLDFAST_TOKEN.";

const patternOf = (path: string): RegExp => new RegExp(`^${path.replaceAll(/{[^}]+}/g, "[^/]+")}$`);

/** What exists under another method than the one that was asked for. */
const methodTable = (operations: readonly Operation[]) => {
  const paths = new Map<string, Set<string>>();
  for (const { path, method } of operations) {
    const methods = paths.get(path) ?? new Set(["OPTIONS"]);
    if (method === "get") methods.add("GET").add("HEAD");
    else methods.add(method.toUpperCase());
    paths.set(path, methods);
  }
  const table = [...paths].map(([path, methods]) => ({
    pattern: patternOf(path),
    allow: [...methods].sort().join(", "),
  }));
  return (path: string) => table.find(({ pattern }) => pattern.test(path))?.allow;
};

const unmatched = (operations: readonly Operation[], options: EdgeOptions) => {
  const allowed = methodTable(operations);
  return (context: Context): Response => {
    const requestId = requestIdOf(context);
    const { method, path } = context.req;
    const allow = allowed(path);
    if (allow !== undefined && method === "OPTIONS") {
      return respond({ status: 200, body: { allow }, headers: { allow } }, requestId);
    }
    const problem =
      allow === undefined
        ? new HttpProblem("not-found", "There is no such path.")
        : new HttpProblem("method-not-allowed", `${method} does not apply here.`, {
            headers: { allow },
          });
    return respondProblem(problem, { requestId }, options.log);
  };
};

/** What answers `POST /`. It is loaded for the first call: most servers are asked by one of the two protocols only. */
const stepFunctionsService = (options: StepFunctionsOptions, edge: StepFunctionsEdge) => {
  const load = async () => {
    const { stepFunctions, stepFunctionsOperations } = await import(
      "./step-functions/step-functions.ts"
    );
    return stepFunctions(stepFunctionsOperations(options), edge);
  };
  let loaded: ReturnType<typeof load> | undefined;
  return async (context: Context): Promise<Response> => {
    loaded ??= load();
    const answer = await loaded;
    return answer(context);
  };
};

/** The northbound API as a Hono app: the same on the embedded server and in the Lambda. */
export const northbound = (options: NorthboundOptions): OpenAPIHono => {
  const limits = { ...defaultLimits, ...options.limits };
  const edgeOptions = {
    tokenHint,
    ...options,
    limits,
    belongings: () => belongingsOf(options),
    cursors: sealedCursors(options.access.cursorKey),
  };
  const handlerOf = edge(edgeOptions);
  const app = new OpenAPIHono();
  let described: object | undefined;
  const document = () => {
    described ??= openApiDocument(app, operations, options.version);
    return described;
  };
  const operations: readonly Operation[] = [
    ...healthOperations({ ...options, startedAtMs: options.nowMs() }, document),
    ...processOperations(options.processes),
    ...versionOperations(options.processes),
    ...aliasOperations(options),
    ...processTagsOperations(options),
    ...stateMachineSettingsOperations(options),
    ...removalOperations(options),
    ...startOperations(options),
    ...executionOperations(options),
    ...restartOperations(options),
    ...signalOperations(options),
    ...questionOperations(options),
    ...mapRunOperations(options),
    ...activityOperations(options),
    ...knownActivityOperations(options),
    ...eventOperations({ ...options, limits }),
    ...alertOperations(options.alerts),
    ...systemEventOperations(options.systemEvents),
    ...serverOperations(options.servers),
    ...drainOperations(options.drains, options.nowMs),
    ...testStateOperations(options.nowMs),
    ...accessKeyOperations(options),
    ...assignmentOperations(options),
    ...issuerOperations(options.access),
    ...auditOperations(options.audit),
  ];
  for (const operation of operations) {
    const path = operation.path.replaceAll(/{([^}]+)}/g, ":$1");
    app.on(operation.method.toUpperCase(), [path], handlerOf(operation));
  }
  const otherwise = unmatched(operations, edgeOptions);
  app.post(
    "/",
    stepFunctionsService({ ...options, ...limits }, { ...options, handlerOf, otherwise }),
  );
  app.notFound(otherwise);
  app.onError((error, context) =>
    respondProblem(error, { requestId: requestIdOf(context) }, options.log),
  );
  return app;
};
