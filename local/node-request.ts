import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { RequestHeaders } from "#access/authenticator.ts";
import type { IncomingRequest } from "#northbound/exchange.ts";
import { HttpProblem } from "#northbound/problem.ts";
import { bodyTooLarge } from "#northbound/request-body.ts";

/** What Node.js has read of the headers; the server joins what came several times. */
class NodeHeaders implements RequestHeaders {
  readonly #fields: IncomingHttpHeaders;

  constructor(fields: IncomingHttpHeaders) {
    this.#fields = fields;
  }

  get(name: string): string | null {
    if (!this.has(name)) return null;
    const value = this.#fields[name];
    return typeof value === "string" ? value : (value?.join(", ") ?? null);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name);
  }

  keys(): ReturnType<Headers["keys"]> {
    return Object.keys(this.#fields).values();
  }
}

/** What a request line begins with that is sent to a proxy: the rest is the path. */
const authority = /^https?:\/\/[^/?#]*/i;

/** Path and query of a request. */
const targetOf = (url: string): string => {
  if (url.startsWith("/")) return url;
  const rest = url.replace(authority, "");
  return rest === url || rest.startsWith("/") ? rest : `/${rest}`;
};

/** A client that went away in the middle: nobody reads it. */
const gone = (): HttpProblem =>
  new HttpProblem("request-invalid", "The client closed the connection before its body was sent.");

const bodyOf = (incoming: IncomingMessage, limit: number): Promise<Uint8Array> => {
  if (Number(incoming.headers["content-length"] ?? 0) > limit)
    return Promise.reject(bodyTooLarge(limit));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on("data", (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size <= limit) chunks.push(chunk);
      else reject(bodyTooLarge(limit));
    });
    incoming.once("end", () => {
      const [first] = chunks;
      resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks));
    });
    incoming.once("error", () => reject(gone()));
  });
};

/** A request of the HTTP server of Node.js. */
export class NodeRequest implements IncomingRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: RequestHeaders;
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  #aborting: AbortController | undefined;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse) {
    this.method = incoming.method ?? "GET";
    this.target = targetOf(incoming.url ?? "/");
    this.headers = new NodeHeaders(incoming.headers);
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  get from(): string | undefined {
    return this.#incoming.socket.remoteAddress;
  }

  readonly bytes = (limit: number): Promise<Uint8Array> => bodyOf(this.#incoming, limit);

  readonly signal = (): AbortSignal => {
    if (this.#aborting !== undefined) return this.#aborting.signal;
    const aborting = new AbortController();
    this.#aborting = aborting;
    const outgoing = this.#outgoing;
    const end = (): void => {
      if (!outgoing.writableFinished) aborting.abort();
    };
    if (outgoing.destroyed) end();
    else outgoing.once("close", end);
    return aborting.signal;
  };
}
