/** What every function of an environment has, and all that those have that work on no executions. */
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SQSClient } from "@aws-sdk/client-sqs";
import { Suspects } from "#engine/suspects.ts";
import { StatusChanges } from "#monitoring/status-changes.ts";
import { systemEventStore } from "#monitoring/system-event-store.ts";
import { openAwsPlatform } from "#platforms/aws/aws-platform.ts";
import { clientSettings } from "#platforms/aws/client-settings.ts";
import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";
import type { SystemEvent } from "#ports/system-event.ts";
import { readEnvironment } from "./environment.ts";
import { watchWrites } from "./pending-writes.ts";
import { statusEvents } from "./status-events.ts";

/** What was begun when the answer is ready is given so long to be written, ms. */
const settleMs = 2_000;

/** What every function has: the platform, and ways to say what happens. `unit` is the function's name. */
export const openBase = (unit: string) => {
  const variables = process.env;
  const environment = readEnvironment(variables);
  const dimensions = { environment: environment.name };
  const logger = new Logger({
    serviceName: `holdfast-${unit}`,
    persistentLogAttributes: dimensions,
  });
  const metrics = new Metrics({
    namespace: "Holdfast",
    serviceName: unit,
    defaultDimensions: dimensions,
  });
  const opened = openAwsPlatform({
    ...environment,
    dynamodb: new DynamoDBClient(clientSettings),
    sqs: new SQSClient(clientSettings),
    s3: async () => {
      const { S3Client } = await import("@aws-sdk/client-s3");
      return new S3Client(clientSettings);
    },
    work: "inbox",
    clock: systemClock,
    entropy: systemEntropy,
  });
  const { platform, settled } = watchWrites(opened.platform, systemClock);
  const { documents } = platform;
  const statusChanges = new StatusChanges({
    documents,
    tell: statusEvents(new EventBridgeClient(clientSettings), environment),
  });
  const systemEvents = systemEventStore({
    documents,
    clock: systemClock,
    entropy: systemEntropy,
    server: unit,
    prunes: unit === "sweep",
  });
  const onSystemEvent = (event: SystemEvent): void => {
    const { severity, message, cause, ...more } = event;
    const level = severity === "warning" ? "warn" : severity;
    logger[level](message, { ...more, ...(cause !== undefined && { error: cause as Error }) });
    if (event.kind === "turn-failed") metrics.addMetric("TurnFailures", MetricUnit.Count, 1);
    systemEvents.report(event);
  };
  return {
    unit,
    variables,
    environment,
    logger,
    metrics,
    inbox: opened.inbox,
    platform: { ...platform, journal: statusChanges.watching(platform.journal) },
    clock: systemClock,
    entropy: systemEntropy,
    statusChanges,
    systemEvents,
    onSystemEvent,
    suspects: new Suspects({
      platform,
      clock: systemClock,
      run: `${unit}-${systemEntropy.hex(8)}`,
      onSystemEvent,
      readEveryMs: Number.POSITIVE_INFINITY,
    }),
    /** Resolves when nothing is being written: what is not when a function answers may never be. */
    settled: async (): Promise<void> => {
      await settled(settleMs);
      await systemEvents.flush();
    },
  };
};

export type Base = ReturnType<typeof openBase>;
