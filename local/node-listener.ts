import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { AnswerRequest, OutgoingAnswer } from "#northbound/exchange.ts";
import { NodeRequest } from "./node-request.ts";

/** How long what is left of a body that nobody wants is read, so that its sender sees the answer, ms. */
const lingerMs = 500;

/** Sends a body as the client takes it, and gives it up when the client goes away. */
const sendStream = async (
  stream: ReadableStream<Uint8Array>,
  outgoing: ServerResponse,
): Promise<void> => {
  const reader = stream.getReader();
  const cancel = (): void => void reader.cancel().catch(() => {});
  if (outgoing.destroyed) return cancel();
  outgoing.once("close", cancel);
  outgoing.flushHeaders();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    if (outgoing.destroyed) return;
    if (!outgoing.write(read.value)) await taken(outgoing);
  }
  outgoing.end();
};

/** Resolves when the client has taken what was written, or is gone. */
const taken = (outgoing: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      outgoing.off("drain", done);
      outgoing.off("close", done);
      resolve();
    };
    outgoing.once("drain", done);
    outgoing.once("close", done);
  });

/** The connection goes on only if its next request can be told from the rest of this one. */
const leaveBody = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
  const cut = setTimeout(() => incoming.destroy(), lingerMs);
  cut.unref();
  incoming.once("close", () => clearTimeout(cut));
  outgoing.once("finish", () => incoming.resume());
};

const send = (
  { status, headers, body }: OutgoingAnswer,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void => {
  if (!incoming.complete) leaveBody(incoming, outgoing);
  if (typeof body !== "string") {
    outgoing.writeHead(status, headers);
    // Whoever reads it sees that it is cut short.
    sendStream(body, outgoing).catch(() => outgoing.destroy());
  } else if (status === 204 || incoming.method === "HEAD") {
    outgoing.writeHead(status, headers);
    outgoing.end();
  } else {
    outgoing.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
    outgoing.end(body);
  }
};

/** Answers the requests of an HTTP server of Node.js; `failed` is told of answers that could not be sent. */
export const nodeListener =
  (answer: AnswerRequest, failed: (error: unknown) => void): RequestListener =>
  async (incoming, outgoing) => {
    try {
      send(await answer(new NodeRequest(incoming, outgoing)), incoming, outgoing);
    } catch (error) {
      failed(error);
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(500).end();
    }
  };
