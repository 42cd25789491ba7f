import type { CallAccess } from "#access/call-access.ts";
import { type Json, printJson } from "#core/json.ts";
import type { Engine } from "#engine/engine.ts";
import type { ExecutionDescription, Executions } from "#engine/executions.ts";
import type { Restarts } from "#engine/restart/restarts.ts";
import { pageOf } from "./cursor.ts";
import { eventsThatFit } from "./events-that-fit.ts";
import { searchExecutions } from "./execution-search.ts";
import { onEach, onExecution } from "./needs.ts";
import { type Change, type Operation, operation } from "./operation.ts";
import { mayRead } from "./readable-page.ts";
import {
  eventView,
  execution,
  executionPage,
  executionPath,
  executionView,
  historyPage,
  historyQuery,
  redriveBody,
  releaseBody,
  stopBody,
  summaryView,
} from "./schemas/execution.ts";
import { executionQuery } from "./schemas/execution-query.ts";

/** What the operations on executions need. */
export interface ExecutionsOptions {
  readonly engine: Engine;
  readonly executions: Executions;
  readonly restarts: Restarts;
  readonly nowMs: () => number;
}

const list = ({ executions, nowMs }: ExecutionsOptions): Operation =>
  operation({
    method: "get",
    path: "/v1/executions",
    operationId: "listExecutions",
    tag: "executions",
    needs: onEach("execution:read"),
    summary: "List executions, newest start first",
    description:
      "Without a filter, and by process, status and wait, a page is full if there are as many. By what else is asked a call looks at some thousand executions at most: a page may hold few or none and yet have a next.",
    request: { query: executionQuery },
    answers: { 200: { description: "A page.", schema: executionPage } },
    problems: [],
    answer: async ({ query, access, cursors }) => {
      const found = await pageOf({ query, cursors }, "executions", (place) =>
        searchExecutions(executions, place, { access, nowMs: nowMs() }),
      );
      const body = { executions: found.items.map(summaryView), next: found.next };
      return { status: 200, body };
    },
  });

/** Those of some executions that the caller may read. */
const readable = async (access: CallAccess, ids: readonly string[]): Promise<readonly string[]> => {
  const may = mayRead(access, "execution:read", (executionId: string) => ({
    kind: "execution",
    executionId,
  }));
  if (may === undefined) return ids;
  const found = await Promise.all(ids.map(async (id) => ((await may(id)) ? [id] : [])));
  return found.flat();
};

/** Executions as they are shown, for as long as their descriptions are known: whoever waits asks again and again. */
const shownBefore = new WeakMap<
  ExecutionDescription,
  { readonly view: ReturnType<typeof executionView>; readonly text: string }
>();

const shownOf = (description: ExecutionDescription) => {
  const known = shownBefore.get(description);
  if (known !== undefined) return known;
  const view = executionView(description);
  const shown = { view, text: printJson(view as unknown as Json) };
  shownBefore.set(description, shown);
  return shown;
};

/** What has never ended was restarted as nothing: only what has ended can be. */
const hasEverEnded = ({ status, redriven }: ExecutionDescription): boolean =>
  status !== "RUNNING" || redriven !== undefined;

const get = ({ executions, restarts }: ExecutionsOptions): Operation =>
  operation({
    method: "get",
    path: "/v1/executions/{executionId}",
    operationId: "getExecution",
    tag: "executions",
    needs: onExecution("execution:read"),
    summary: "Show an execution",
    request: { params: executionPath },
    answers: { 200: { description: "The execution.", schema: execution } },
    problems: ["execution-not-found"],
    answer: async ({ params: { executionId }, access }) => {
      const description = await executions.describe(executionId);
      const all = hasEverEnded(description) ? await restarts.restartsOf(executionId) : [];
      const found = all.length === 0 ? all : await readable(access, all);
      const { view, text } = shownOf(description);
      if (found.length > 0) return { status: 200, body: { ...view, restarts: found } };
      return { status: 200, body: view, printed: text };
    },
  });

