type Fetch = (request: Request, env: object) => Response | Promise<Response>;

const exposed = "x-request-id, location, etag, retry-after, www-authenticate";
const allowedHeaders =
  "authorization, content-type, x-request-id, last-event-id, holdfast-reason, idempotency-key, if-match, if-none-match, x-amz-date, x-amz-target, x-amz-content-sha256, amz-sdk-invocation-id, amz-sdk-request, x-amz-user-agent";
/** How long a browser may remember, s. */
const maxAge = "600";

/**
 * Lets pages of the given origins call the API from a browser; without any it changes nothing. There are
 * no cookies, so that a page can do only what its user's token can.
 */
export const withOrigins = (fetch: Fetch, origins: readonly string[]): Fetch => {
  if (origins.length === 0) return fetch;
  return async (request, env) => {
    const origin = request.headers.get("origin") ?? "";
    const isAllowed = origins.includes(origin);
    const method = request.headers.get("access-control-request-method");
    const isPreflight = request.method === "OPTIONS" && method !== null;
    const response =
      isPreflight && isAllowed ? new Response(null, { status: 204 }) : await fetch(request, env);
    // What is kept for one origin must not be given to another.
    response.headers.append("vary", "origin");
    if (!isAllowed) return response;
    response.headers.set("access-control-allow-origin", origin);
    if (!isPreflight) response.headers.set("access-control-expose-headers", exposed);
    else {
      response.headers.set("access-control-allow-methods", "GET, POST, PUT, DELETE");
      response.headers.set("access-control-allow-headers", allowedHeaders);
      response.headers.set("access-control-max-age", maxAge);
    }
    return response;
  };
};
