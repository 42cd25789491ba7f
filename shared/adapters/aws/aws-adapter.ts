/** Calls AWS: the ARNs that Step Functions knows as Resource of a Task state. */
import type { Json } from "#core/json.ts";
import { isJsonObject } from "#core/json.ts";
import type { ActivityDefinition, ActivityFlags, Adapter, Unavailable } from "../adapter.ts";
import { awsCaller } from "./aws-call.ts";
import { type AwsClientSettings, AwsClients } from "./aws-clients.ts";
import { awsServices, missingClient } from "./aws-service.ts";
import { type Integration, invokeFunction, ownIntegrations } from "./own-integrations.ts";
import { type AwsResource, awsResource } from "./resource.ts";
import { sdkPackages } from "./sdk-packages.ts";

export interface AwsAdapterOptions extends Omit<AwsClientSettings, "region"> {
  /** Where calls go. Absent: AWS is not called at all. */
  readonly region: string | undefined;
  /** Files from which the clients of the SDK are looked for, as `require` would; the first one first. */
  readonly searchFrom: readonly string[];
}

/** Calls that sound like reading and are not: they take, make or use up something. */
const notReading: ReadonlySet<string> = new Set([
  "appconfigdata:getlatestconfiguration",
  "cognitoidentity:getid",
  "sfn:getactivitytask",
]);

const reading = /^(batchGet|describe|get|head|list|lookup|query|scan|search)(?=[A-Z\d]|$)/;

/**
 * Reads restart, writes do not: a repeated put may undo what someone else wrote in between, and queues
 * forget within minutes which messages they have had. Who knows better says `OnInterrupted`.
 */
const flagsOf = (service: string, action: string): ActivityFlags => {
  const isRead = reading.test(action) && !notReading.has(`${service}:${action}`.toLowerCase());
  return { readOnly: isRead, restartable: isRead, verifiable: false };
};

const targetFields = ["QueueUrl", "TopicArn", "TableName", "FunctionName", "Bucket"] as const;

/** What operators know a call by: the queue, topic, table, function or bucket. */
const targetOf = (parameters: Json): string | undefined => {
  if (!isJsonObject(parameters)) return undefined;
  const names = targetFields.map((field) => parameters[field]);
  return names.find((name) => typeof name === "string");
};

const errors = {
  "<Service>.<Error>Exception": "The service refused the call; the names are Step Functions'.",
  "<Service>.SdkClientException": "The service was not reached, or there are no credentials.",
  "States.Permissions": "The role of the state's Credentials can not be assumed.",
  "States.Runtime": "A parameter is not known, or of the wrong type. Nothing was called.",
  "States.DataLimitExceeded": "The result is too large.",
  "Holdfast.AwsClientMissing": "The SDK's client for the service is not installed.",
};

const off =
  "AWS is not called from here: start the server with AWS_REGION, and with credentials as for any AWS tool (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or a role)";

type AwsCallResource = Exclude<AwsResource, { readonly kind: "function" }>;

/** Calls of any endpoint are the HTTP adapter's. */
const httpCalls: ReadonlySet<string> = new Set(["http:invoke", "apigateway:invoke"]);

/** Why a call of AWS is not offered. */
const notBuilt = ({ kind, service, action, pattern }: AwsCallResource): string | undefined => {
  const call = `arn:aws:states:::aws-sdk:${service}:${action}`;
  if (pattern !== undefined)
    return `"${service}:${action}${pattern}" is not built: start it by "${call}", and ask in a loop until it has ended`;
  if (kind === "own" && httpCalls.has(`${service}:${action}`))
    return `"${service}:${action}" is not built: call the endpoint by "holdfast:http:request"`;
  if (kind === "own" && !Object.hasOwn(ownIntegrations, `${service}:${action}`))
    return `"${service}:${action}" is not built: call the service by "${call}"`;
  return undefined;
};

/** The service that a resource calls, and how. */
const callOf = (asked: AwsResource): { service: string; action: string; run: Integration } => {
  if (asked.kind === "function")
    return { service: "lambda", action: "invoke", run: invokeFunction(asked.functionArn) };
  const { service, action } = asked;
  const own = asked.kind === "own" ? ownIntegrations[`${service}:${action}`] : undefined;
  if (own !== undefined) return { action, ...own };
  return {
    service,
    action,
    run: async (call, parameters, context) =>
      (await call({ service, action, parameters, context })).result,
  };
};

/**
 * Offers Lambda functions by their ARN, Step Functions' integrations of Lambda, SQS, SNS, EventBridge
 * and DynamoDB, and every call of a service whose client is installed. Nothing is loaded or called
 * before an activity needs it.
 */
export const awsAdapter = (
  options: AwsAdapterOptions,
): Adapter & { readonly close: () => void } => {
  const { region, searchFrom, ...settings } = options;
  const packages = sdkPackages(searchFrom);
  const services = awsServices(packages);
  const clients = new AwsClients({ ...settings, region: region ?? "" }, services);
  const call = awsCaller(services, clients);

  const find = (resource: string): ActivityDefinition | Unavailable | undefined => {
    const asked = awsResource(resource);
    if (asked === undefined) return undefined;
    if (region === undefined) return { unavailable: off };
    const unavailable = asked.kind === "function" ? undefined : notBuilt(asked);
    if (unavailable !== undefined) return { unavailable };
    const { service, action, run } = callOf(asked);
    if (!packages.has(service)) return { unavailable: missingClient(service) };
    return {
      title: `${service}:${action}`,
      description: `Calls ${action} of ${service}.`,
      input: {},
      output: {},
      flags: flagsOf(service, action),
      errors,
      target: targetOf,
      run: (parameters, context) => run(call, parameters, context),
    };
  };

  return {
    name: "aws",
    description: "Calls AWS services, as Step Functions does.",
    activities: {},
    find,
    close: () => clients.close(),
  };
};
