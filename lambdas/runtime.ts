/** The composition root on AWS: what the functions of an environment are made of that work on executions. */
import { setFlagsFromString } from "node:v8";
import { MetricUnit } from "@aws-lambda-powertools/metrics";
import { awsAdapter } from "#adapters/aws/aws-adapter.ts";
import { awsOptionsOf } from "#adapters/aws/aws-options.ts";
import { coreAdapter } from "#adapters/core/core-adapter.ts";
import { httpAdapter } from "#adapters/http/http-adapter.ts";
import { adapterRegistry } from "#adapters/registry.ts";
import { processCatalog } from "#catalog/process-catalog.ts";
import { createEngine, type EngineOptions } from "#engine/create-engine.ts";
import { Drains } from "#engine/drains.ts";
import type { Duty } from "#engine/duty.ts";
import { awsSettings } from "#engine/settings.ts";
import { Watchdog } from "#engine/watchdog.ts";
import type { ActivityRunner } from "#ports/activity-runner.ts";
import { alertStore } from "#tasks/alert-store.ts";
import { activityTraces } from "./activity-traces.ts";
import { type Base, openBase } from "./base.ts";

/** What is drained and what is set aside is known at most so late, ms. */
const controlAgeMs = 2_000;

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

const countEnd =
  (metrics: Base["metrics"]): NonNullable<EngineOptions["onEnd"]> =>
  ({ state: { status } }) => {
    const isWell = status === "SUCCEEDED";
    metrics.addMetric(isWell ? "ExecutionsSucceeded" : "ExecutionsFailed", MetricUnit.Count, 1);
  };

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
  const aws = awsAdapter(awsOptionsOf(base.variables, [import.meta.filename]));
  const runner = adapterRegistry([coreAdapter({ alerts }), httpAdapter(), aws], { nowMs });
  const traces = activityTraces(base);
  const activities = runner.manifests().flatMap((adapter) => adapter.activities);
  const processes = processCatalog({
    documents,
    nowMs,
    identity: environment.identity,
    knowsResource: runner.knowsResource,
    knownResources: () => activities.map(({ resource }) => resource),
  });
  const drains = new Drains({
    documents,
    clock,
    server: unit,
    targetOf: runner.targetOf,
    readEveryMs: Number.POSITIVE_INFINITY,
  });
  const context = {
    platform,
    clock,
    entropy,
    runner: traces.traced(counted(runner, base)),
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
  const engine = createEngine({ ...context, onEnd: countEnd(metrics) });
  let readAtMs = nowMs();
  return {
    ...base,
    alerts,
    runner,
    processes,
    drains,
    context,
    engine,
    /** Resolves when nothing is on its way out: what is when a function answers may never arrive. */
    settled: (): Promise<void> => Promise.all([base.settled(), traces.sent()]).then(() => {}),
    /** Reads what is drained and what is set aside, unless that was read a moment ago. */
    refresh: async (): Promise<void> => {
      if (nowMs() - readAtMs < controlAgeMs) return;
      readAtMs = nowMs();
      await Promise.all([drains.refresh(), suspects.refresh()]);
    },
  };
};

export type Runtime = ReturnType<typeof openRuntime>;
