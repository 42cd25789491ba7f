/** What every role may do with every operation, written down a second time: the tests hold the API against it. */
import type { Request } from "./access-environment.ts";

/** What an operation is called on. */
export interface Objects {
  readonly process: string;
  readonly executionId: string;
  readonly mapRunId: string;
  readonly alertId: string;
  /** Nothing else has this name. */
  readonly fresh: string;
}

/** `all`: on every object; `own`: on what the caller owns; `no`: on nothing. */
export type Cell = "all" | "own" | "no";

export interface Row {
  /** In the order of the roles: Administrator, Auditor, Definition, Operator, Creator-owner, Server, Northbound. */
  readonly cells: readonly Cell[];
  readonly call: (objects: Objects) => Request;
  /** Of the answer where it is allowed. */
  readonly status: number;
  /** Of the answer to whoever may not know of the object; 404 where it does not say. */
  readonly hidden?: number;
  /** A list: it answers with what may be read, and leaves out the rest. What an item is told by. */
  readonly lists?: (objects: Objects) => string;
  /** It belongs to no process: own or another's makes no difference. */
  readonly isOfEnvironment?: boolean;
}

/** Of the roles, in their order. */
export const cells = (text: string): readonly Cell[] => text.trim().split(/ +/) as Cell[];
const get = (path: string): Request => ({ method: "GET", path });
const post = (path: string, body: unknown = {}): Request => ({ method: "POST", path, body });
const put = (path: string, body: unknown): Request => ({ method: "PUT", path, body });
const remove = (path: string): Request => ({ method: "DELETE", path });

/** To the first version of a process. */
export const route = { version: 1, weight: 100 };

const documentOf = (name: string, wait: string): string => `
kind: Process
name: ${name}
definition: {StartAt: Rest, States: {Rest: {Type: Wait, Seconds: ${wait.length}00, End: true}}}`;

const executionPath = ({ executionId }: Objects): string => `/v1/executions/${executionId}`;
/** A token of the execution that nobody waits for. */
export const tokenOf = ({ executionId }: Objects): string => `${executionId}/0.1/5f0c3c1e`;

//                        Administrator Auditor Definition Operator Creator-owner Server Northbound
const everybody = cells("all all all all all all all");
const lookers = cells("  all all all all own no  no ".trim());
const readers = cells("  all all all all own no  own".trim());
const doers = cells("    all no  all all own no  no ".trim());
const operators = cells("all no  no  all own no  no ".trim());
const keepers = cells("  all no  no  all no  no  no ".trim());
const servers = cells("  all all all all no  all no ".trim());
const viewers = cells("  all all all all no  no  no ".trim());
const answerers = cells("all no  no  all own all no ".trim());
const writers = cells("  all no  all no  own no  no ".trim());
const drafters = cells(" all no  all no  all no  no ".trim());
const activityLookers = cells("all all all all all all no");
const activityKeepers = cells("all no all no no no no");
const nobodyElse = cells("all no no no no no no");
const inspectors = cells("all all no no no no no");

/** Which roles may do what many operations need. */
export const mayDo = {
  lookers,
  readers,
  doers,
  answerers,
  writers,
  drafters,
  activityLookers,
  activityKeepers,
};

const environment = { isOfEnvironment: true } as const;

