import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import {
  type AddressInfo,
  createServer as createSocketServer,
  type Server,
  type Socket,
} from "node:net";
import { join } from "node:path";
import { afterEach } from "vitest";

const fixture = (name: string): string =>
  readFileSync(join(import.meta.dirname, "fixtures", name), "utf8");

/** A certificate for localhost and 127.0.0.1 that nobody has signed but itself. */
export const certificate = fixture("localhost.cert.pem");

const open: { server: Server; sockets: Set<Socket> }[] = [];

afterEach(async () => {
  for (const { server, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((closed) => server.close(closed));
  }
});

const listen = async (server: Server, host: string): Promise<number> => {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => undefined)));
  open.push({ server, sockets });
  await new Promise<void>((listening) => server.listen(0, host, listening));
  return (server.address() as AddressInfo).port;
};

/** An HTTP server on loopback until the end of the test; gives its origin. */
export const httpServer = async (
  listener: RequestListener,
  host = "127.0.0.1",
): Promise<string> => {
  const port = await listen(createServer({ keepAliveTimeout: 5_000 }, listener), host);
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
};

/** An HTTPS server with {@link certificate}; gives its port. */
export const tlsServer = (listener: RequestListener): Promise<number> =>
  listen(
    createTlsServer({ key: fixture("localhost.key.pem"), cert: certificate }, listener),
    "127.0.0.1",
  );

/** A server that speaks bytes; gives its port. */
export const socketServer = (onSocket: (socket: Socket) => void): Promise<number> =>
  listen(createSocketServer(onSocket), "127.0.0.1");

/** A port on which nobody listens. */
export const closedPort = async (): Promise<number> => {
  const server = createSocketServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
};

/** Everything that a client sent as body. */
export const textOf = async (request: IncomingMessage): Promise<string> => {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
};
