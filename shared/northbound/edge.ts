import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { ExactNumber } from "#core/exact-json/exact-number.ts";
import { withPlainFields } from "#core/exact-json/plain-json.ts";
import { type Json, printJson } from "#core/json.ts";
import type { Authenticate } from "./bearer-tokens.ts";
import { invalidRequest, type RequestProblem } from "./invalid-request.ts";
import type { Limits } from "./limits.ts";
import type { Answer, Call, Operation } from "./operation.ts";
import { HttpProblem, problemOf } from "./problem.ts";
import { bodyOf } from "./request-body.ts";

/** An error that a caller must not see in full, and the request that it ended. */
export interface LogEntry {
  readonly message: string;
  readonly requestId: string;
  readonly operationId?: string;
  readonly error: unknown;
}

/** What every operation is let in by. */
export interface EdgeOptions {
  readonly authenticate: Authenticate;
  /** Says where a token is found, for people who have none. */
  readonly tokenHint: string;
  readonly limits: Limits;
  readonly log: (entry: LogEntry) => void;
}

const requestIdPattern = /^[A-Za-z0-9._:-]{1,128}$/;
const bearerPattern = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i;

/** The caller's `x-request-id` where it is harmless, else a new one. */
export const requestIdOf = (context: Context): string => {
  const given = context.req.raw.headers.get("x-request-id");
  return given !== null && requestIdPattern.test(given) ? given : crypto.randomUUID();
};

const headersOf = (mediaType: string, requestId: string) => ({
  "content-type": mediaType,
  "x-request-id": requestId,
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
});

/** The answer as a response, with the headers that every response has. */
export const respond = (answer: Answer, requestId: string): Response => {
  const { body, status, headers } = answer;
  const isStream = body instanceof ReadableStream;
  const common = headersOf(isStream ? "text/event-stream" : "application/json", requestId);
  return new Response(isStream ? body : printJson(body as Json), {
    status,
    headers: headers === undefined ? common : { ...common, ...headers },
  });
};

/** The error as a problem document; what the caller is not told is logged. */
export const respondProblem = (
  error: unknown,
  request: { readonly requestId: string; readonly operationId?: string },
  log: EdgeOptions["log"],
): Response => {
  const problem = problemOf(error, request.requestId);
  if (problem.status >= 500) log({ message: "a request ended in an error", ...request, error });
  return new Response(printJson(problem.body as Json), {
    status: problem.status,
    headers: {
      ...headersOf("application/problem+json", request.requestId),
      ...problem.headers,
    },
  });
};

const principalOf = (context: Context, options: EdgeOptions): string => {
  const header = context.req.raw.headers.get("authorization");
  const token = header === null ? undefined : bearerPattern.exec(header)?.[1];
  const known = token === undefined ? undefined : options.authenticate(token);
  if (known !== undefined) return known.principal;
  const detail = header === null ? "The request has no access token." : "The token is not valid.";
  const challenge = header === null ? "" : ', error="invalid_token"';
  throw new HttpProblem("unauthorized", detail, {
    action: `Send the header Authorization: Bearer <token>. ${options.tokenHint}`,
    headers: { "www-authenticate": `Bearer realm="holdfast"${challenge}` },
  });
};

const validated = (
  schema: z.ZodObject | undefined,
  part: RequestProblem["in"],
  value: unknown,
): unknown => {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value);
  if (!result.success) throw invalidRequest(part, result.error.issues, schema);
  return result.data;
};

/** A number such as `2.0` in a field of the API is a plain one; in one that takes any JSON it stays as it is. */
const plainBody = (schema: z.ZodObject, body: Json): Json =>
  withPlainFields(body, (name) => schema.shape[name]?.safeParse(exactSample).success === true);

const exactSample = new ExactNumber("1.0");

const nothing = z.strictObject({});
const noFields: Readonly<Record<string, string>> = {};

const queryOf = (url: string): Readonly<Record<string, string>> => {
  if (!url.includes("?")) return noFields;
  const fields: Record<string, string> = Object.create(null);
  for (const [name, value] of new URL(url).searchParams) {
    if (name in fields) {
      throw new HttpProblem("request-invalid", `The query says ${name} more than once.`);
    }
    fields[name] = value;
  }
  return fields;
};

const headerFields = (schema: z.ZodObject | undefined, headers: Headers) =>
  schema &&
  Object.fromEntries(
    Object.keys(schema.shape).flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );

/**
 * The handler of an operation: lets the caller in, reads and validates the request, answers. It is one
 * function without middleware, since Hono calls a lone handler without composing anything.
 */
export const edge = (operation: Operation, options: EdgeOptions) => {
  const { isPublic = false, request: schemas = {} } = operation;
  const read = async (context: Context, requestId: string): Promise<Call> => {
    const principal = isPublic ? "anonymous" : principalOf(context, options);
    const raw = context.req.raw;
    return {
      principal,
      requestId,
      params: validated(schemas.params, "path", schemas.params && context.req.param()),
      query: validated(schemas.query ?? nothing, "query", queryOf(raw.url)),
      headers: validated(schemas.headers, "header", headerFields(schemas.headers, raw.headers)),
      body: validated(
        schemas.body,
        "body",
        schemas.body && plainBody(schemas.body, await bodyOf(raw, options.limits)),
      ),
      signal: () => raw.signal,
    } as Call;
  };
  return async (context: Context): Promise<Response> => {
    const requestId = requestIdOf(context);
    try {
      return respond(await operation.answer(await read(context, requestId)), requestId);
    } catch (error) {
      const { operationId } = operation;
      return respondProblem(error, { requestId, operationId }, options.log);
    }
  };
};
