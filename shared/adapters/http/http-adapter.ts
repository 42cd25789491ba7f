import { lookup as systemLookup } from "node:dns";
import { STATUS_CODES } from "node:http";
import type { LookupFunction } from "node:net";
import { getCACertificates } from "node:tls";
import { Agent, type Dispatcher } from "undici";
import { withPlainFields } from "#core/exact-json/plain-json.ts";
import type { Json } from "#core/json.ts";
import { type ActivityContext, ActivityError, type Adapter } from "../adapter.ts";
import { addressGuard, guardedConnector } from "./address-guard.ts";
import { exchange, type HttpResponse } from "./exchange.ts";
import { failureOf, timeoutFailure } from "./http-failures.ts";
import { type HttpLimits, type HttpParameters, httpManifest } from "./http-manifest.ts";
import { describe, type HttpRequest, isRedirect, redirected, requestOf } from "./http-request.ts";
import { decompressed, readableBody } from "./response-body.ts";

/** Connections to one origin at a time; more requests wait for one, as part of connecting. */
const connectionsPerOriginMax = 128;

/** Bytes of the headers of a response. */
const headerSizeMax = 16_384;

/** Characters of the body that the cause of a failed status quotes. */
const excerptLengthMax = 500;

/** Of a request that takes longer than a Lambda may live nobody would learn the result. */
const limitsDefault: HttpLimits = {
  timeoutSecondsDefault: 30,
  timeoutSecondsMax: 900,
  connectTimeoutSecondsDefault: 10,
  connectTimeoutSecondsMax: 60,
  redirectCountMax: 10,
  responseSizeDefault: 1_048_576,
  responseSizeMax: 16_777_216,
};

/** Time between two heartbeats: half of the shortest HeartbeatSeconds. Each costs a write to the log. */
const heartbeatEveryMs = 500;

/** The body is the user's, down to how its numbers are written. */
const isData = (field: string): boolean => field === "json";

interface Call {
  readonly parameters: HttpParameters;
  readonly limits: HttpLimits;
  readonly dispatcher: Dispatcher;
  readonly context: ActivityContext;
  /** Aborted when `timeoutSeconds` are over or the activity is. */
  readonly signal: AbortSignal;
}

const failsOn = (call: Call, status: number): boolean =>
  status >= 400 && call.parameters.failOnStatus !== false;

const sizeMaxOf = ({ parameters, limits }: Call): number =>
  parameters.discardBody === true
    ? excerptLengthMax
    : (parameters.maxResponseBytes ?? limits.responseSizeDefault);

/** Beats for what arrives, seldom enough; a request that is quickly over does not beat at all. */
const pulse = (heartbeat: () => void): (() => void) => {
  let beatAt = performance.now();
  return () => {
    const now = performance.now();
    if (now - beatAt < heartbeatEveryMs) return;
    beatAt = now;
    heartbeat();
  };
};

const send = async (call: Call, request: HttpRequest): Promise<HttpResponse> => {
  const { parameters, limits, context } = call;
  const bodySizeMax = sizeMaxOf(call);
  const connectTimeoutMs =
    1000 * (parameters.connectTimeoutSeconds ?? limits.connectTimeoutSecondsDefault);
  const outcome = await exchange(request, {
    dispatcher: call.dispatcher,
    connectTimeoutMs,
    bodySizeMax,
    dropsRest: parameters.discardBody === true,
    mayTruncate: (status) => failsOn(call, status),
    signal: call.signal,
    onAlive: pulse(context.heartbeat),
  });
  if (outcome.kind === "answered") return outcome.response;
  const { phase, reason } = outcome;
  const where = describe(request);
  if (reason.kind === "interrupted" && !context.signal.aborted) {
    const timeoutSeconds = parameters.timeoutSeconds ?? limits.timeoutSecondsDefault;
    throw timeoutFailure({ where, phase }, timeoutSeconds);
  }
  throw failureOf(reason, { where, phase, bodySizeMax, connectTimeoutMs });
};

