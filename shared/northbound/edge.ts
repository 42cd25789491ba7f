import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Authenticate, Refusal } from "#access/authenticator.ts";
import { type Belongings, callAccess, forbidden } from "#access/call-access.ts";
import { anonymous, type Principal } from "#access/principal.ts";
import { ExactNumber } from "#core/exact-json/exact-number.ts";
import { withPlainFields } from "#core/exact-json/plain-json.ts";
import { type Json, printJson } from "#core/json.ts";
import { invalidRequest, type RequestProblem } from "./invalid-request.ts";
import type { Limits } from "./limits.ts";
import type { Answer, Call, Operation } from "./operation.ts";
import { HttpProblem, problemOf } from "./problem.ts";
import { bodyOf, bytesOf } from "./request-body.ts";

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
  /** Tells whose objects are, for one call. */
  readonly belongings: () => Belongings;
  /** Says where a token is found, for people who have none. */
  readonly tokenHint: string;
  readonly limits: Limits;
  readonly log: (entry: LogEntry) => void;
}

/** How requests are read and answered, beyond who may do what. */
export interface Dialect {
  readonly body: typeof bodyOf;
  readonly respond: (answer: Answer, requestId: string) => Response;
  readonly refuse: typeof respondProblem;
}

const requestIdPattern = /^[A-Za-z0-9._:-]{1,128}$/;

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

const unauthorized = ({ refused, detail }: Refusal, tokenHint: string): HttpProblem => {
  if (refused === "throttled") {
    return new HttpProblem("too-many-calls", detail, { headers: { "retry-after": "1" } });
  }
  // The AWS protocol has a name for each.
  const details = { refused };
  const challenge = refused === "missing" ? "" : ', error="invalid_token"';
  return new HttpProblem("unauthorized", detail, {
    action: `Send the header Authorization: Bearer <token>. ${tokenHint}`,
    details,
    headers: { "www-authenticate": `Bearer realm="holdfast"${challenge}` },
  });
};

const bytesOnce = (raw: Request, limit: number): (() => Promise<Uint8Array>) => {
  let bytes: Promise<Uint8Array> | undefined;
  return () => {
    bytes ??= bytesOf(raw, limit);
    return bytes;
  };
};

const principalFor = async (
  { method, url, headers }: Request,
  bytes: () => Promise<Uint8Array>,
  options: EdgeOptions,
): Promise<Principal> => {
  const found = await options.authenticate({ method, url, headers, bytes });
  if ("refused" in found) throw unauthorized(found, options.tokenHint);
  return found;
};

/** Throws unless the caller may do this to any object at all: neither body nor object is looked at for that. */
const mustHold = ({ needs }: Operation, principal: Principal): void => {
  if (typeof needs === "string" || principal.permissions.holds(needs.action)) return;
  throw forbidden(principal, needs.action);
};

const mustBeAllowed = async ({ needs }: Operation, call: Call): Promise<void> => {
  if (typeof needs === "string" || needs.object === "each") return;
  const { action, object, hidden } = needs;
  if (object === "environment") return call.access.demand(action, { kind: "environment" });
  // Of every object: which one it is need not be known.
  if (call.access.holdsAll(action)) return;
  await call.access.demand(action, object(call), hidden && (() => hidden(call)));
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

/** JSON as the Web has it. */
export const restDialect: Dialect = { body: bodyOf, respond, refuse: respondProblem };

/**
 * The handler of an operation: lets the caller in, reads and validates the request, answers. It is one
 * function without middleware, since Hono calls a lone handler without composing anything.
 */
export const edge = (
  operation: Operation,
  options: EdgeOptions,
  dialect: Dialect = restDialect,
) => {
  const { needs, request: schemas = {} } = operation;
  const read = async (context: Context, requestId: string): Promise<Call> => {
    const raw = context.req.raw;
    const bytes = bytesOnce(raw, options.limits.bodyBytesMax);
    const principal = needs === "nobody" ? anonymous : await principalFor(raw, bytes, options);
    mustHold(operation, principal);
    return {
      principal: principal.id,
      access: callAccess(principal, options.belongings()),
      requestId,
      params: validated(schemas.params, "path", schemas.params && context.req.param()),
      query: validated(schemas.query ?? nothing, "query", queryOf(raw.url)),
      headers: validated(schemas.headers, "header", headerFields(schemas.headers, raw.headers)),
      body: validated(
        schemas.body,
        "body",
        schemas.body && plainBody(schemas.body, await dialect.body(raw, options.limits, bytes)),
      ),
      signal: () => raw.signal,
    } as Call;
  };
  return async (context: Context): Promise<Response> => {
    const requestId = requestIdOf(context);
    try {
      const call = await read(context, requestId);
      await mustBeAllowed(operation, call);
      return dialect.respond(await operation.answer(call), requestId);
    } catch (error) {
      const { operationId } = operation;
      return dialect.refuse(error, { requestId, operationId }, options.log);
    }
  };
};
