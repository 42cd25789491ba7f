/** Takes turns: triggered by the work queue. */
import { MetricUnit } from "@aws-lambda-powertools/metrics";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { openRuntime } from "./runtime.ts";
import { takeTurns } from "./take-turns.ts";
import { unit } from "./unit.ts";

const runtime = openRuntime("turn", "items");
const { metrics } = runtime;

export const handler = unit<SQSEvent, SQSBatchResponse>(runtime).handler(
  async ({ Records }, context) => {
    metrics.addMetric("Turns", MetricUnit.Count, Records.length);
    const again = await takeTurns(runtime, Records, context.getRemainingTimeInMillis());
    return { batchItemFailures: again.map((itemIdentifier) => ({ itemIdentifier })) };
  },
);
