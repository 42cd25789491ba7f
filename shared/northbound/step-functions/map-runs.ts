import type { Action } from "#access/actions.ts";
import { OrchestratorError } from "#core/errors.ts";
import type { PartCounts } from "#engine/map-run-description.ts";
import { mapRunSettings, updateMapRun } from "../map-runs.ts";
import type { NeededPermission } from "../needs.ts";
import type { Operation } from "../operation.ts";
import { z } from "../z.ts";
import { onExecutionArn } from "./needs.ts";
import { executionArn, existingMapRun, type ServiceOptions } from "./options.ts";
import { pageIn, tokenPage } from "./pages.ts";
import { noResource, ServiceFault } from "./service-fault.ts";
import {
  arnField,
  changed,
  maxResultsField,
  nextTokenField,
  secondsIfAny,
  secondsOf,
  serviceOperation,
} from "./service-operation.ts";

const onMapRunArn = (
  { arns }: Pick<ServiceOptions, "arns">,
  action: Action,
): NeededPermission<{ readonly body: { readonly mapRunArn: string } }> => ({
  action,
  object: ({ body }) => ({
    kind: "execution",
    executionId: arns.read(body.mapRunArn, "mapRun").mapRunId,
  }),
  hidden: ({ body }) => noResource(body.mapRunArn),
});

const countsView = (counts: PartCounts) => ({
  ...counts,
  failuresNotRedrivable: counts.failed + counts.timedOut + counts.aborted,
  pendingRedrive: 0,
});

/** ARN of the execution whose Map state it is. */
const ownerArn = async (options: ServiceOptions, executionId: string): Promise<string> =>
  executionArn(options, await options.executions.describe(executionId));

const describe = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "DescribeMapRun",
    needs: onMapRunArn(options, "execution:read"),
    input: z.object({ mapRunArn: arnField }),
    answer: async ({ body: { mapRunArn } }) => {
      const { shown, run } = await existingMapRun(options, mapRunArn);
      return {
        mapRunArn,
        executionArn: await ownerArn(options, run.executionId),
        // A map run has no status for it.
        status: shown.status === "TIMED_OUT" ? "FAILED" : shown.status,
        startDate: secondsOf(shown.startedAtMs),
        stopDate: secondsIfAny(shown.stoppedAtMs),
        ...mapRunSettings(run),
        itemCounts: countsView(run.items),
        executionCounts: countsView(run.children),
        redriveCount: 0,
      };
    },
  });

const list = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "ListMapRuns",
    needs: onExecutionArn(options, "execution:read"),
    input: z.object({
      executionArn: arnField,
      maxResults: maxResultsField,
      nextToken: nextTokenField,
    }),
    answer: async ({ body, cursors }) => {
      const { arns, executions } = options;
      const { executionId } = arns.read(body.executionArn, "execution");
      const { mapRuns = [] } = await executions.describe(executionId);
      const found = await tokenPage({ body, cursors }, `mapRuns ${executionId}`, async (place) =>
        pageIn(mapRuns.toReversed(), place),
      );
      const runs = found.items.map(async (mapRunId) => {
        const shown = await executions.describe(mapRunId);
        return {
          executionArn: body.executionArn,
          mapRunArn: arns.of("mapRun", mapRunId),
          stateMachineArn: arns.of("stateMachine", shown.process),
          startDate: secondsOf(shown.startedAtMs),
          stopDate: secondsIfAny(shown.stoppedAtMs),
        };
      });
      return { mapRuns: await Promise.all(runs), nextToken: found.next };
    },
  });

const hasEnded = (mapRunArn: string): ServiceFault =>
  new ServiceFault("ValidationException", `The map run '${mapRunArn}' is not running any more`);

const update = (options: ServiceOptions): Operation =>
  serviceOperation({
    name: "UpdateMapRun",
    needs: onMapRunArn(options, "execution:restart"),
    input: z.object({
      mapRunArn: arnField,
      maxConcurrency: z.int().min(0).optional(),
      toleratedFailureCount: z.int().min(0).optional(),
      toleratedFailurePercentage: z.number().min(0).max(100).optional(),
    }),
    answer: async ({ body: { mapRunArn, ...given }, principal }) => {
      const found = await existingMapRun(options, mapRunArn);
      const update = { ...given, by: principal };
      const { change } = await updateMapRun(options, found, update).catch((error) => {
        const isLate = error instanceof OrchestratorError && error.code === "execution-ended";
        throw isLate ? hasEnded(mapRunArn) : error;
      });
      return changed({}, change);
    },
  });

/** Operations on map runs. */
export const mapRunOperations = (options: ServiceOptions): readonly Operation[] =>
  [describe, list, update].map((made) => made(options));