/** Sends the request and follows redirects as far as the parameters say. */
const follow = async (
  call: Call,
  first: HttpRequest,
): Promise<{ request: HttpRequest; response: HttpResponse }> => {
  const redirectCountMax = call.parameters.followRedirects ?? 0;
  let request = first;
  for (let count = 0; ; count += 1) {
    const response = await send(call, request);
    if (redirectCountMax === 0 || !isRedirect(response)) return { request, response };
    if (count === redirectCountMax)
      throw new ActivityError(
        "Http.TooManyRedirects",
        `${describe(first)} was redirected more than ${redirectCountMax} times, at last by ${describe(request)}`,
      );
    request = redirected(request, response);
  }
};

const statusFailure = (request: HttpRequest, response: HttpResponse): ActivityError => {
  const text = response.headers["content-encoding"] === undefined ? response.body.toString() : "";
  const excerpt = text
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .slice(0, excerptLengthMax);
  const status = `${response.status} ${STATUS_CODES[response.status] ?? ""}`.trim();
  return new ActivityError(
    `States.Http.StatusCode.${response.status}`,
    `${describe(request)} answered ${status}${excerpt === "" ? "" : `: ${excerpt}`}`,
  );
};

const answer = async (call: Call): Promise<Json> => {
  const startedAt = performance.now();
  const { request, response } = await follow(
    call,
    requestOf(call.parameters, call.context.idempotencyKey),
  );
  const latencyMs = Math.round((performance.now() - startedAt) * 10) / 10;
  if (failsOn(call, response.status)) throw statusFailure(request, response);
  const where = describe(request);
  const { status, headers, size } = response;
  if (call.parameters.discardBody === true)
    return { status, headers, body: null, bodyBytes: size, latencyMs, url: request.url.href };
  const body = await decompressed(response, { where, sizeMax: sizeMaxOf(call) });
  const readable = readableBody(body, headers["content-type"] ?? "", where);
  return { status, headers, ...readable, latencyMs, url: request.url.href };
};

/** Runs `work` with a signal that is aborted after `timeoutMs`, or when the activity is. */
const withDeadline = async (
  context: ActivityContext,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<Json>,
): Promise<Json> => {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const timer = setTimeout(abort, timeoutMs);
  context.signal.addEventListener("abort", abort);
  if (context.signal.aborted) abort();
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    context.signal.removeEventListener("abort", abort);
  }
};

export interface HttpAdapterOptions {
  /** More addresses that may not be called: CIDR ranges, or `loopback`, `private`. */
  readonly refuse?: readonly string[];
  /** Certificates (PEM) that are trusted beside the usual ones; there is no way to trust none or any. */
  readonly ca?: readonly string[];
  /** Finds the addresses of a name; the system's resolver by default. */
  readonly lookup?: LookupFunction;
  readonly limits?: Partial<HttpLimits>;
}

/** Calls HTTP endpoints: `holdfast:http:request`. `close` ends its connections and what still uses them. */
export const httpAdapter = (
  options: HttpAdapterOptions = {},
): Adapter & { readonly close: () => Promise<void> } => {
  const limits = { ...limitsDefault, ...options.limits };
  const ca = options.ca && [...getCACertificates("default"), ...options.ca];
  const dispatcher = new Agent({
    connect: guardedConnector({
      isRefused: addressGuard(options.refuse ?? []),
      lookup: options.lookup ?? systemLookup,
      ca,
      timeoutMs: 1000 * limits.connectTimeoutSecondsMax,
    }),
    connections: connectionsPerOriginMax,
    maxHeaderSize: headerSizeMax,
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
  });
  const run = (json: Json, context: ActivityContext): Promise<Json> => {
    const parameters = withPlainFields(json, isData) as unknown as HttpParameters;
    const timeoutMs = 1000 * (parameters.timeoutSeconds ?? limits.timeoutSecondsDefault);
    return withDeadline(context, timeoutMs, (signal) =>
      answer({ parameters, limits, dispatcher, context, signal }),
    );
  };
  return {
    name: "http",
    description: "Calls HTTP endpoints.",
    activities: { request: { ...httpManifest(limits), run } },
    close: () => dispatcher.destroy(),
  };
};
