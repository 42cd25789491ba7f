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
import { edge, type Handler, type LogEntry } from "./edge.ts";
import type { AnswerRequest } from "./exchange.ts";
import { eventOperations } from "./execution-events.ts";
import { executionOperations } from "./executions.ts";
import { healthOperations } from "./health.ts";
import { issuerOperations } from "./issuers.ts";
import { knownActivityOperations } from "./known-activities.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { mapRunOperations } from "./map-runs.ts";
import { openApiDocument } from "./openapi.ts";
import type { Operation } from "./operation.ts";
import { processTagsOperations } from "./process-tags.ts";
import { processOperations } from "./processes.ts";
import { questionOperations } from "./questions.ts";
import { removalOperations } from "./removals.ts";
import { restartOperations } from "./restarts.ts";
import { routing, unmatched } from "./routing.ts";
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
  readonly authenticate: Authenticate;
  readonly tokenHint?: string;
  readonly log: (entry: LogEntry) => void;
  readonly limits?: Partial<Limits>;
}

const tokenHint =
  "A server prints where its access token lies when it starts; the command line reads it from HOLDFAST_DATA or HOLDFAST_TOKEN.";

/** What answers `POST /`. It is loaded for the first call: most servers are asked by one of the two protocols only. */
const stepFunctionsService = (options: StepFunctionsOptions, edge: StepFunctionsEdge): Handler => {
  const load = async () => {
    const { stepFunctions, stepFunctionsOperations } = await import(
      "./step-functions/step-functions.ts"
    );
    return stepFunctions(stepFunctionsOperations(options), edge);
  };
  let loaded: ReturnType<typeof load> | undefined;
  return async (request, params) => {
    loaded ??= load();
    const answer = await loaded;
    return answer(request, params);
  };
};

/** The northbound API: the same on the embedded server and in the Lambda. */
export const northbound = (options: NorthboundOptions): AnswerRequest => {
  const limits = { ...defaultLimits, ...options.limits };
  const edgeOptions = {
    tokenHint,
    ...options,
    limits,
    belongings: () => belongingsOf(options),
    cursors: sealedCursors(options.access.cursorKey),
  };
  const handlerOf = edge(edgeOptions);
  let described: object | undefined;
  const document = () => {
    described ??= openApiDocument(operations, options.version);
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
  const otherwise = unmatched(operations, options.log);
  const service = { ...options, handlerOf, otherwise };
  return routing(
    [
      ...operations.map((operation) => ({ ...operation, handler: handlerOf(operation) })),
      {
        method: "post",
        path: "/",
        handler: stepFunctionsService({ ...options, ...limits }, service),
      },
    ],
    { otherwise, log: options.log },
  );
};
