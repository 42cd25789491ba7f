import { appendFileSync, readFileSync } from "node:fs";
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { type AwsCall, awsCall } from "./aws-call.ts";
import { refusalOf, refuse } from "./decision.ts";

export interface Recorder {
  readonly port: number;
  readonly close: () => Promise<void>;
}

export interface RecorderOptions {
  /** Gets a line of JSON for each call to AWS that goes through. */
  readonly callsFile: string;
  /** May hold the address of a server that answers the calls of functions instead of the emulator. */
  readonly standInFile: string;
  /** The emulator's port, asked at each call: it starts later. */
  readonly portOf: () => number;
}

const isActivity = (call: AwsCall | undefined): boolean =>
  call?.action === "lambda:InvokeFunction" && call.caller !== "";

/** Stands before the emulator: records the calls to AWS that go through, and refuses what IAM would refuse to activities. */
export const startRecorder = async (options: RecorderOptions): Promise<Recorder> => {
  const { callsFile, standInFile, portOf } = options;
  const agent = new Agent({ keepAlive: true });
  const record = (call: AwsCall): void => appendFileSync(callsFile, `${JSON.stringify(call)}\n`);

  /** A call that the emulator does not know. */
  const protect = (call: AwsCall, response: ServerResponse): void => {
    record(call);
    response
      .writeHead(200, { "content-type": "text/xml" })
      .end(
        "<UpdateTerminationProtectionResponse><UpdateTerminationProtectionResult/></UpdateTerminationProtectionResponse>",
      );
  };

  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    const { method = "GET", headers } = request;
    // Clients that take it for their proxy send the whole address.
    const url = (request.url ?? "/").replace(/^http:\/\/[^/]+/, "");
    const asked = { method, url, headers, body: body.toString("utf8") };
    const call = awsCall(asked);
    const refusal = await refusalOf(call);
    if (refusal !== undefined) return refuse(response, call?.action ?? "", refusal);
    if (call?.action === "cloudformation:UpdateTerminationProtection")
      return protect(call, response);
    const standIn = isActivity(call) ? readFileSync(standInFile, "utf8") : "";
    const onward = httpRequest({
      host: "127.0.0.1",
      port: standIn === "" ? portOf() : new URL(standIn).port,
      method,
      path: url,
      headers,
      agent,
    });
    onward.on("response", (answer) => {
      const status = answer.statusCode ?? 502;
      if (call !== undefined) record(call);
      response.writeHead(status, answer.rawHeaders);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    onward.end(body);
  };
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  // Lambda's calls may take 15 minutes.
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};
