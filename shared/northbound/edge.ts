import type { Context } from "hono";
import type { Audit } from "#access/audit/audit.ts";
import { callAccess } from "#access/call-access.ts";
import { type Json, printJson } from "#core/json.ts";
import { type AdmissionOptions, admission, mustBeAllowed, mustHold } from "./admission.ts";
import type { Cursors } from "./cursor.ts";
import type { Answer, Call, Operation } from "./operation.ts";
import { problemOf } from "./problem.ts";
import { Recording } from "./recording.ts";
import { bodyOf, bytesOf } from "./request-body.ts";
import { requestParts } from "./request-parts.ts";

/** An error that a caller must not see in full, and the request that it ended. */
export interface LogEntry {
  readonly message: string;
  readonly requestId: string;
  readonly operationId?: string;
  readonly error: unknown;
}

/** What every operation is let in by, and what is written down of it. */
export interface EdgeOptions extends AdmissionOptions {
  readonly audit: Audit;
  readonly cursors: Cursors;
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
  const { body, printed, status, headers } = answer;
  const isStream = body instanceof ReadableStream;
  const common = headersOf(isStream ? "text/event-stream" : "application/json", requestId);
  return new Response(isStream ? body : (printed ?? printJson(body as Json)), {
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

const bytesOnce = (raw: Request, limit: number): (() => Promise<Uint8Array>) => {
  let bytes: Promise<Uint8Array> | undefined;
  return () => {
    bytes ??= bytesOf(raw, limit);
    return bytes;
  };
};

/** JSON as the Web has it. */
const restDialect: Dialect = { body: bodyOf, respond, refuse: respondProblem };

/** Makes the handler of an operation. */
export type Edge = (
  operation: Operation,
  dialect?: Dialect,
) => (context: Context) => Promise<Response>;

/**
 * Makes the handlers of operations: each lets the caller in, reads and validates the request, answers. It
 * is one function without middleware, since Hono calls a lone handler without composing anything.
 */
export const edge = (options: EdgeOptions): Edge => {
  const { admit, callerOf } = admission(options);
  const { limits, belongings, cursors, log } = options;

  return (operation, dialect = restDialect) => {
    const { operationId, request: schemas = {} } = operation;
    return async (context: Context): Promise<Response> => {
      const requestId = requestIdOf(context);
      const raw = context.req.raw;
      const record = new Recording(operation, options, { context, requestId });
      try {
        const bytes = bytesOnce(raw, limits.bodyBytesMax);
        const principal = await admit(context, operation, bytes);
        record.principal = principal.id;
        mustHold(operation, principal);
        const call: Call = {
          principal: principal.id,
          access: callAccess(principal, belongings),
          cursors,
          requestId,
          signal: () => raw.signal,
          mustStillBeAllowed: async () => {
            const caller = await callerOf(context, operation, bytes);
            mustHold(operation, caller);
            await mustBeAllowed(operation, { ...call, access: callAccess(caller, belongings) });
          },
          ...(await requestParts(schemas, raw, {
            params: () => context.req.param(),
            body: () => dialect.body(raw, limits, bytes),
          })),
        } as Call;
        record.call = call;
        await mustBeAllowed(operation, call);
        return dialect.respond(await record.answer(call), requestId);
      } catch (error) {
        record.refuse(error);
        return dialect.refuse(error, { requestId, operationId }, log);
      }
    };
  };
};
