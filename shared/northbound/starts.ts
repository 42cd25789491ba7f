import type { CallAccess } from "#access/call-access.ts";
import { type Processes, type ProcessVersion, processNotFound } from "#catalog/processes.ts";
import type { StateMachineCatalog } from "#catalog/state-machine-catalog.ts";
import type { Json, JsonObject } from "#core/json.ts";
import type { Engine, StartRequest } from "#engine/engine.ts";
import type { Executions } from "#engine/executions.ts";
import { executionNameTaken } from "#engine/repeated-start.ts";
import { mustBeDrawn } from "./aliases.ts";
import { askingAgain } from "./asking-again.ts";
import { idempotencyHeaders, madeOnce, named } from "./idempotency-key.ts";
import { type Answer, type Call, type Operation, operation } from "./operation.ts";
import { HttpProblem } from "./problem.ts";
import { existingProcess } from "./processes.ts";
import { execution, executionView } from "./schemas/execution.ts";
import { processPath } from "./schemas/process.ts";
import { startBody, startInput, startQuery } from "./schemas/start.ts";

/** What the starts need. */
export interface StartsOptions {
  readonly engine: Engine;
  readonly executions: Executions;
  readonly processes: Processes;
  readonly stateMachines: Pick<StateMachineCatalog, "aliases">;
  readonly nowMs: () => number;
}

/** To whoever may not read it, an execution that has the name is only a name that is taken. */
export const mustBeReadable = async (access: CallAccess, executionId: string): Promise<void> => {
  if (await access.covers("execution:read", { kind: "execution", executionId })) return;
  throw executionNameTaken(executionId);
};

interface Starting extends Omit<StartRequest, "startedBy" | "input"> {
  readonly input?: Json;
  readonly waitSeconds?: number;
}

interface Starter extends Pick<Call, "principal" | "access" | "signal" | "mustStillBeAllowed"> {
  readonly headers: { readonly "idempotency-key"?: string };
}

/** Throws where an input does not satisfy the schema of its process, naming the fields. */
export const mustFit = (processes: Processes, process: ProcessVersion, input: Json): void => {
  const problems = processes.inputProblems(process, input);
  if (problems.length === 0) return;
  const said = problems.map(({ path, message }) => `${path || "the input"} ${message}`);
  const detail = `The input does not fit ${process.name} version ${process.version}: ${said.join("; ")}.`;
  throw new HttpProblem("input-invalid", detail, { details: { problems } });
};

const starting =
  (options: StartsOptions) =>
  async (wanted: Starting, starter: Starter): Promise<Answer> => {
    const { engine, executions, processes } = options;
    const { principal, access, signal } = starter;
    const mustBeAllowed = askingAgain(starter, options.nowMs);
    const {
      process: name,
      version,
      waitSeconds = 0,
      input = {},
      ...given
    } = named(wanted, starter);
    const chosen =
      given.alias === undefined ? version : await mustBeDrawn(options, name, given.alias);
    const process = await existingProcess(processes, name, chosen);
    if (given.startPoint === undefined) mustFit(processes, process, input);
    // The version whose schema has checked the input is the one that runs.
    const { executionId, isNew } = await madeOnce(wanted, () =>
      engine.start({
        ...given,
        ...(version === undefined ? {} : { version }),
        resolvedVersion: process.version,
        process: name,
        input,
        startedBy: principal,
        ...(waitSeconds > 0 && { isAwaited: true }),
      }),
    );
    if (!isNew) await mustBeReadable(access, executionId);
    if (waitSeconds > 0) {
      await engine.awaitEnd(executionId, waitSeconds * 1000, signal());
      // Who may no longer start it is not told what came of it: its key may have ended while it waited.
      await mustBeAllowed();
    }
    return {
      status: isNew ? 201 : 200,
      headers: { location: `/v1/executions/${executionId}` },
      body: executionView(await executions.describe(executionId)),
    };
  };

const answers = {
  201: { description: "A new execution.", schema: execution },
  200: { description: "The execution that this name and input have.", schema: execution },
};

const problems = [
  "process-not-found",
  "alias-not-found",
  "execution-name-taken",
  "idempotency-key-reused",
  "input-too-large",
  "input-invalid",
  "execution-name-invalid",
  "start-point-not-found",
  "server-stopping",
] as const;

const description =
  "Answers when the start is durable; with waitSeconds, when the execution has ended or the wait is over, whichever is first.";

/** Starts of executions. */
export const startOperations = (options: StartsOptions): readonly Operation[] => {
  const start = starting(options);
  return [
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
      description,
      request: { headers: idempotencyHeaders, body: startBody },
      bodyExample: { process: "nightly-backup", input: { volumes: ["a"] }, waitSeconds: 10 },
      answers,
      problems,
      answer: ({ body, ...by }) => start(body, by),
    }),
    operation({
      method: "post",
      path: "/v1/processes/{name}/start",
      operationId: "startProcess",
      tag: "processes",
      needs: {
        action: "process:start",
        object: ({ params }) => ({ kind: "process", name: params.name }),
        hidden: ({ params, query }) => processNotFound(params.name, query.version),
      },
      isAudited: () => false,
      summary: "Start an execution of a process: the body is its input",
      description: `The inputSchema of the process says what fits; problems name the fields that do not by JSON pointers into the body. ${description}`,
      request: {
        params: processPath,
        query: startQuery,
        headers: idempotencyHeaders,
        body: startInput,
      },
      bodyExample: { volumes: ["a"] },
      answers,
      problems,
      answer: ({ params, query, body, ...by }) =>
        start({ ...query, process: params.name, input: body as JsonObject }, by),
    }),
  ];
};
