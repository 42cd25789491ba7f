import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Arrived {
  readonly path: string;
  // biome-ignore lint/suspicious/noExplicitAny: what activities send is looked at field by field
  readonly body: any;
  readonly answer: () => void;
}

/** What activities of the deployed environment act on: keeps what arrived, and answers at once or when told. */
export interface Endpoint {
  readonly url: string;
  readonly arrived: readonly Arrived[];
  /** Requests of this path, held or not. */
  readonly of: (path: string) => readonly Arrived[];
  readonly close: () => Promise<void>;
}

/** Paths under `/held` are answered when told only. */
export const openEndpoint = async (): Promise<Endpoint> => {
  const arrived: Arrived[] = [];
  const answer = (response: ServerResponse) => (): void => {
    if (response.writableEnded) return;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ number: arrived.length }));
  };
  const server = createServer((request, response) => {
    void text(request).then((sent) => {
      const path = request.url ?? "/";
      const one = { path, body: sent === "" ? {} : JSON.parse(sent), answer: answer(response) };
      arrived.push(one);
      if (!path.startsWith("/held")) one.answer();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived,
    of: (path) => arrived.filter((one) => one.path === path),
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};
