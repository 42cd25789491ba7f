/** One call of a service: parameters in, result or a named error out. */
import { isJsonObject, type Json, type JsonObject } from "#core/json.ts";
import type { ActivityContext } from "../adapter.ts";
import type { AwsClients } from "./aws-clients.ts";
import type { AwsService, HttpAnswer, SdkClient, SdkCommand } from "./aws-service.ts";
import { type ErrorWording, failureOf, sdkWording } from "./failures.ts";
import { requestInput, type Writing } from "./request-input.ts";
import { outputOf, withStreamRead } from "./response-output.ts";

/** Services whose own JSON has binary values, as base64, where those of others are mostly text. */
const base64Services: ReadonlySet<string> = new Set(["dynamodb", "dynamodbstreams", "kms"]);

export interface AwsCall {
  readonly service: string;
  readonly action: string;
  readonly parameters: Json;
  readonly context: ActivityContext;
  /** Absent: as the SDK for Java has it. */
  readonly wording?: ErrorWording;
  /** Fields of the request that are bytes already. */
  readonly bytes?: Readonly<Record<string, Uint8Array>>;
}

export interface AwsAnswer {
  /** As the SDK gives it. */
  readonly response: Readonly<Record<string, unknown>>;
  readonly result: JsonObject;
  readonly http: JsonObject;
}

/** How Step Functions writes a header that Node.js gives in small letters. */
const headerName = (name: string): string =>
  name.startsWith("x-") ? name : name.replace(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());

/** What Step Functions' own integrations add to a result. */
const metadataOf = ({ response }: HttpAnswer): JsonObject => {
  const entries = Object.entries(response?.headers ?? {}).map(
    ([name, value]) => [headerName(name), value] as const,
  );
  const requestId =
    response?.headers?.["x-amzn-requestid"] ?? response?.headers?.["x-amz-request-id"];
  return {
    SdkHttpMetadata: {
      AllHttpHeaders: Object.fromEntries(entries.map(([name, value]) => [name, [value]])),
      HttpHeaders: Object.fromEntries(entries),
      HttpStatusCode: response?.statusCode ?? 0,
    },
    ...(requestId !== undefined && { SdkResponseMetadata: { RequestId: requestId } }),
  };
};

const send = async (client: SdkClient, command: SdkCommand, signal: AbortSignal) => {
  let answer: HttpAnswer = {};
  command.middlewareStack.add(
    (next) => async (call) => {
      const result = await next(call);
      answer = result;
      return result;
    },
    { step: "deserialize", name: "holdfastAnswer", priority: "high" },
  );
  const response = await client.send(command, { abortSignal: signal });
  return { response, http: metadataOf(answer) };
};

/** Makes calls with the clients of `clients`. */
export const awsCaller =
  (serviceOf: (name: string) => AwsService, clients: AwsClients) =>
  async (call: AwsCall): Promise<AwsAnswer> => {
    const { context, wording } = call;
    const service = serviceOf(call.service);
    const { input, output, command } = service.operation(call.action);
    const style: Writing = {
      isJava: wording === undefined,
      isBase64: base64Services.has(call.service),
      idempotencyKey: context.idempotencyKey,
    };
    const request = { ...requestInput(input, call.parameters, style), ...call.bytes };
    const client = await clients.clientFor(service, context);
    try {
      const { response, http } = await send(client, new command(request), context.signal);
      const read = await withStreamRead(output, response, call.service);
      const result = outputOf(output, read, style);
      return { response, http, result: isJsonObject(result) ? result : {} };
    } catch (thrown) {
      throw failureOf(thrown, service.client, wording ?? sdkWording(client.config.serviceId));
    }
  };

export type CallAws = ReturnType<typeof awsCaller>;
