import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from "aws-lambda";
import { type Access, createAccess } from "#access/access.ts";
import type { Audit } from "#access/audit/audit.ts";
import { createAudit } from "#access/audit/create-audit.ts";
import { stateMachineCatalog } from "#catalog/state-machine-catalog.ts";
import { createExecutions } from "#engine/create-executions.ts";
import { createDrainOperations } from "#engine/drain-operations.ts";
import { KnownDescriptions } from "#engine/known-descriptions.ts";
import { createRestarts } from "#engine/restart/create-restarts.ts";
import { createTrials } from "#engine/trials.ts";
import { northbound } from "#northbound/app.ts";
import type { EdgeOptions } from "#northbound/edge.ts";
import { clientSettings } from "#platforms/aws/client-settings.ts";
import type { Sealing } from "#ports/sealing.ts";
import { aesSealing } from "#vault/aes-sealing.ts";
import { wrappedEnvironmentKey } from "#vault/wrapped-key.ts";
import { adminToken } from "./admin-token.ts";
import { withinLambda } from "./answer-size.ts";
import { requestOf, resultOf } from "./call-event.ts";
import type { Runtime } from "./runtime.ts";

/** So long before its time is up the function answers, ms: whoever waits is told how things stand. */
const reserveMs = 4_000;
/** What runs for a caller who waits no more is given so long to end, ms; all of it may be interrupted. */
const graceMs = 500;
/** API Gateway passes on whole answers only: whoever follows an execution is answered after so long where nothing happens, ms. */
const stretchMsMax = 20_000;

/** API Gateway cuts a call off after 30 s: whoever waits by the Step Functions protocol is answered before, ms. */
const waitMsMax = 25_000;

/** Who may call, and what was done. */
interface Accounted {
  readonly access: Access;
  readonly audit: Audit;
}

/** Seals with the environment's key; few instances ever do, so the client of KMS is loaded by the first call that wants it. */
const sealingOf = ({ environment, platform }: Runtime): Sealing =>
  aesSealing(
    wrappedEnvironmentKey({
      documents: platform.documents,
      wrapping: async () => {
        const [{ KMSClient }, { kmsWrapping }] = await Promise.all([
          import("@aws-sdk/client-kms"),
          import("#platforms/aws/kms-wrapping.ts"),
        ]);
        const { keyArn, name } = environment;
        return kmsWrapping({ client: new KMSClient(clientSettings), keyArn, environment: name });
      },
    }),
  );

const accountedFor = (runtime: Runtime): Accounted => {
  const { platform, clock, entropy, unit, logger } = runtime;
  const { documents } = platform;
  return {
    access: createAccess({ documents, clock, sealing: sealingOf(runtime) }),
    audit: createAudit({
      documents,
      clock,
      entropy,
      server: unit,
      mayVanish: true,
      onDropped: (count) => logger.error("entries of the audit could not be written", { count }),
    }),
  };
};

const logTo =
  ({ logger }: Runtime): EdgeOptions["log"] =>
  ({ message, error, ...request }) =>
    logger.error(message, { ...request, error: error as Error });

/** The northbound API of an environment on AWS. */
const openApi = (runtime: Runtime, { access, audit }: Accounted) => {
  const { context, engine, environment, runner } = runtime;
  const known = new KnownDescriptions();
  return northbound({
    ...runtime,
    executions: createExecutions({ ...context, onCommit: engine.onCommit, known }),
    restarts: createRestarts({ ...context, start: engine.start, effectOf: runner.effectOf }),
    trials: createTrials(context),
    drains: createDrainOperations({ ...context, inFlight: engine.inFlight }),
    stateMachines: stateMachineCatalog({ ...context.platform, nowMs: context.clock.nowMs }),
    limits: { waitMsMax, stretchMsMax },
    // Its functions come and go as AWS likes.
    servers: { list: async () => [], remove: async () => undefined },
    environment: environment.name,
    identity: environment.identity,
    version: environment.version,
    server: runtime.unit,
    nowMs: context.clock.nowMs,
    access,
    authenticate: access.authenticate,
    audit,
    tokenHint: `The access token lies in Secrets Manager: ${environment.adminSecretArn}.`,
    log: logTo(runtime),
  });
};

/** Answers calls of the API as API Gateway hands them over. */
export const callAnswerer = (runtime: Runtime) => {
  const { clock, engine, environment, refresh, settled } = runtime;
  const accounted = accountedFor(runtime);
  const { access, audit } = accounted;
  const token = adminToken({
    secretArn: environment.adminSecretArn,
    nowMs: clock.nowMs,
    keep: (found) => access.keepAdministrator(found, audit),
  });
  const api = openApi(runtime, accounted);

  const answer = async (
    event: APIGatewayProxyEventV2,
    timeMs: number,
  ): Promise<APIGatewayProxyStructuredResultV2> => {
    const signal = AbortSignal.timeout(timeMs);
    const answered = await api(requestOf(event, signal));
    return withinLambda(event, await resultOf(answered), logTo(runtime));
  };

  return async (event: APIGatewayProxyEventV2, { getRemainingTimeInMillis: leftMs }: Context) => {
    await Promise.all([token.open(), refresh()]);
    let answered = await answer(event, Math.max(0, leftMs() - reserveMs));
    if (answered.statusCode === 401 && (await token.renew()))
      answered = await answer(event, Math.max(0, leftMs() - reserveMs));
    if (engine.load() > 0) await engine.leave({ graceMs });
    await audit.flush();
    await settled();
    return answered;
  };
};
