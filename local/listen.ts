import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { getRequestListener, RequestError } from "@hono/node-server";
import { OrchestratorError } from "#core/errors.ts";
import { respondProblem } from "#northbound/edge.ts";
import { HttpProblem } from "#northbound/problem.ts";

/** An HTTP server that answers. */
export interface Listening {
  readonly url: string;
  /** Takes no more connections, lets requests in flight end for a moment, then cuts what is left. */
  readonly close: () => Promise<void>;
}

/** A certificate with its chain, and its key, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** What answers; `env` tells of the connection. */
export type Fetch = (request: Request, env: object) => Response | Promise<Response>;

/** Tells browsers to come by TLS only, for a year: the least that preload lists take. */
const strictTransport = "max-age=31536000";

const withStrictTransport =
  (fetch: Fetch): Fetch =>
  async (request, env) => {
    const response = await fetch(request, env);
    response.headers.set("strict-transport-security", strictTransport);
    return response;
  };

/** What a request line begins with that is sent to a proxy: the rest is the path. */
const authority = /^https?:\/\/[^/?#]*/i;

const pathIn = (target: string): string => {
  const rest = target.replace(authority, "");
  return rest === target || rest.startsWith("/") ? rest : `/${rest}`;
};

/** What a name or an address with a port is made of. */
const hostPattern = /^[\w.~!$&'()*+,;=%:[\]-]*$/;

/** The host in URLs of requests, which nobody looks at. */
const anyHost = "localhost";

const notReadable = (detail: string, action: string): HttpProblem =>
  new HttpProblem("request-invalid", detail, { action });

/** Of a request that no URL can be made of. */
const unreadable = (error: unknown): Response => {
  const problem =
    error instanceof RequestError
      ? notReadable("The request line names no path that can be.", "Send one that begins with /.")
      : error;
  return respondProblem(problem, { requestId: crypto.randomUUID() }, () => {});
};

/**
 * What a request says that its host is need be none that a URL can have: AWS clients put `sync-` before an address.
 * Whoever verifies a signature finds it in the headers, as it was sent.
 */
const listenerOf = (fetch: Fetch) => {
  const answer = getRequestListener(
    (request, env) => {
      if (hostPattern.test(request.headers.get("host") ?? "")) return fetch(request, env);
      return unreadable(
        notReadable("The header Host names no host that can be.", "Send a name or an address."),
      );
    },
    { errorHandler: unreadable },
  );
  return (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    if (incoming.url?.startsWith("/") === false) incoming.url = pathIn(incoming.url);
    incoming.headers.host = anyHost;
    void answer(incoming, outgoing);
  };
};

const serverOf = ({ fetch, certificate }: ListenOptions) => {
  if (certificate === undefined) return createServer(listenerOf(fetch));
  const listener = listenerOf(withStrictTransport(fetch));
  return createTlsServer({ ...certificate, minVersion: "TLSv1.2" }, listener);
};

/** How long a connection may go on after the close, ms. */
const lingerMs = 1_000;

interface ListenOptions {
  readonly fetch: Fetch;
  readonly host: string;
  readonly port: number;
  /** With it, TLS and nothing else is spoken. */
  readonly certificate?: Certificate | undefined;
}

/** Listens on `host` and `port` (0: any free one). Rejects: `port-in-use`. */
export const listen = (options: ListenOptions): Promise<Listening> =>
  new Promise((resolve, reject) => {
    const { host, port, certificate } = options;
    const server = serverOf(options);
    server.once("error", (error) => reject(translated(error, options)));
    server.once("listening", () => {
      const { port: actual, family } = server.address() as AddressInfo;
      const name = family === "IPv6" ? `[${host}]` : host;
      const scheme = certificate === undefined ? "http" : "https";
      resolve({ url: `${scheme}://${name}:${actual}`, close: () => closeServer(server) });
    });
    server.listen(port, host);
  });

/** Listens, and writes down where; listens to nothing where that cannot be written. */
export const listenAndTell = async (
  options: ListenOptions,
  tell: (url: string) => void,
): Promise<Listening> => {
  const listening = await listen(options);
  try {
    tell(listening.url);
    return listening;
  } catch (error) {
    await listening.close();
    throw error;
  }
};

const closeServer = (server: ReturnType<typeof serverOf>): Promise<void> =>
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
