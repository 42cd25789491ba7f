import { appendFileSync } from "node:fs";
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { awsCall } from "./aws-call.ts";

export interface Recorder {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/**
 * Stands before the emulator and writes each call to AWS that goes through as a line of JSON to `file`.
 * `portOf` is asked for the emulator's port at each call: it starts later.
 */
export const startRecorder = async (file: string, portOf: () => number): Promise<Recorder> => {
  const agent = new Agent({ keepAlive: true });
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    const { method = "GET", url = "/", headers } = request;
    const onward = httpRequest({
      host: "127.0.0.1",
      port: portOf(),
      method,
      path: url,
      headers,
      agent,
    });
    onward.on("response", (answer) => {
      const status = answer.statusCode ?? 502;
      const call = awsCall({ method, url, headers, body: body.toString("utf8") }, status);
      if (call !== undefined) appendFileSync(file, `${JSON.stringify(call)}\n`);
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
