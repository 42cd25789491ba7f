import { EventSourceMapping } from "aws-cdk-lib/aws-lambda";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { UnitFunction } from "./unit-function.ts";

/** Lets a queue call a unit's function with batches of at most 10 items; failures are told one by one. */
export const triggerByQueue = (
  unit: UnitFunction,
  queue: Queue,
  concurrencyMax: number,
): EventSourceMapping => {
  const granted = queue.grant(
    unit.role,
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
  );
  const mapping = new EventSourceMapping(unit, "Trigger", {
    target: unit.live,
    eventSourceArn: queue.queueArn,
    batchSize: 10,
    reportBatchItemFailures: true,
    maxConcurrency: concurrencyMax,
  });
  granted.applyBefore(mapping);
  return mapping;
};
