/** Servers of a test: EventBridge and Secrets Manager as far as the functions use them, and something to call. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
};

const listening = async (
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
) => {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, stop };
};

/** EventBridge and Secrets Manager: what was put on the bus, and a secret that a test may change. */
export const startServices = async (secret: string) => {
  const events: {
    readonly detail: Record<string, unknown>;
    readonly source: string;
    readonly detailType: string;
    readonly bus: string;
  }[] = [];
  const state = { secret, isBusDown: false, secretReads: 0 };
  const operations: Record<string, (input: Record<string, unknown>) => object> = {
    "AWSEvents.PutEvents": ({ Entries }) => {
      const entries = Entries as Record<string, string>[];
      for (const entry of entries)
        events.push({
          detail: JSON.parse(entry["Detail"] ?? ""),
          source: entry["Source"] ?? "",
          detailType: entry["DetailType"] ?? "",
          bus: entry["EventBusName"] ?? "",
        });
      return { FailedEntryCount: 0, Entries: entries.map(() => ({ EventId: "1" })) };
    },
    "secretsmanager.GetSecretValue": () => {
      state.secretReads += 1;
      return { SecretString: state.secret };
    },
  };
  const server = await listening(async (request, response) => {
    const operation = String(request.headers["x-amz-target"]);
    const input = JSON.parse(await bodyOf(request));
    const isDown = state.isBusDown && operation === "AWSEvents.PutEvents";
    const answer = isDown ? { __type: "ValidationException" } : operations[operation]?.(input);
    response.writeHead(isDown || answer === undefined ? 400 : 200, {
      "content-type": "application/x-amz-json-1.1",
    });
    response.end(JSON.stringify(answer ?? { __type: "UnknownOperationException" }));
  });
  return { ...server, events, state };
};

/** Something that activities call: a call waits where a test says so, and every call is counted. */
export const startTarget = async () => {
  const calls: { readonly path: string; readonly body: string }[] = [];
  const held = new Map<string, Promise<void>>();
  const server = await listening(async (request, response) => {
    const body = await bodyOf(request);
    const path = request.url ?? "";
    calls.push({ path, body });
    await held.get(path);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ path }));
  });
  return {
    ...server,
    calls: (path: string): number => calls.filter((called) => called.path === path).length,
    bodies: (path: string) =>
      calls.filter((called) => called.path === path).map(({ body }) => body),
    /** Calls of a path get no answer until the result is called. */
    hold: (path: string): (() => void) => {
      let release = () => {};
      held.set(
        path,
        new Promise((resolve) => {
          release = resolve;
        }),
      );
      return () => {
        held.delete(path);
        release();
      };
    },
  };
};
