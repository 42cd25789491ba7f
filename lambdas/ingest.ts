/** Starts executions for events: triggered by the ingress queue. */
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { openRuntime } from "./runtime.ts";
import { startForEvent } from "./start-for-event.ts";
import { unit } from "./unit.ts";

const runtime = openRuntime("ingest", "callers");
const { refresh, settled } = runtime;

export const handler = unit<SQSEvent, SQSBatchResponse>(runtime).handler(async ({ Records }) => {
  await refresh();
  const done = await Promise.all(Records.map((record) => startForEvent(runtime, record)));
  await settled();
  const again = Records.filter((_, index) => done[index] === false);
  return { batchItemFailures: again.map(({ messageId }) => ({ itemIdentifier: messageId })) };
});
