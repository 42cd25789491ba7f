/**
 * Servers that speak the protocols of AWS on this machine: DynamoDB (dynalite), SQS, SNS and S3 (fauxqs).
 * Lambda, EventBridge and STS have no emulator in Node.js, so the answers of one call each are written here.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { startFauxqs } from "fauxqs";
import { type AwsAdapterOptions, awsAdapter } from "#adapters/aws/aws-adapter.ts";
import { adapterRegistry } from "#adapters/registry.ts";
import type { Json, JsonObject } from "#core/json.ts";
import type { ActivityRequest, ActivityResult } from "#ports/activity-runner.ts";
import { requestOf } from "./activity-requests.ts";

const dynalite = createRequire(import.meta.url)("dynalite") as (options: object) => Server;

const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const close = (server: Server): Promise<unknown> => {
  server.closeAllConnections();
  return new Promise((done) => server.close(done));
};

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

type Answer = (asked: Asked, response: ServerResponse) => void;

const bodyOf = async (request: IncomingMessage): Promise<string> =>
  Buffer.concat(await request.toArray()).toString();

/** A server for what no emulator does: `answer` writes what the service would; it keeps what was asked. */
export const protocolServer = async (answer: Answer) => {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const { method = "", url: path = "", headers } = request;
    const call = { method, path, headers, body: await bodyOf(request) };
    asked.push(call);
    answer(call, response);
  });
  return { url: await listen(server), asked, close: () => close(server) };
};

const credentials = {
  AWS_ACCESS_KEY_ID: "AKIDTEST",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_EC2_METADATA_DISABLED: "true",
};

/** DynamoDB, SQS, SNS and S3, with the environment variables by which the SDK finds them. */
export const awsServers = async () => {
  const dynamo = dynalite({ createTableMs: 0 });
  const queues = await startFauxqs({ port: 0, logger: false });
  const dynamoUrl = await listen(dynamo);
  const queuesUrl = `http://127.0.0.1:${queues.port}`;
  const variables = {
    ...credentials,
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL_DYNAMODB: dynamoUrl,
    AWS_ENDPOINT_URL_SQS: queuesUrl,
    AWS_ENDPOINT_URL_SNS: queuesUrl,
    AWS_ENDPOINT_URL_S3: queuesUrl,
  };
  return {
    queues,
    variables,
    close: async () => {
      await queues.stop();
      await close(dynamo);
    },
  };
};

/** The adapter as a server has it. */
export const awsRunner = (options: Partial<AwsAdapterOptions> = {}) => {
  const adapter = awsAdapter({
    region: "us-east-1",
    isElsewhere: () => true,
    searchFrom: [fileURLToPath(import.meta.url)],
    ...options,
  });
  const registry = adapterRegistry([adapter], { nowMs: Date.now });
  return {
    registry,
    close: adapter.close,
    run: async (
      resource: string,
      parameters: Json,
      overrides: Partial<ActivityRequest> = {},
    ): Promise<ActivityResult> =>
      registry.run(requestOf(`arn:aws:states:::${resource}`, parameters, overrides)),
  };
};

/** The output of an activity that is to succeed. */
export const outputOf = (result: ActivityResult): JsonObject => {
  if (result.kind === "failed") throw new Error(`${result.error}: ${result.cause}`);
  return result.output as JsonObject;
};