const history = ({ executions }: ExecutionsOptions): Operation =>
  operation({
    method: "get",
    path: "/v1/executions/{executionId}/history",
    operationId: "getExecutionHistory",
    tag: "executions",
    needs: onExecution("execution:read"),
    summary: "Show the history of an execution, oldest event first",
    description: "A page of large events ends before its limit, with a next.",
    request: { params: executionPath, query: historyQuery },
    answers: { 200: { description: "A page.", schema: historyPage } },
    problems: ["execution-not-found"],
    answer: async ({ params, query: { after, limit } }) => {
      const range = { afterEventId: after, limit: limit + 1 };
      const found = await executions.history(params.executionId, range);
      const events = eventsThatFit(found.slice(0, limit)).map(eventView);
      const next = found.length > events.length ? events.at(-1)?.id : undefined;
      return { status: 200, body: { events, next } };
    },
  });

/** What the audit is told of the stop of an execution, whichever protocol it came by. */
export const stopChange = ({
  executionId,
  status,
  error,
  cause,
}: ExecutionDescription): Change => ({
  object: executionId,
  before: { status: "RUNNING" },
  after: { status, error, cause },
});

/** The same of a redrive. */
export const redriveChange = (
  before: ExecutionDescription,
  after: ExecutionDescription,
): Change => ({
  object: before.executionId,
  before: { status: before.status, redriveCount: before.redriven?.count ?? 0 },
  after: { status: after.status, redriveCount: after.redriven?.count ?? 0 },
});

const stop = ({ engine, executions }: ExecutionsOptions): Operation =>
  operation({
    method: "post",
    path: "/v1/executions/{executionId}/stop",
    operationId: "stopExecution",
    tag: "executions",
    needs: onExecution("execution:stop"),
    summary: "Stop an execution",
    request: { params: executionPath, body: stopBody },
    bodyExample: { error: "Maintenance", cause: "The array is being replaced." },
    answers: { 200: { description: "The execution after the stop.", schema: execution } },
    problems: ["execution-not-found", "execution-ended", "server-stopping"],
    answer: async ({ params: { executionId }, body, principal }) => {
      await engine.stop(executionId, { ...body, by: principal });
      const stopped = await executions.describe(executionId);
      return { status: 200, body: executionView(stopped), change: stopChange(stopped) };
    },
  });

const redrive = ({ engine, executions }: ExecutionsOptions): Operation =>
  operation({
    method: "post",
    path: "/v1/executions/{executionId}/redrive",
    operationId: "redriveExecution",
    tag: "executions",
    needs: onExecution("execution:redrive"),
    summary: "Let an execution that failed, timed out or was stopped go on where it stood",
    description:
      "What has succeeded is not done again. The states that had not ended begin again with the same input, and with all their retries and time.",
    request: { params: executionPath, body: redriveBody },
    bodyExample: {},
    answers: { 200: { description: "The execution as it goes on.", schema: execution } },
    problems: ["execution-not-found", "execution-not-redrivable", "server-stopping"],
    answer: async ({ params: { executionId }, principal }) => {
      const before = await executions.describe(executionId);
      await engine.redrive(executionId, principal);
      const after = await executions.describe(executionId);
      return { status: 200, body: executionView(after), change: redriveChange(before, after) };
    },
  });

const release = ({ engine, executions }: ExecutionsOptions): Operation =>
  operation({
    method: "post",
    path: "/v1/executions/{executionId}/release",
    operationId: "releaseExecution",
    tag: "executions",
    needs: onExecution("execution:release"),
    summary: "Let an execution go on that was set aside",
    description:
      "An execution is set aside when servers ended again and again while they worked on it. Released, it has all its tries anew.",
    request: { params: executionPath, body: releaseBody },
    bodyExample: {},
    answers: { 200: { description: "The execution as it goes on.", schema: execution } },
    problems: ["execution-not-found", "execution-not-set-aside", "version-conflict"],
    answer: async ({ params: { executionId }, principal }) => {
      await engine.release(executionId, principal);
      return { status: 200, body: executionView(await executions.describe(executionId)) };
    },
  });

/** Operations on executions; the stream of events is in `execution-events.ts`. */
export const executionOperations = (options: ExecutionsOptions): readonly Operation[] =>
  [list, get, history, stop, redrive, release].map((made) => made(options));
