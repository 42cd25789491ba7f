/**
 * A request and what it is answered with, whatever carries them: the HTTP server of Node.js, API Gateway, `fetch`.
 * Their own classes stay outside, since to make and read them costs more than most calls do.
 */
import type { RequestHeaders } from "#access/authenticator.ts";

export interface IncomingRequest {
  /** In upper case. */
  readonly method: string;
  /** Path and query, from the first slash on. */
  readonly target: string;
  readonly headers: RequestHeaders;
  /** Address of the caller, where it is known. */
  readonly from?: string | undefined;
  /** The body. Read once; rejects with `body-too-large`, without reading on. */
  readonly bytes: (limit: number) => Promise<Uint8Array>;
  /** Aborts when the client goes away. Costs something to ask for. */
  readonly signal: () => AbortSignal;
}

/** An answer as it goes out. */
export interface OutgoingAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | ReadableStream<Uint8Array>;
}

/** Answers every request; never rejects. */
export type AnswerRequest = (request: IncomingRequest) => Promise<OutgoingAnswer>;
