import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What becomes of a call: it passes, it is carried out and its answer is lost, or something else is answered. */
export type Fault = "pass" | "lose the answer" | { readonly status: number; readonly body: object };

export interface ProxiedCall {
  /** As in `X-Amz-Target`: `PutItem`, `SendMessageBatch`. */
  readonly operation: string;
  readonly body: string;
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
};

const operationOf = ({ headers }: IncomingMessage): string =>
  String(headers["x-amz-target"] ?? "")
    .split(".")
    .at(-1) ?? "";

/** Stands before a server of JSON calls of AWS and lets `faultOf` say what becomes of each. */
export const startFaultyProxy = async (
  targetUrl: string,
  faultOf: (call: ProxiedCall) => Fault,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> => {
  const server: Server = createServer(async (request, response) => {
    const operation = operationOf(request);
    const body = await bodyOf(request);
    const fault = faultOf({ operation, body });
    if (typeof fault === "object") {
      response.writeHead(fault.status, { "content-type": "application/x-amz-json-1.0" });
      response.end(JSON.stringify(fault.body));
      return;
    }
    const { host: _, "content-length": __, connection: ___, ...headers } = request.headers;
    const answer = await fetch(`${targetUrl}${request.url}`, {
      method: request.method ?? "POST",
      headers: headers as Record<string, string>,
      body,
    });
    const text = await answer.text();
    if (fault === "lose the answer") {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.0" });
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
