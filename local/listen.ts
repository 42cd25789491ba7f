import { createServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { OrchestratorError } from "#core/errors.ts";
import type { AnswerRequest } from "#northbound/exchange.ts";
import { nodeListener } from "./node-listener.ts";
import { withReadableAddress } from "./readable-address.ts";

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

/** Tells browsers to come by TLS only, for a year: the least that preload lists take. */
const strictTransport = { "strict-transport-security": "max-age=31536000" };

const withStrictTransport =
  (answer: AnswerRequest): AnswerRequest =>
  async (request) => {
    const { status, headers, body } = await answer(request);
    return { status, headers: { ...headers, ...strictTransport }, body };
  };

/** How long a connection may go on after the close, ms. */
const lingerMs = 1_000;

interface ListenOptions {
  readonly answer: AnswerRequest;
  /** Is told of answers that could not be sent. */
  readonly failed: (error: unknown) => void;
  readonly host: string;
  readonly port: number;
  /** With it, TLS and nothing else is spoken. */
  readonly certificate?: Certificate | undefined;
}

/** What came several times is one field, as signatures have it. */
const common = { joinDuplicateHeaders: true };

const serverOf = ({ answer, failed, certificate }: ListenOptions): Server => {
  if (certificate === undefined)
    return createServer(common, nodeListener(withReadableAddress(answer), failed));
  return createSecureServer(
    { ...common, ...certificate, minVersion: "TLSv1.2" },
    nodeListener(withStrictTransport(withReadableAddress(answer)), failed),
  );
};

/** Listens on `host` and `port` (0: any free one). Rejects: `port-in-use`. */
export const listen = (options: ListenOptions): Promise<Listening> =>
  new Promise((resolve, reject) => {
    const { host, port } = options;
    const server = serverOf(options);
    server.once("error", (error) => reject(translated(error, options)));
    server.once("listening", () => {
      const { port: actual, family } = server.address() as AddressInfo;
      const name = family === "IPv6" ? `[${host}]` : host;
      const scheme = options.certificate === undefined ? "http" : "https";
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
