import type { Executions } from "#engine/executions.ts";
import type { Restarts } from "#engine/restart/restarts.ts";
import { idempotencyHeaders, madeOnce, named } from "./idempotency-key.ts";
import { onExecution } from "./needs.ts";
import { type Operation, operation } from "./operation.ts";
import { execution, executionPath, executionView } from "./schemas/execution.ts";
import { previewView, restartBody, restarted } from "./schemas/restart.ts";
import { mustBeReadable } from "./starts.ts";

/** The restart of an execution from a point, and its preview. */
export const restartOperations = ({
  executions,
  restarts,
}: {
  readonly executions: Executions;
  readonly restarts: Restarts;
}): readonly Operation[] => [
  operation({
    method: "post",
    path: "/v1/executions/{executionId}/restart",
    operationId: "restartExecution",
    tag: "executions",
    needs: onExecution("execution:restart"),
    isAudited: ({ body }) => body.preview !== true,
    summary: "Do an execution again from a point on, as a new execution",
    description:
      "The new execution begins in the state with the input and the variables that the old one had there, with the same or a newer version of the process. What came before is not done again; the old execution stays as it is.",
    request: { params: executionPath, headers: idempotencyHeaders, body: restartBody },
    bodyExample: { from: { state: "Copy" }, version: "newest", preview: true },
    answers: {
      201: { description: "A new execution.", schema: execution },
      200: {
        description: "With preview, what would run; else the execution that this name has.",
        schema: restarted,
      },
    },
    problems: [
      "execution-not-found",
      "execution-not-restartable",
      "start-point-not-found",
      "process-not-found",
      "execution-name-taken",
      "idempotency-key-reused",
      "execution-name-invalid",
      "server-stopping",
    ],
    answer: async ({ params: { executionId }, headers, body, principal, access }) => {
      const { preview = false, ...wanted } = body;
      if (preview) {
        const body = previewView(await restarts.preview({ ...wanted, executionId }));
        return { status: 200, body };
      }
      const made = named(wanted, { principal, headers });
      const started = await madeOnce(wanted, () =>
        restarts.restart({ ...made, executionId, by: principal }),
      );
      if (!started.isNew) await mustBeReadable(access, started.executionId);
      return {
        status: started.isNew ? 201 : 200,
        headers: { location: `/v1/executions/${started.executionId}` },
        body: executionView(await executions.describe(started.executionId)),
      };
    },
  }),
];
