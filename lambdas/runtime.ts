/** The composition root on AWS: what the functions of an environment are made of. */
import { setFlagsFromString } from "node:v8";
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SQSClient } from "@aws-sdk/client-sqs";
import { awsAdapter } from "#adapters/aws/aws-adapter.ts";
import { awsOptionsOf } from "#adapters/aws/aws-options.ts";
import { coreAdapter } from "#adapters/core/core-adapter.ts";
import { httpAdapter } from "#adapters/http/http-adapter.ts";
import { adapterRegistry } from "#adapters/registry.ts";
import { processCatalog } from "#catalog/process-catalog.ts";
import { createEngine } from "#engine/create-engine.ts";
import { Drains } from "#engine/drains.ts";
import type { Duty } from "#engine/duty.ts";
import { awsSettings } from "#engine/settings.ts";
import { Suspects } from "#engine/suspects.ts";
import { Watchdog } from "#engine/watchdog.ts";
import { StatusChanges } from "#monitoring/status-changes.ts";
import { systemEventStore } from "#monitoring/system-event-store.ts";
import { openAwsPlatform } from "#platforms/aws/aws-platform.ts";
import { clientSettings } from "#platforms/aws/client-settings.ts";
import { systemClock, systemEntropy } from "#platforms/embedded/system-clock.ts";
import type { ActivityRunner } from "#ports/activity-runner.ts";
import type { SystemEvent } from "#ports/system-event.ts";
import { alertStore } from "#tasks/alert-store.ts";
import { readEnvironment } from "./environment.ts";
import { watchWrites } from "./pending-writes.ts";
import { statusEvents } from "./status-events.ts";

/** What is drained and what is set aside is known at most so late, ms. */
const controlAgeMs = 2_000;
/** What was begun when the answer is ready is given so long to be written, ms. */
const settleMs = 2_000;

const never = Number.POSITIVE_INFINITY;

/** What every function has: the platform, and ways to say what happens. `unit` is the function's name. */
export const openBase = (unit: string) => {
  const environment = readEnvironment(process.env);
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
      readEveryMs: never,
    }),
    /** Resolves when nothing is being written: what is not when a function answers may never be. */
    settled: async (): Promise<void> => {
      await settled(settleMs);
      await systemEvents.flush();
    },
  };
};

export type Base = ReturnType<typeof openBase>;

/** A runner that counts what it runs. */
const counted = (runner: ActivityRunner, { logger, metrics }: Base): ActivityRunner => ({
  ...runner,
  run: (request) => {
    const { executionId, process, state, resource, attempt } = request;
    metrics.addMetric("Activities", MetricUnit.Count, 1);
    logger.debug("an activity begins", { executionId, process, state, resource, attempt });
    return runner.run(request);
  },
});

/** What a function needs that works on executions, and what it takes turns for. */
export const openRuntime = (unit: string, duty: Duty) => {
  // A regular expression that backtracks too often goes on in linear time, instead of holding the function.
  setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");
  const base = openBase(unit);
  const { environment, platform, clock, entropy, metrics, onSystemEvent, suspects } = base;
  const { nowMs } = clock;
  const { documents } = platform;
  const alerts = alertStore({ documents, nowMs });
  // Clients of other services are those of the SDK that the runtime brings along.
  const aws = awsAdapter(awsOptionsOf(process.env, [import.meta.filename]));
  const runner = adapterRegistry([coreAdapter({ alerts }), httpAdapter(), aws], { nowMs });
  const resources = runner.manifests().flatMap(({ activities }) => activities);
  const processes = processCatalog({
    documents,
    nowMs,
    identity: environment.identity,
    knowsResource: runner.knowsResource,
    knownResources: () => resources.map(({ resource }) => resource),
  });
  const drains = new Drains({
    documents,
    clock,
    server: unit,
    targetOf: runner.targetOf,
    readEveryMs: never,
  });
  const context = {
    platform,
    clock,
    entropy,
    runner: counted(runner, base),
    program: processes.program,
    settings: awsSettings,
    duty,
    server: unit,
    // A function has as many servers as it has instances.
    serverRun: `${unit}-${entropy.hex(6)}`,
    drains,
    watchdog: new Watchdog({ clock, settings: awsSettings, onSystemEvent }),
    suspects,
    onSystemEvent,
  };
  const engine = createEngine({
    ...context,
    onEnd: ({ state: { status } }) => {
      const isWell = status === "SUCCEEDED";
      metrics.addMetric(isWell ? "ExecutionsSucceeded" : "ExecutionsFailed", MetricUnit.Count, 1);
    },
  });
  let readAtMs = nowMs();
  return {
    ...base,
    alerts,
    runner,
    processes,
    drains,
    context,
    engine,
    /** Reads what is drained and what is set aside, unless that was read a moment ago. */
    refresh: async (): Promise<void> => {
      if (nowMs() - readAtMs < controlAgeMs) return;
      readAtMs = nowMs();
      await Promise.all([drains.refresh(), suspects.refresh()]);
    },
  };
};

export type Runtime = ReturnType<typeof openRuntime>;