/** One row for each operation of the API, by its id. */
export const roleMatrix: Readonly<Record<string, Row>> = {
  getHealth: { cells: everybody, call: () => get("/v1/health"), status: 200, ...environment },
  getOpenApiDocument: {
    cells: everybody,
    call: () => get("/openapi.json"),
    status: 200,
    ...environment,
  },

  deployProcess: {
    cells: writers,
    call: ({ process, fresh }) => post("/v1/processes", { document: documentOf(process, fresh) }),
    status: 201,
    hidden: 403,
  },
  validateProcess: {
    cells: drafters,
    call: ({ fresh }) => post("/v1/processes/validate", { document: documentOf(fresh, fresh) }),
    status: 200,
    ...environment,
  },
  listProcesses: {
    cells: lookers,
    call: () => get("/v1/processes?limit=1000"),
    status: 200,
    lists: ({ process }) => process,
  },
  getProcess: {
    cells: lookers,
    call: ({ process }) => get(`/v1/processes/${process}`),
    status: 200,
  },
  listProcessVersions: {
    cells: lookers,
    call: ({ process }) => get(`/v1/processes/${process}/versions`),
    status: 200,
  },
  diffProcessVersions: {
    cells: lookers,
    call: ({ process }) => get(`/v1/processes/${process}/versions/1/diff/1`),
    status: 200,
  },
  listAliases: {
    cells: lookers,
    call: ({ process }) => get(`/v1/processes/${process}/aliases`),
    status: 200,
  },
  getAlias: {
    cells: lookers,
    call: ({ process }) => get(`/v1/processes/${process}/aliases/live`),
    status: 200,
  },
  putAlias: {
    cells: writers,
    call: ({ process }) => put(`/v1/processes/${process}/aliases/live`, { routes: [route] }),
    status: 200,
  },
  removeAlias: {
    cells: writers,
    call: ({ process }) => remove(`/v1/processes/${process}/aliases/live`),
    status: 200,
  },
  getProcessTags: {
    cells: lookers,
    call: ({ process }) => get(`/v1/processes/${process}/tags`),
    status: 200,
  },
  putProcessTags: {
    cells: writers,
    call: ({ process }) => put(`/v1/processes/${process}/tags`, { tags: { team: "a" } }),
    status: 200,
  },
  getStateMachineSettings: {
    cells: lookers,
    call: ({ process }) => get(`/v1/processes/${process}/state-machine`),
    status: 200,
  },
  putStateMachineSettings: {
    cells: writers,
    call: ({ process }) => put(`/v1/processes/${process}/state-machine`, {}),
    status: 200,
  },
  removeProcess: {
    cells: writers,
    call: ({ process }) => remove(`/v1/processes/${process}`),
    status: 200,
  },
  removeProcessVersion: {
    cells: writers,
    // An alias leads to it.
    call: ({ process }) => remove(`/v1/processes/${process}/versions/1`),
    status: 409,
  },
  startProcess: {
    cells: cells("all no all all own no all"),
    call: ({ process, fresh }) => post(`/v1/processes/${process}/start?name=${fresh}`),
    status: 201,
  },
  testState: {
    cells: drafters,
    call: () => post("/v1/test-state", { definition: { Type: "Pass", End: true } }),
    status: 200,
    ...environment,
  },

  startExecution: {
    cells: cells("all no all all own no all"),
    call: ({ process, fresh }) => post("/v1/executions", { process, name: fresh }),
    status: 201,
  },
  listExecutions: {
    cells: readers,
    call: () => get("/v1/executions?limit=1000"),
    status: 200,
    lists: ({ executionId }) => executionId,
  },
  getExecution: { cells: readers, call: (on) => get(executionPath(on)), status: 200 },
  getExecutionHistory: {
    cells: readers,
    call: (on) => get(`${executionPath(on)}/history`),
    status: 200,
  },
  // An execution that has ended: else the stream would not.
  followExecution: {
    cells: readers,
    call: (on) => get(`${executionPath(on)}/events?after=0`),
    status: 200,
  },
  stopExecution: { cells: doers, call: (on) => post(`${executionPath(on)}/stop`), status: 200 },
  redriveExecution: {
    cells: doers,
    call: (on) => post(`${executionPath(on)}/redrive`),
    status: 200,
  },
  releaseExecution: {
    cells: operators,
    call: (on) => post(`${executionPath(on)}/release`),
    status: 409,
  },
  restartExecution: {
    cells: doers,
    call: (on) => post(`${executionPath(on)}/restart`, { from: { state: "Rest" } }),
    status: 201,
  },
  signalExecution: {
    cells: doers,
    call: (on) => post(`${executionPath(on)}/signals`, { name: "go" }),
    status: 200,
  },
  resolveActivity: {
    cells: operators,
    call: (on) => post(`${executionPath(on)}/activities/0.1/resolve`, { resolution: "retry" }),
    status: 409,
  },
  getMapRun: {
    cells: readers,
    call: ({ mapRunId }) => get(`/v1/map-runs/${encodeURIComponent(mapRunId)}`),
    status: 200,
  },
  updateMapRun: {
    cells: doers,
    call: ({ mapRunId }) =>
      post(`/v1/map-runs/${encodeURIComponent(mapRunId)}/limits`, { maxConcurrency: 5 }),
    status: 200,
  },

  sendTaskSuccess: {
    cells: answerers,
    call: (on) => post("/v1/task-tokens/success", { token: tokenOf(on) }),
    status: 409,
  },
  sendTaskFailure: {
    cells: answerers,
    call: (on) => post("/v1/task-tokens/failure", { token: tokenOf(on) }),
    status: 409,
  },
  sendTaskHeartbeat: {
    cells: answerers,
    call: (on) => post("/v1/task-tokens/heartbeat", { token: tokenOf(on) }),
    status: 409,
  },
  listActivities: {
    cells: activityLookers,
    call: () => get("/v1/activities"),
    status: 200,
    ...environment,
  },
  getActivity: {
    cells: activityLookers,
    call: ({ fresh }) => get(`/v1/activities/${fresh}`),
    status: 404,
    ...environment,
  },
  putActivity: {
    cells: activityKeepers,
    call: ({ fresh }) => put(`/v1/activities/${fresh}`, {}),
    status: 201,
    ...environment,
  },
  removeActivity: {
    cells: activityKeepers,
    call: ({ fresh }) => remove(`/v1/activities/${fresh}`),
    status: 404,
    ...environment,
  },
  claimActivity: {
    cells: cells("all no no no no all no"),
    call: ({ fresh }) => post(`/v1/activities/${fresh}/tasks`, { waitSeconds: 0 }),
    status: 200,
    ...environment,
  },
  listWaitingActivities: {
    cells: cells("all all all all own all no"),
    call: () => get("/v1/activities/print/tasks?limit=1000"),
    status: 200,
    lists: ({ executionId }) => executionId,
  },

  listAlerts: {
    cells: lookers,
    call: () => get("/v1/alerts?limit=1000"),
    status: 200,
    lists: ({ alertId }) => alertId,
  },
  getAlert: { cells: lookers, call: ({ alertId }) => get(`/v1/alerts/${alertId}`), status: 200 },
  closeAlert: {
    cells: operators,
    call: ({ alertId }) => post(`/v1/alerts/${alertId}/close`),
    status: 200,
  },

  listSystemEvents: {
    cells: lookers,
    call: () => get("/v1/system-events?limit=1000"),
    status: 200,
    lists: ({ executionId }) => executionId,
  },
  listServers: { cells: servers, call: () => get("/v1/servers"), status: 200, ...environment },
  getServer: {
    cells: servers,
    call: () => get("/v1/servers/server-1"),
    status: 200,
    ...environment,
  },
  removeServer: {
    cells: nobodyElse,
    call: ({ fresh }) => ({
      ...remove(`/v1/servers/${fresh}`),
      headers: { "holdfast-reason": "it is gone" },
    }),
    status: 404,
    ...environment,
  },
  beginDrain: {
    cells: keepers,
    call: ({ fresh }) => post("/v1/drains", { scope: "target", name: fresh }),
    status: 201,
    ...environment,
  },
  listDrains: { cells: viewers, call: () => get("/v1/drains"), status: 200, ...environment },
  getDrain: {
    cells: viewers,
    call: ({ fresh }) => get(`/v1/drains/target:${fresh}`),
    status: 404,
    ...environment,
  },
  endDrain: {
    cells: keepers,
    call: ({ fresh }) => remove(`/v1/drains/target:${fresh}`),
    status: 404,
    ...environment,
  },

  whoAmI: { cells: everybody, call: () => get("/v1/whoami"), status: 200, ...environment },
  createAccessKey: {
    cells: nobodyElse,
    call: ({ fresh }) => post("/v1/access-keys", { name: fresh }),
    status: 201,
    ...environment,
  },
  listAccessKeys: {
    cells: inspectors,
    call: () => get("/v1/access-keys"),
    status: 200,
    ...environment,
  },
  getAccessKey: {
    cells: inspectors,
    call: ({ fresh }) => get(`/v1/access-keys/${fresh}`),
    status: 404,
    ...environment,
  },
  rotateAccessKey: {
    cells: nobodyElse,
    call: ({ fresh }) => post(`/v1/access-keys/${fresh}/rotate`),
    status: 404,
    ...environment,
  },
  revokeAccessKey: {
    cells: nobodyElse,
    call: ({ fresh }) => post(`/v1/access-keys/${fresh}/revoke`),
    status: 404,
    ...environment,
  },
  createAssignment: {
    cells: nobodyElse,
    call: ({ fresh }) => post("/v1/assignments", { subject: `key:${fresh}`, role: "Auditor" }),
    status: 201,
    ...environment,
  },
  listAssignments: {
    cells: inspectors,
    call: () => get("/v1/assignments"),
    status: 200,
    ...environment,
  },
  getAssignment: {
    cells: inspectors,
    call: ({ fresh }) => get(`/v1/assignments/${fresh}`),
    status: 404,
    ...environment,
  },
  removeAssignment: {
    cells: nobodyElse,
    call: ({ fresh }) => remove(`/v1/assignments/${fresh}`),
    status: 404,
    ...environment,
  },
  trustIssuer: {
    cells: nobodyElse,
    call: ({ fresh }) =>
      post("/v1/issuers", { name: fresh, url: "http://example.net", audiences: ["x"] }),
    status: 422,
    ...environment,
  },
  listIssuers: { cells: inspectors, call: () => get("/v1/issuers"), status: 200, ...environment },
  getIssuer: {
    cells: inspectors,
    call: ({ fresh }) => get(`/v1/issuers/${fresh}`),
    status: 404,
    ...environment,
  },
  distrustIssuer: {
    cells: nobodyElse,
    call: ({ fresh }) => remove(`/v1/issuers/${fresh}`),
    status: 404,
    ...environment,
  },
  listAudit: { cells: inspectors, call: () => get("/v1/audit"), status: 200, ...environment },
  verifyAudit: {
    cells: inspectors,
    call: () => get("/v1/audit/verification"),
    status: 200,
    ...environment,
  },
};
