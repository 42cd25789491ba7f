import type { ExecutionDescription } from "#engine/executions.ts";
import type { MapRunDescription } from "#engine/map-run-description.ts";
import { z } from "../z.ts";
import { executionId, status } from "./execution.ts";
import { instant, instantIfAny, instantOf } from "./shared.ts";

const count = z.int().min(0);

const counts = z
  .strictObject({
    total: count.openapi({ description: "Read, or started, so far." }),
    pending: count,
    running: count,
    succeeded: count,
    failed: count,
    timedOut: count,
    aborted: count,
    resultsWritten: count,
  })
  .openapi("MapRunCounts");

const mapRunId = executionId.openapi({
  description: "`<process>/<Map state>:<name>`; encode the slash in a path as %2F.",
  example: "order/ProcessItems:map-0123456789abcdef0123456789abcdef",
});

/** A map run. */
export const mapRun = z
  .strictObject({
    mapRunId,
    executionId: executionId.openapi({ description: "Execution of the Map state." }),
    state: z.string().openapi({ description: "The Map state." }),
    status,
    startedAt: instant,
    stoppedAt: instant.optional(),
    error: z.string().optional(),
    cause: z.string().optional(),
    items: counts,
    children: counts,
    isRead: z.boolean().openapi({ description: "Whether every item was read." }),
    concurrency: z.int().min(1).openapi({ description: "Children that may run at once." }),
    toleratedFailureCount: z.number().optional(),
    toleratedFailurePercentage: z.number().optional(),
  })
  .openapi("MapRun");

/** How a map run is to go on. */
export const mapRunLimits = z
  .strictObject({
    maxConcurrency: z
      .int()
      .min(0)
      .optional()
      .openapi({ description: "Children that may run at once; 0: as many as there may be." }),
    toleratedFailureCount: z.int().min(0).optional(),
    toleratedFailurePercentage: z.number().min(0).max(100).optional(),
  })
  .openapi("MapRunLimits");

/** Path of one map run. */
export const mapRunPath = z.strictObject({ mapRunId });

/** A map run as the API shows it. */
export const mapRunView = (
  shown: ExecutionDescription,
  run: MapRunDescription,
): z.infer<typeof mapRun> => ({
  ...run,
  mapRunId: shown.executionId,
  executionId: run.executionId,
  status: shown.status,
  startedAt: instantOf(shown.startedAtMs),
  stoppedAt: instantIfAny(shown.stoppedAtMs),
  error: shown.error,
  cause: shown.cause,
});
