import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** HTTP endpoints on loopback, good and bad, by what they do. */
export interface Endpoints {
  readonly urls: Readonly<Record<string, string>>;
  /** Requests that arrived, by path. */
  readonly requests: ReadonlyMap<string, number>;
  /** Lets what is held answer, from now on at once. */
  readonly letGo: () => void;
  readonly close: () => Promise<void>;
}

const slowMs = 400;

const closedPort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
};

/** Opens the endpoints `fast`, `slow`, `held` (answers when it is let go), `failing` (500), `missing` (404), `silent` (no answer) and `closed` (nobody listens). */
export const openEndpoints = async (): Promise<Endpoints> => {
  const requests = new Map<string, number>();
  const { promise: letGo, resolve } = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    requests.set(pathname, (requests.get(pathname) ?? 0) + 1);
    if (pathname === "/silent") return;
    if (pathname === "/slow") setTimeout(() => response.end("slow"), slowMs);
    else if (pathname === "/held") letGo.then(() => response.end("held"));
    else {
      response.statusCode = { "/failing": 500, "/missing": 404 }[pathname] ?? 200;
      response.end("answer");
    }
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const paths = ["fast", "slow", "held", "failing", "missing", "silent"];
  const open = Object.fromEntries(paths.map((path) => [path, `${origin}/${path}`]));
  return {
    urls: { ...open, closed: `http://127.0.0.1:${await closedPort()}/` },
    requests,
    letGo: resolve,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};
