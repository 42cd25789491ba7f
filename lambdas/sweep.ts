/** Looks for executions whose time has come or is near: triggered every minute. */
import { MetricUnit } from "@aws-lambda-powertools/metrics";
import { HandOver, type Swept } from "#engine/hand-over.ts";
import { sweepAheadMs } from "#engine/settings.ts";
import { openBase } from "./base.ts";
import { unit } from "./unit.ts";

const base = openBase("sweep");
const { logger, metrics, platform, clock, statusChanges, suspects, settled } = base;
const handOver = new HandOver({ platform, clock, aheadMs: sweepAheadMs });

/** Old counts of suspects are dropped so often, ms. */
const dropEveryMs = 3_600_000;
let droppedAtMs = 0;

export const handler = unit<unknown, Swept>(base).handler(async () => {
  const swept = await handOver.sweep();
  metrics.addMetric("Overdue", MetricUnit.Count, swept.overdue);
  metrics.addMetric("HandedOver", MetricUnit.Count, swept.handedOver);
  const untold = await statusChanges.tellKept();
  if (untold > 0) logger.warn("changes of status are still to be told", { count: untold });
  if (clock.nowMs() - droppedAtMs > dropEveryMs) {
    droppedAtMs = clock.nowMs();
    await suspects.dropEnded();
  }
  await settled();
  return swept;
});
