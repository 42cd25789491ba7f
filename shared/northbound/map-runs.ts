import { OrchestratorError } from "#core/errors.ts";
import type { Engine, MapRunUpdate } from "#engine/engine.ts";
import { executionNotFound } from "#engine/execution-not-found.ts";
import type { ExecutionDescription, Executions } from "#engine/executions.ts";
import type { MapRunDescription } from "#engine/map-run-description.ts";
import type { NeededPermission } from "./needs.ts";
import { type Change, type Operation, operation } from "./operation.ts";
import { mapRun, mapRunLimits, mapRunPath, mapRunView } from "./schemas/map-run.ts";

interface MapRunsOptions {
  readonly executions: Executions;
  readonly engine: Engine;
}

/** A map run as an execution, and what it has done. */
interface FoundMapRun {
  readonly shown: ExecutionDescription;
  readonly run: MapRunDescription;
}

const onMapRun = (
  action: "execution:read" | "execution:restart",
): NeededPermission<{ readonly params: { readonly mapRunId: string } }> => ({
  action,
  object: ({ params }) => ({ kind: "execution", executionId: params.mapRunId }),
  hidden: ({ params }) => executionNotFound(params.mapRunId),
});

const existingMapRun = async (
  { executions }: Pick<MapRunsOptions, "executions">,
  mapRunId: string,
): Promise<FoundMapRun> => {
  const shown = await executions.describe(mapRunId);
  if (shown.mapRun !== undefined) return { shown, run: shown.mapRun };
  throw new OrchestratorError("execution-not-found", `${mapRunId} is no map run`, {
    action: "look at mapRuns of the execution of the Map state",
    details: { executionId: mapRunId },
  });
};

/** How a map run goes on. */
export const mapRunSettings = (run: MapRunDescription) => ({
  maxConcurrency: run.concurrency,
  toleratedFailurePercentage: run.toleratedFailurePercentage ?? 0,
  toleratedFailureCount: run.toleratedFailureCount ?? 0,
});

/** Changes how a map run goes on, and says what the audit is told. Rejects with `execution-ended`. */
export const updateMapRun = async (
  options: MapRunsOptions,
  { shown, run }: FoundMapRun,
  update: MapRunUpdate,
): Promise<FoundMapRun & { readonly change: Change }> => {
  const { executionId } = shown;
  if (shown.status !== "RUNNING")
    throw new OrchestratorError("execution-ended", `the map run ${executionId} has ended`);
  await options.engine.updateMapRun(executionId, update);
  const after = await existingMapRun(options, executionId);
  const change = { before: mapRunSettings(run), after: mapRunSettings(after.run) };
  return { ...after, change: { object: executionId, ...change } };
};

/** Operations on map runs; their children are executions like any other. */
export const mapRunOperations = (options: MapRunsOptions): readonly Operation[] => [
  operation({
    method: "get",
    path: "/v1/map-runs/{mapRunId}",
    operationId: "getMapRun",
    tag: "executions",
    needs: onMapRun("execution:read"),
    summary: "Show a map run and how far it has come",
    description:
      "The map runs of an execution stand in `mapRuns` of the execution. Their children are listed as executions of the process `<process>/<Map state>`.",
    request: { params: mapRunPath },
    answers: { 200: { description: "The map run.", schema: mapRun } },
    problems: ["execution-not-found"],
    answer: async ({ params: { mapRunId } }) => {
      const { shown, run } = await existingMapRun(options, mapRunId);
      return { status: 200, body: mapRunView(shown, run) };
    },
  }),
  operation({
    method: "post",
    path: "/v1/map-runs/{mapRunId}/limits",
    operationId: "updateMapRun",
    tag: "executions",
    needs: onMapRun("execution:restart"),
    summary: "Change how much a map run does at once, and how many of its items may fail",
    description: "While it runs. What is absent stays as it is; children that run go on.",
    request: { params: mapRunPath, body: mapRunLimits },
    bodyExample: { maxConcurrency: 5, toleratedFailurePercentage: 10 },
    answers: { 200: { description: "The map run as it is now.", schema: mapRun } },
    problems: ["execution-not-found", "execution-ended"],
    answer: async ({ params: { mapRunId }, body, principal: by }) => {
      const found = await existingMapRun(options, mapRunId);
      const { shown, run, change } = await updateMapRun(options, found, { ...body, by });
      return { status: 200, body: mapRunView(shown, run), change };
    },
  }),
];
