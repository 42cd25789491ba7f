import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import type { HttpRequest } from "./http-request.ts";

/** How far an exchange has come: before `waiting` nothing was sent. */
export type Phase = "connecting" | "waiting" | "reading";

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; several values of one name are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Bytes of the whole body, as it was transferred. */
  readonly size: number;
  /** Whether `body` is only the beginning. */
  readonly isTruncated: boolean;
}

/** Why an exchange gave no response. */
export type Break =
  | { readonly kind: "interrupted" }
  | { readonly kind: "connectTimeout" }
  | { readonly kind: "tooLarge" }
  | { readonly kind: "error"; readonly error: Error };

export type Exchange =
  | { readonly kind: "answered"; readonly response: HttpResponse }
  | { readonly kind: "broken"; readonly phase: Phase; readonly reason: Break };

export interface ExchangeOptions {
  readonly dispatcher: Dispatcher;
  readonly connectTimeoutMs: number;
  readonly bodySizeMax: number;
  /** Whether what goes beyond `bodySizeMax` is counted and dropped, instead of being too large. */
  readonly dropsRest: boolean;
  /** Whether of a response with this status the beginning is enough where the body is too large. */
  readonly mayTruncate: (status: number) => boolean;
  readonly signal: AbortSignal;
  /** Called whenever something arrives. */
  readonly onAlive: () => void;
}

const headersOf = (raw: IncomingHttpHeaders): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (value !== undefined)
      headers[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
  }
  return headers;
};

/** Why a connection is torn down; nobody reads it. */
const givenUp = () => new DOMException("nobody waits for the answer any more", "AbortError");

/** Collects one exchange; undici calls it in the order of the wire. */
class Collector implements Dispatcher.DispatchHandler {
  phase: Phase = "connecting";
  private readonly options: ExchangeOptions;
  private readonly settle: (exchange: Exchange) => void;
  private controller: Dispatcher.DispatchController | undefined;
  private isSettled = false;
  private head: Pick<HttpResponse, "status" | "headers"> | undefined;
  private readonly chunks: Buffer[] = [];
  private size = 0;

  constructor(options: ExchangeOptions, settle: (exchange: Exchange) => void) {
    this.options = options;
    this.settle = settle;
  }

  /** The first outcome counts. What goes on below it is torn down: a connection in use is closed. */
  private finish(exchange: Exchange, goesOn: boolean): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.settle(exchange);
    if (goesOn) this.controller?.abort(givenUp());
  }

  breakOff(reason: Break): void {
    this.finish({ kind: "broken", phase: this.phase, reason }, true);
  }

  private answer(isTruncated: boolean): void {
    if (this.head === undefined) return;
    const { head, size } = this;
    const response = { ...head, body: Buffer.concat(this.chunks), size, isTruncated };
    this.finish({ kind: "answered", response }, isTruncated);
  }

  private overflow(status: number): void {
    if (this.options.mayTruncate(status)) this.answer(true);
    else this.breakOff({ kind: "tooLarge" });
  }

  /** A connection is there; who gave up in the meantime sends nothing. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.isSettled) controller.abort(givenUp());
    this.phase = "waiting";
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    raw: IncomingHttpHeaders,
  ): void {
    this.options.onAlive();
    if (status < 200) return;
    this.phase = "reading";
    this.head = { status, headers: headersOf(raw) };
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.isSettled || this.head === undefined) return;
    this.options.onAlive();
    const { bodySizeMax, dropsRest } = this.options;
    const rest = Math.max(0, bodySizeMax - this.size);
    this.size += chunk.length;
    if (rest > 0) this.chunks.push(chunk.length > rest ? chunk.subarray(0, rest) : chunk);
    if (chunk.length > rest && !dropsRest) this.overflow(this.head.status);
  }

  onResponseEnd(): void {
    this.answer(false);
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    this.finish({ kind: "broken", phase: this.phase, reason: { kind: "error", error } }, false);
  }
}

/**
 * Sends one request and collects its response. Never rejects. It ends at once when `signal` is
 * aborted, also while the connection is still being made: then nothing is sent any more.
 */
export const exchange = (request: HttpRequest, options: ExchangeOptions): Promise<Exchange> =>
  new Promise((resolve) => {
    const interrupt = (): void => collector.breakOff({ kind: "interrupted" });
    const connectTimer = setTimeout(() => {
      if (collector.phase === "connecting") collector.breakOff({ kind: "connectTimeout" });
    }, options.connectTimeoutMs);
    const collector = new Collector(options, (outcome) => {
      clearTimeout(connectTimer);
      options.signal.removeEventListener("abort", interrupt);
      resolve(outcome);
    });
    if (options.signal.aborted) return interrupt();
    options.signal.addEventListener("abort", interrupt);
    options.dispatcher.dispatch(
      {
        origin: request.url.origin,
        path: `${request.url.pathname}${request.url.search}`,
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
      },
      collector,
    );
    return undefined;
  });
