import type { AnswerRequest, IncomingRequest, OutgoingAnswer } from "./exchange.ts";
import { bodyTooLarge } from "./request-body.ts";

const joined = (chunks: readonly Uint8Array[], size: number): Uint8Array => {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
};

/** Reads a body no further than the limit. */
const bytesOf = async (request: Request, limit: number): Promise<Uint8Array> => {
  const reader = request.body?.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    size += read.value.byteLength;
    if (size > limit) {
      await reader?.cancel();
      throw bodyTooLarge(limit);
    }
    chunks.push(read.value);
  }
  return joined(chunks, size);
};

/** A request of the Fetch standard as the API takes it. */
export const fromWebRequest = (request: Request, from?: string): IncomingRequest => {
  const { pathname, search } = new URL(request.url);
  return {
    method: request.method,
    target: pathname + search,
    headers: request.headers,
    from,
    bytes: (limit) => bytesOf(request, limit),
    signal: () => request.signal,
  };
};

const withoutBody = new Set([204, 205, 304]);

/** The answer as a response of the Fetch standard. */
export const toWebResponse = ({ status, headers, body }: OutgoingAnswer): Response =>
  new Response(withoutBody.has(status) ? null : body, { status, headers });

/** Answers as a handler of the Fetch standard does. */
export const fetchHandler =
  (answer: AnswerRequest, from?: string) =>
  async (request: Request): Promise<Response> => {
    const answered = await answer(fromWebRequest(request, from));
    return toWebResponse(answered);
  };
