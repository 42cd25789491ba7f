import { OrchestratorError } from "#core/errors.ts";
import { executionNotFound } from "#engine/execution-not-found.ts";
import type { Executions } from "#engine/executions.ts";
import { type Operation, operation } from "./operation.ts";
import { mapRun, mapRunPath, mapRunView } from "./schemas/map-run.ts";

/** Operations on map runs; their children are executions like any other. */
export const mapRunOperations = (executions: Executions): readonly Operation[] => [
  operation({
    method: "get",
    path: "/v1/map-runs/{mapRunId}",
    operationId: "getMapRun",
    tag: "executions",
    needs: {
      action: "execution:read",
      object: ({ params }) => ({ kind: "execution", executionId: params.mapRunId }),
      hidden: ({ params }) => executionNotFound(params.mapRunId),
    },
    summary: "Show a map run and how far it has come",
    description:
      "The map runs of an execution stand in `mapRuns` of the execution. Their children are listed as executions of the process `<process>/<Map state>`.",
    request: { params: mapRunPath },
    answers: { 200: { description: "The map run.", schema: mapRun } },
    problems: ["execution-not-found"],
    answer: async ({ params: { mapRunId } }) => {
      const found = await executions.describe(mapRunId);
      if (found.mapRun === undefined)
        throw new OrchestratorError("execution-not-found", `${mapRunId} is no map run`, {
          action: "look at mapRuns of the execution of the Map state",
          details: { executionId: mapRunId },
        });
      return { status: 200, body: mapRunView(found, found.mapRun) };
    },
  }),
];
