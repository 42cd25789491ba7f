import type { CallAccess } from "#access/call-access.ts";
import type { Processes } from "#catalog/processes.ts";
import type { Engine } from "#engine/engine.ts";
import type { Executions } from "#engine/executions.ts";
import { executionNameTaken } from "#engine/repeated-start.ts";
import type { Restarts } from "#engine/restart/restarts.ts";
import type { Head } from "#ports/heads.ts";
import { pageOf } from "./cursor.ts";
import { onEach, onExecution } from "./needs.ts";
import { type Operation, operation } from "./operation.ts";
import { HttpProblem } from "./problem.ts";
import { existingProcess, processNotFound } from "./processes.ts";
import { mayRead, readablePage } from "./readable-page.ts";
import {
  eventView,
  execution,
  executionPage,
  executionPath,
  executionQuery,
  executionView,
  historyPage,
  historyQuery,
  redriveBody,
  releaseBody,
  startBody,
  stopBody,
  summaryView,
} from "./schemas/execution.ts";

/** What the operations on executions need. */
export interface ExecutionsOptions {
  readonly engine: Engine;
  readonly executions: Executions;
  readonly processes: Processes;
  readonly restarts: Restarts;
  readonly nowMs: () => number;
}

/** To whoever may not read it, an execution that has the name is only a name that is taken. */
export const mustBeReadable = async (access: CallAccess, executionId: string): Promise<void> => {
  if (await access.covers("execution:read", { kind: "execution", executionId })) return;
  throw executionNameTaken(executionId);
};

const start = ({ engine, executions, processes }: ExecutionsOptions): Operation =>
  operation({
    method: "post",
    path: "/v1/executions",
    operationId: "startExecution",
    tag: "executions",
    needs: {
      action: "process:start",
      object: ({ body }) => ({ kind: "process", name: body.process }),
      hidden: ({ body }) => processNotFound(body.process, body.version),
    },
    isAudited: () => false,
    summary: "Start an execution",
    description:
      "Answers when the start is durable; with waitSeconds, when the execution has ended or the wait is over, whichever is first.",
    request: { body: startBody },
    bodyExample: { process: "nightly-backup", input: { volumes: ["a"] }, waitSeconds: 10 },
    answers: {
      201: { description: "A new execution.", schema: execution },
      200: { description: "The execution that this name and input have.", schema: execution },
    },
    problems: [
      "process-not-found",
      "execution-name-taken",
      "input-too-large",
      "input-invalid",
      "execution-name-invalid",
      "start-point-not-found",
      "server-stopping",
    ],
    answer: async ({ body, principal, access, signal }) => {
      const { process: name, version, waitSeconds = 0, input = {}, ...given } = body;
      const process = await existingProcess(processes, name, version);
      const isTop = given.startPoint === undefined;
      const problems = isTop ? processes.inputProblems(process, input) : [];
      if (problems.length > 0) {
        const said = problems.map(({ path, message }) => `${path || "the input"} ${message}`);
        const detail = `The input does not fit ${name} version ${process.version}: ${said.join("; ")}.`;
        throw new HttpProblem("input-invalid", detail, { details: { problems } });
      }
      // The version whose schema has checked the input is the one that runs.
      const started = await engine.start({
        ...given,
        ...(version === undefined ? {} : { version }),
        resolvedVersion: process.version,
        process: name,
        input,
        startedBy: principal,
      });
      const { executionId, isNew } = started;
      if (!isNew) await mustBeReadable(access, executionId);
      if (waitSeconds > 0) await engine.awaitEnd(executionId, waitSeconds * 1000, signal());
      return {
        status: isNew ? 201 : 200,
        headers: { location: `/v1/executions/${executionId}` },
        body: executionView(await executions.describe(executionId)),
      };
    },
  });

const list = ({ executions, nowMs }: ExecutionsOptions): Operation =>
  operation({
    method: "get",
    path: "/v1/executions",
    operationId: "listExecutions",
    tag: "executions",
    needs: onEach("execution:read"),
    summary: "List executions, newest start first",
    request: { query: executionQuery },
    answers: { 200: { description: "A page.", schema: executionPage } },
    problems: [],
    answer: async ({ query, access }) => {
      const found = await pageOf("executions", query, ({ waitingLongerThan, ...filter }) =>
        readablePage(filter, {
          read: (place) =>
            executions.list({
              ...place,
              ...(waitingLongerThan !== undefined && {
                waitingSinceMs: nowMs() - waitingLongerThan * 1_000,
              }),
            }),
          itemsOf: (page) => page.executions,
          mayRead: mayRead(access, "execution:read", (known: Head) => ({
            kind: "execution",
            executionId: known.executionId,
            known,
          })),
        }),
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
      const shown = executionView(await executions.describe(executionId));
      const found = await readable(access, await restarts.restartsOf(executionId));
      return { status: 200, body: found.length === 0 ? shown : { ...shown, restarts: found } };
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
    request: { params: executionPath, query: historyQuery },
    answers: { 200: { description: "A page.", schema: historyPage } },
    problems: ["execution-not-found"],
    answer: async ({ params, query: { after, limit } }) => {
      const range = { afterEventId: after, limit: limit + 1 };
      const found = await executions.history(params.executionId, range);
      const events = found.slice(0, limit).map(eventView);
      const next = found.length > limit ? events.at(-1)?.id : undefined;
      return { status: 200, body: { events, next } };
    },
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
      return { status: 200, body: executionView(await executions.describe(executionId)) };
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
      await engine.redrive(executionId, principal);
      return { status: 200, body: executionView(await executions.describe(executionId)) };
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
  [start, list, get, history, stop, redrive, release].map((made) => made(options));
