import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import type { Metrics } from "@aws-lambda-powertools/metrics";
import type { MiddlewareObj } from "@middy/core";
import middy from "@middy/core";
import type { Base } from "./base.ts";

/** Writes the metrics of an invocation into its log, if there are any. */
const published = (metrics: Metrics): MiddlewareObj => {
  const publish = (): void => {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  };
  return { after: publish, onError: publish };
};

/** What stands around the handler of every unit. */
export const unit = <Event, Result>({ logger, metrics }: Pick<Base, "logger" | "metrics">) =>
  middy<Event, Result>().use(injectLambdaContext(logger)).use(published(metrics));
