import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from "aws-lambda";
import type { Hono } from "hono";
import { handle } from "hono/aws-lambda";
import { createExecutions } from "#engine/create-executions.ts";
import { createDrainOperations } from "#engine/drain-operations.ts";
import { EndedDescriptions } from "#engine/ended-descriptions.ts";
import { createRestarts } from "#engine/restart/create-restarts.ts";
import { northbound } from "#northbound/app.ts";
import { type AdminToken, adminToken } from "./admin-token.ts";
import type { Runtime } from "./runtime.ts";

/** So long before its time is up the function answers, ms: whoever waits is told how things stand. */
const reserveMs = 4_000;
/** What runs for a caller who waits no more is given so long to end, ms; all of it may be interrupted. */
const graceMs = 500;
/** A stream ends after so long, ms: API Gateway passes on whole answers only, and whoever follows resumes where it ended. */
const streamMs = 3_000;

const streamPath = /^\/v1\/executions\/[^/]+\/events$/;

/** The northbound app of an environment on AWS. */
const openApp = (runtime: Runtime, { authenticate }: AdminToken) => {
  const { context, engine, environment, logger, runner } = runtime;
  const ended = new EndedDescriptions();
  return northbound({
    ...runtime,
    executions: createExecutions({ ...context, onCommit: engine.onCommit, ended }),
    restarts: createRestarts({ ...context, start: engine.start, effectOf: runner.effectOf }),
    drains: createDrainOperations({ ...context, inFlight: engine.inFlight }),
    // Its functions come and go as AWS likes.
    servers: { list: async () => [], remove: async () => undefined },
    environment: environment.name,
    version: environment.version,
    server: runtime.unit,
    nowMs: context.clock.nowMs,
    authenticate,
    tokenHint: `The access token lies in Secrets Manager: ${environment.adminSecretArn}.`,
    log: ({ message, error, ...request }) =>
      logger.error(message, { ...request, error: error as Error }),
  });
};

/** Answers calls of the API as API Gateway hands them over. */
export const callAnswerer = (runtime: Runtime) => {
  const { clock, engine, environment, refresh, settled } = runtime;
  const secret = { secretArn: environment.adminSecretArn, nowMs: clock.nowMs };
  const token = adminToken(secret);
  const app = openApp(runtime, token);

  const answer = (
    event: APIGatewayProxyEventV2,
    timeMs: number,
  ): Promise<APIGatewayProxyStructuredResultV2> => {
    const isStream = streamPath.test(event.rawPath);
    const signal = AbortSignal.timeout(isStream ? Math.min(streamMs, timeMs) : timeMs);
    const fetch = (request: Request) => app.fetch(new Request(request, { signal }));
    return handle({ fetch } as unknown as Hono, { isContentTypeBinary: () => false })(
      event as never,
    );
  };

  return async (event: APIGatewayProxyEventV2, { getRemainingTimeInMillis: leftMs }: Context) => {
    await Promise.all([token.open(), refresh()]);
    let answered = await answer(event, Math.max(0, leftMs() - reserveMs));
    if (answered.statusCode === 401 && (await token.renew()))
      answered = await answer(event, Math.max(0, leftMs() - reserveMs));
    if (engine.load() > 0) await engine.leave({ graceMs });
    await settled();
    return answered;
  };
};
