import type { Processes, ProcessVersion } from "#catalog/processes.ts";
import { OrchestratorError } from "#core/errors.ts";
import { pageOf } from "./cursor.ts";
import { type Operation, operation } from "./operation.ts";
import {
  deployment,
  diagnosticView,
  documentBody,
  documentOf,
  process,
  processesQuery,
  processPage,
  processPath,
  processQuery,
  processSummaryView,
  processView,
  validation,
} from "./schemas/process.ts";

const bodyExample = {
  document:
    "kind: Process\nname: hello\ndefinition:\n  StartAt: A\n  States: {A: {Type: Succeed}}\n",
  fileName: "hello.yaml",
};

/** The version that is asked for, or the problem that there is none. */
export const existingProcess = async (
  processes: Processes,
  name: string,
  version: number | undefined,
): Promise<ProcessVersion> => {
  const found = await processes.get(name, version);
  if (found !== undefined) return found;
  const which = version === undefined ? name : `${name} version ${version}`;
  throw new OrchestratorError("process-not-found", `There is no process ${which}.`);
};

const deploy = (processes: Processes): Operation =>
  operation({
    method: "post",
    path: "/v1/processes",
    operationId: "deployProcess",
    tag: "processes",
    summary: "Deploy a process document",
    request: { body: documentBody },
    bodyExample,
    answers: {
      201: { description: "A new version.", schema: deployment },
      200: { description: "The newest version has this content already.", schema: deployment },
    },
    problems: ["process-invalid", "document-unreadable"],
    answer: async ({ body, principal }) => {
      const outcome = await processes.deploy({ ...documentOf(body), deployedBy: principal });
      if (outcome.kind === "refused") {
        const diagnostics = outcome.diagnostics.map(diagnosticView);
        const errorCount = diagnostics.filter(({ severity }) => severity === "ERROR").length;
        const detail = `${body.fileName ?? "The document"} has ${errorCount} error(s).`;
        throw new OrchestratorError("process-invalid", detail, { details: { diagnostics } });
      }
      const { process: made, isNew, warnings } = outcome;
      return {
        status: isNew ? 201 : 200,
        headers: { location: `/v1/processes/${encodeURIComponent(made.name)}` },
        body: {
          name: made.name,
          version: made.version,
          isNew,
          warnings: warnings.map(diagnosticView),
        },
      };
    },
  });

const validate = (processes: Processes): Operation =>
  operation({
    method: "post",
    path: "/v1/processes/validate",
    operationId: "validateProcess",
    tag: "processes",
    summary: "Say what is wrong with a process document, and deploy nothing",
    request: { body: documentBody },
    bodyExample,
    answers: { 200: { description: "What is to be said of it.", schema: validation } },
    problems: [],
    answer: async ({ body }) => {
      const diagnostics = (await processes.validate(documentOf(body))).map(diagnosticView);
      const valid = diagnostics.every(({ severity }) => severity !== "ERROR");
      return { status: 200, body: { valid, diagnostics } };
    },
  });

const list = (processes: Processes): Operation =>
  operation({
    method: "get",
    path: "/v1/processes",
    operationId: "listProcesses",
    tag: "processes",
    summary: "List the newest version of each process, by name",
    request: { query: processesQuery },
    answers: { 200: { description: "A page.", schema: processPage } },
    problems: [],
    answer: async ({ query }) => {
      const found = await pageOf("processes", query, processes.list);
      const body = { processes: found.processes.map(processSummaryView), next: found.next };
      return { status: 200, body };
    },
  });

const get = (processes: Processes): Operation =>
  operation({
    method: "get",
    path: "/v1/processes/{name}",
    operationId: "getProcess",
    tag: "processes",
    summary: "Show a version of a process",
    request: { params: processPath, query: processQuery },
    answers: { 200: { description: "The version.", schema: process } },
    problems: ["process-not-found"],
    answer: async ({ params, query }) => ({
      status: 200,
      body: processView(await existingProcess(processes, params.name, query.version)),
    }),
  });

/** Operations on processes. */
export const processOperations = (processes: Processes): readonly Operation[] =>
  [deploy, validate, list, get].map((made) => made(processes));
