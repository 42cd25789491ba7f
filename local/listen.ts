import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { OrchestratorError } from "#core/errors.ts";

/** An HTTP server that answers. */
export interface Listening {
  readonly url: string;
  /** Takes no more connections, lets requests in flight end for a moment, then cuts what is left. */
  readonly close: () => Promise<void>;
}

/** How long a connection may go on after the close, ms. */
const lingerMs = 1_000;

/** Listens on `host` and `port` (0: any free one). Rejects: `port-in-use`. */
export const listen = (options: {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  readonly host: string;
  readonly port: number;
}): Promise<Listening> =>
  new Promise((resolve, reject) => {
    const { fetch, host, port } = options;
    const server = serve({ fetch, hostname: host, port }) as Server;
    server.once("error", (error) => reject(translated(error, options)));
    server.once("listening", () => {
      const { port: actual, family } = server.address() as AddressInfo;
      const name = family === "IPv6" ? `[${host}]` : host;
      resolve({ url: `http://${name}:${actual}`, close: () => closeServer(server) });
    });
  });

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), lingerMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });

const translated = (
  error: Error,
  { host, port }: { readonly host: string; readonly port: number },
): Error => {
  const code = "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") {
    return new OrchestratorError("port-in-use", `${host}:${port} is in use by another program`, {
      action: "choose another port with --port, or stop the program that uses it",
      cause: error,
    });
  }
  if (code === "EACCES" || code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
    return new OrchestratorError(
      "port-in-use",
      `cannot listen on ${host}:${port}: ${error.message}`,
      {
        action: "choose another address with --host and --port",
        cause: error,
      },
    );
  }
  return error;
};
