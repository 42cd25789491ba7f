/** The integrations that Step Functions has of its own: what they change on the way in and out. */
import { isJsonObject, type Json, type JsonObject, parseJson, printJson } from "#core/json.ts";
import { type ActivityContext, ActivityError } from "../adapter.ts";
import type { AwsAnswer, CallAws } from "./aws-call.ts";
import { type ErrorWording, ownWording } from "./failures.ts";
import { textOrBase64 } from "./request-input.ts";

/** Runs one integration. */
export type Integration = (
  call: CallAws,
  parameters: Json,
  context: ActivityContext,
) => Promise<Json>;

const lambdaWording = ownWording({
  prefix: "Lambda",
  general: "AWSLambdaException",
  service: "AWSLambda",
});

/** The result of a function, or what was thrown in it. */
const jsonOrText = (text: string): Json => {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
};

const payloadText = ({ response }: AwsAnswer): string => {
  const payload = response["Payload"];
  return payload instanceof Uint8Array ? textOrBase64(payload) : "";
};

/** The function failed: with the name that it gave its error, or `Lambda.Unknown` where it could give none. */
const functionFailure = (text: string, print: (payload: Json) => string): ActivityError => {
  const payload = jsonOrText(text);
  const name = isJsonObject(payload) ? payload["errorType"] : undefined;
  return new ActivityError(
    typeof name === "string" && name !== "" ? name : "Lambda.Unknown",
    print(payload),
  );
};

/** JSON text is sent as it is, any other text as a string. */
const payloadOf = (payload: Json | undefined): string => {
  if (payload === undefined || payload === null) return "{}";
  if (typeof payload !== "string") return printJson(payload);
  return jsonOrText(payload) === payload ? printJson(payload) : payload;
};

const invoke: Integration = async (call, parameters, context) => {
  const { Payload, ...others } = isJsonObject(parameters) ? parameters : {};
  const answer = await call({
    service: "lambda",
    action: "invoke",
    parameters: others,
    context,
    wording: lambdaWording,
    bytes: { Payload: Buffer.from(payloadOf(Payload)) },
  });
  const text = payloadText(answer);
  if (answer.response["FunctionError"] !== undefined) throw functionFailure(text, printJson);
  const { Payload: _, ...result } = answer.result;
  return inOrder({
    ...result,
    ...(text !== "" && { Payload: jsonOrText(text) }),
    ...answer.http,
  });
};

/** A Task state whose Resource is the function: its input is the payload, and the payload its result. */
export const invokeFunction =
  (functionArn: string): Integration =>
  async (call, parameters, context) => {
    const answer = await call({
      service: "lambda",
      action: "invoke",
      parameters: { FunctionName: functionArn },
      context,
      wording: lambdaWording,
      bytes: { Payload: Buffer.from(printJson(parameters)) },
    });
    const text = payloadText(answer);
    if (answer.response["FunctionError"] !== undefined) throw functionFailure(text, () => text);
    return text === "" ? null : jsonOrText(text);
  };

/** Fields in the order of the alphabet, as the service has them. */
const inOrder = (result: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(result).sort(([a], [b]) => (a < b ? -1 : 1)));

const plain =
  (service: string, action: string, wording: ErrorWording): Integration =>
  async (call, parameters, context) => {
    const { result, http } = await call({ service, action, parameters, context, wording });
    return inOrder({ ...result, ...http });
  };

const putEvents: Integration = async (call, parameters, context) => {
  const wording = ownWording({
    prefix: "EventBridge",
    general: "AmazonEventBridgeException",
    service: "AmazonEventBridge",
  });
  const called = { service: "eventbridge", action: "putEvents", parameters, context, wording };
  const { result, http } = await call(called);
  // Some events may have been taken: a Retry sends those, too.
  if (result["FailedEntryCount"] !== 0)
    throw new ActivityError("EventBridge.FailedEntry", printJson(result));
  return inOrder({ ...result, ...http });
};

const s3Wording = ownWording({ prefix: "S3", general: "AmazonS3Exception", service: "Amazon S3" });

const isEmptyRange = (thrown: unknown): boolean =>
  thrown instanceof ActivityError && thrown.message.includes("Error Code: InvalidRange");

/** Reads an object, or a stretch of it; an empty one has no stretch, which is no failure. */
const getObject: Integration = async (call, parameters, context) => {
  const read = (asked: Json) =>
    call({ service: "s3", action: "getObject", parameters: asked, context, wording: s3Wording });
  try {
    return (await read(parameters)).result;
  } catch (thrown) {
    const { Range, ...whole } = isJsonObject(parameters) ? parameters : {};
    const isFromStart = typeof Range === "string" && Range.startsWith("bytes=0-");
    if (!isFromStart || !isEmptyRange(thrown)) throw thrown;
    return (await read(whole)).result;
  }
};

const withSeconds = (object: Json): Json => {
  const instant = isJsonObject(object) ? object["LastModified"] : undefined;
  if (!isJsonObject(object) || typeof instant !== "string") return object;
  return { ...object, LastModified: Math.floor(Date.parse(instant) / 1000) };
};

/** Lists objects for an ItemReader, whose items have instants in seconds. */
const listObjects: Integration = async (call, parameters, context) => {
  const called = { service: "s3", action: "listObjectsV2", parameters, context };
  const { result } = await call({ ...called, wording: s3Wording });
  const { Contents } = result;
  if (!Array.isArray(Contents)) return result;
  return { ...result, Contents: (Contents as readonly Json[]).map(withSeconds) };
};

/** Writes an object; text is written as it is, unlike `aws-sdk:s3:putObject` does. */
const putObject: Integration = async (call, parameters, context) => {
  const { Body, ...others } = isJsonObject(parameters) ? parameters : {};
  const text = typeof Body === "string" ? Body : printJson(Body ?? null);
  const { result } = await call({
    service: "s3",
    action: "putObject",
    parameters: others,
    context,
    wording: s3Wording,
    bytes: { Body: Buffer.from(text) },
  });
  return result;
};

const sqs = ownWording({ prefix: "SQS", general: "AmazonSQSException", service: "AmazonSQS" });
const sns = ownWording({ prefix: "SNS", general: "AmazonSNSException", service: "AmazonSNS" });
const dynamodb = ownWording({
  prefix: "DynamoDB",
  general: "AmazonDynamoDBException",
  service: "AmazonDynamoDBv2",
});

interface OwnIntegration {
  /** The service whose client it calls with. */
  readonly service: string;
  readonly run: Integration;
}

/** By service and action, as a Resource has them. Those of S3 are for ItemReader and ResultWriter. */
export const ownIntegrations: Readonly<Record<string, OwnIntegration>> = {
  "lambda:invoke": { service: "lambda", run: invoke },
  "sqs:sendMessage": { service: "sqs", run: plain("sqs", "sendMessage", sqs) },
  "sns:publish": { service: "sns", run: plain("sns", "publish", sns) },
  "events:putEvents": { service: "eventbridge", run: putEvents },
  "dynamodb:getItem": { service: "dynamodb", run: plain("dynamodb", "getItem", dynamodb) },
  "dynamodb:putItem": { service: "dynamodb", run: plain("dynamodb", "putItem", dynamodb) },
  "dynamodb:updateItem": { service: "dynamodb", run: plain("dynamodb", "updateItem", dynamodb) },
  "dynamodb:deleteItem": { service: "dynamodb", run: plain("dynamodb", "deleteItem", dynamodb) },
  "s3:getObject": { service: "s3", run: getObject },
  "s3:listObjectsV2": { service: "s3", run: listObjects },
  "s3:putObject": { service: "s3", run: putObject },
};
