import type { AnswerRequest } from "./exchange.ts";

const exposed = "x-request-id, location, etag, retry-after, www-authenticate";
const allowedHeaders =
  "authorization, content-type, x-request-id, last-event-id, holdfast-reason, idempotency-key, if-match, if-none-match, x-amz-date, x-amz-target, x-amz-content-sha256, amz-sdk-invocation-id, amz-sdk-request, x-amz-user-agent";
/** How long a browser may remember, s. */
const maxAge = "600";

const exposedHeaders = { "access-control-expose-headers": exposed };
const preflightHeaders = {
  "access-control-allow-methods": "GET, POST, PUT, DELETE",
  "access-control-allow-headers": allowedHeaders,
  "access-control-max-age": maxAge,
};

/**
 * Lets pages of the given origins call the API from a browser; without any it changes nothing. There are
 * no cookies, so that a page can do only what its user's token can.
 */
export const withOrigins = (answer: AnswerRequest, origins: readonly string[]): AnswerRequest => {
  if (origins.length === 0) return answer;
  return async (request) => {
    const origin = request.headers.get("origin") ?? "";
    const isAllowed = origins.includes(origin);
    const isPreflight =
      request.method === "OPTIONS" && request.headers.has("access-control-request-method");
    const { status, headers, body } =
      isPreflight && isAllowed ? { status: 204, headers: {}, body: "" } : await answer(request);
    return {
      status,
      body,
      headers: {
        ...headers,
        // What is kept for one origin must not be given to another.
        vary: "origin",
        ...(isAllowed && { "access-control-allow-origin": origin }),
        ...(isAllowed && (isPreflight ? preflightHeaders : exposedHeaders)),
      },
    };
  };
};
