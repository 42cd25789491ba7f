import { STATUS_CODES } from "node:http";
import type { Dispatcher } from "undici";
import { type ActivityContext, ActivityError } from "../adapter.ts";
import { exchange, type HttpResponse } from "./exchange.ts";
import { failureOf, timeoutFailure } from "./http-failures.ts";
import type { HttpLimits, HttpParameters } from "./http-manifest.ts";
import { describe, type HttpRequest, isRedirect, redirected } from "./http-request.ts";

/** Characters of the body that the cause of a failed status quotes. */
const excerptLengthMax = 500;

/** Time between two heartbeats: half of the shortest HeartbeatSeconds. Each costs a write to the log. */
const heartbeatEveryMs = 500;

/** One call of an activity. */
export interface Call {
  readonly parameters: HttpParameters;
  readonly limits: HttpLimits;
  readonly dispatcher: Dispatcher;
  readonly context: ActivityContext;
  /** Aborted when `timeoutSeconds` are over or the activity is. */
  readonly signal: AbortSignal;
  /** Of which answers the beginning is enough; absent: of those that are failures. */
  readonly mayTruncate?: (status: number) => boolean;
}

/** Whether an answer of this status is a failure. */
export const failsOn = (call: Call, status: number): boolean =>
  status >= 400 && call.parameters.failOnStatus !== false;

/** Bytes of a body that are taken. */
export const sizeMaxOf = ({ parameters, limits }: Call): number =>
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
    mayTruncate: call.mayTruncate ?? ((status) => failsOn(call, status)),
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
export const follow = async (
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

/** The failure of an answer with such a status. */
export const statusFailure = (request: HttpRequest, response: HttpResponse): ActivityError => {
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

/** Runs `work` with a signal that is aborted after `timeoutMs`, or when the activity is. */
export const withDeadline = async <T>(
  context: ActivityContext,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
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
