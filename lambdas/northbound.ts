/** Answers the northbound API: triggered by the HTTP API. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { callAnswerer } from "./answer-call.ts";
import { openRuntime } from "./runtime.ts";
import { unit } from "./unit.ts";

const runtime = openRuntime("northbound", "callers");
const answer = callAnswerer(runtime);

export const handler = unit<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>(
  runtime,
).handler(answer);
