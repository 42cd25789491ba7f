import type { Action } from "#access/actions.ts";
import { type CallAccess, forbidden } from "#access/call-access.ts";
import {
  type AllowDeployment,
  ownerOf,
  type Processes,
  type ProcessVersion,
  processNotFound,
} from "#catalog/processes.ts";
import { OrchestratorError } from "#core/errors.ts";
import { pageOf } from "./cursor.ts";
import { type NeededPermission, onEach } from "./needs.ts";
import { type Change, type Operation, operation } from "./operation.ts";
import { etagOf, mustMatch, preconditions } from "./precondition.ts";
import { mayRead, readablePage } from "./readable-page.ts";
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

/** Needs an action on the process that the path names. */
export const onProcess = (
  action: Action,
): NeededPermission<{ readonly params: { readonly name: string } }> => ({
  action,
  object: ({ params }) => ({ kind: "process", name: params.name }),
  hidden: ({ params }) => processNotFound(params.name),
});

/** The version that is asked for, or the problem that there is none. */
export const existingProcess = async (
  processes: Processes,
  name: string,
  version: number | undefined,
): Promise<ProcessVersion> => {
  const found = await processes.get(name, version);
  if (found !== undefined) return found;
  throw processNotFound(name, version);
};

/** Both what the process is and what it is to be must be the caller's to deploy. */
export const allowedBy =
  ({ principal, coversKnown }: CallAccess): AllowDeployment =>
  (newest, { name, category }) => {
    const owner = newest === undefined ? principal.id : ownerOf(newest);
    const isAllowed =
      coversKnown("process:deploy", { owner, process: name, category }) &&
      (newest === undefined ||
        coversKnown("process:deploy", { owner, process: name, category: newest.category }));
    if (!isAllowed) throw forbidden(principal, "process:deploy");
  };

/** What the audit is told of a deployment, whichever protocol it came by. */
export const deploymentChange = (
  before: ProcessVersion | undefined,
  { process: made, isNew }: { readonly process: ProcessVersion; readonly isNew: boolean },
): Change => ({
  object: made.name,
  before: before && processSummaryView(before),
  after: { ...processSummaryView(made), isNew },
});

const deploy = (processes: Processes): Operation =>
  operation({
    method: "post",
    path: "/v1/processes",
    operationId: "deployProcess",
    tag: "processes",
    needs: onEach("process:deploy"),
    summary: "Deploy a process document",
    description:
      "If-Match with the ETag of the version that the document was made from (its number) refuses it if somebody else has deployed meanwhile; If-None-Match: * if there is a process of that name at all.",
    request: { headers: preconditions, body: documentBody },
    bodyExample,
    answers: {
      201: { description: "A new version.", schema: deployment },
      200: { description: "The newest version has this content already.", schema: deployment },
    },
    problems: ["process-invalid", "document-unreadable", "precondition-failed"],
    answer: async ({ body, headers, principal, access }) => {
      const isAllowed = allowedBy(access);
      let before: ProcessVersion | undefined;
      const outcome = await processes.deploy({
        ...documentOf(body),
        deployedBy: principal,
        allow: (newest, document) => {
          before = newest;
          isAllowed(newest, document);
          mustMatch(headers, newest && etagOf(newest.version));
        },
      });
      if (outcome.kind === "refused") {
        const diagnostics = outcome.diagnostics.map(diagnosticView);
        const errorCount = diagnostics.filter(({ severity }) => severity === "ERROR").length;
        const detail = `${body.fileName ?? "The document"} has ${errorCount} error(s).`;
        throw new OrchestratorError("process-invalid", detail, { details: { diagnostics } });
      }
      const { process: made, isNew, warnings } = outcome;
      return {
        status: isNew ? 201 : 200,
        headers: {
          location: `/v1/processes/${encodeURIComponent(made.name)}`,
          etag: etagOf(made.version),
        },
        body: {
          name: made.name,
          version: made.version,
          isNew,
          warnings: warnings.map(diagnosticView),
        },
        change: deploymentChange(before, outcome),
      };
    },
  });

const validate = (processes: Processes): Operation =>
  operation({
    method: "post",
    path: "/v1/processes/validate",
    operationId: "validateProcess",
    tag: "processes",
    needs: onEach("process:validate"),
    isAudited: () => false,
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
    needs: onEach("process:read"),
    summary: "List the newest version of each process, by name",
    request: { query: processesQuery },
    answers: { 200: { description: "A page.", schema: processPage } },
    problems: [],
    answer: async ({ query, access, cursors }) => {
      const found = await pageOf({ query, cursors }, "processes", (place) =>
        readablePage(place, {
          read: processes.list,
          itemsOf: (page) => page.processes,
          keep: mayRead(access, "process:read", ({ name }: ProcessVersion) => ({
            kind: "process",
            name,
          })),
        }),
      );
      return {
        status: 200,
        body: { processes: found.items.map(processSummaryView), next: found.next },
      };
    },
  });

const get = (processes: Processes): Operation =>
  operation({
    method: "get",
    path: "/v1/processes/{name}",
    operationId: "getProcess",
    tag: "processes",
    needs: {
      action: "process:read",
      object: ({ params }) => ({ kind: "process", name: params.name }),
      hidden: ({ params, query }) => processNotFound(params.name, query.version),
    },
    summary: "Show a version of a process",
    request: { params: processPath, query: processQuery },
    answers: { 200: { description: "The version.", schema: process } },
    problems: ["process-not-found"],
    answer: async ({ params, query }) => {
      const found = await existingProcess(processes, params.name, query.version);
      return {
        status: 200,
        headers: { etag: etagOf(found.version) },
        body: processView(found),
      };
    },
  });

/** Operations on processes. */
export const processOperations = (processes: Processes): readonly Operation[] =>
  [deploy, validate, list, get].map((made) => made(processes));
