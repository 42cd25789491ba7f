import type { Audit } from "#access/audit/audit.ts";
import { callAccess } from "#access/call-access.ts";
import { type Json, printJson } from "#core/json.ts";
import { type AdmissionOptions, admission, mustBeAllowed, mustHold } from "./admission.ts";
import type { Cursors } from "./cursor.ts";
import type { IncomingRequest, OutgoingAnswer } from "./exchange.ts";
import type { Answer, Call, Operation } from "./operation.ts";
import { problemOf } from "./problem.ts";
import { Recording } from "./recording.ts";
import { bodyOf } from "./request-body.ts";
import { bodyPart, requestParts } from "./request-parts.ts";

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
  readonly respond: (answer: Answer, requestId: string) => OutgoingAnswer;
  readonly refuse: typeof respondProblem;
}

const requestIdPattern = /^[A-Za-z0-9._:-]{1,128}$/;

/** The caller's `x-request-id` where it is harmless, else a new one. */
export const requestIdOf = ({ headers }: IncomingRequest): string => {
  const given = headers.get("x-request-id");
  return given !== null && requestIdPattern.test(given) ? given : crypto.randomUUID();
};

const headersOf = (mediaType: string, requestId: string) => ({
  "content-type": mediaType,
  "x-request-id": requestId,
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
});

/** The answer with the headers that every answer has. */
export const respond = (answer: Answer, requestId: string): OutgoingAnswer => {
  const { body, printed, status, headers } = answer;
  const isStream = body instanceof ReadableStream;
  const common = headersOf(isStream ? "text/event-stream" : "application/json", requestId);
  return {
    status,
    headers: headers === undefined ? common : { ...common, ...headers },
    body: isStream ? body : (printed ?? printJson(body as Json)),
  };
};

/** The error as a problem document; what the caller is not told is logged. */
export const respondProblem = (
  error: unknown,
  request: { readonly requestId: string; readonly operationId?: string },
  log: EdgeOptions["log"],
): OutgoingAnswer => {
  const problem = problemOf(error, request.requestId);
  if (problem.status >= 500) log({ message: "a request ended in an error", ...request, error });
  return {
    status: problem.status,
    headers: {
      ...headersOf("application/problem+json", request.requestId),
      ...problem.headers,
    },
    body: printJson(problem.body as Json),
  };
};

const bytesOnce = (request: IncomingRequest, limit: number): (() => Promise<Uint8Array>) => {
  let bytes: Promise<Uint8Array> | undefined;
  return () => {
    bytes ??= request.bytes(limit);
    return bytes;
  };
};

/** JSON as the Web has it. */
const restDialect: Dialect = { body: bodyOf, respond, refuse: respondProblem };

/** Answers a request for one operation; `params` are what its path names. */
export type Handler = (
  request: IncomingRequest,
  params: Readonly<Record<string, string>>,
) => Promise<OutgoingAnswer>;

/** Makes the handler of an operation. */
export type Edge = (operation: Operation, dialect?: Dialect) => Handler;

/** Makes the handlers of operations: each lets the caller in, reads and validates the request, answers. */
export const edge = (options: EdgeOptions): Edge => {
  const { admit, callerOf } = admission(options);
  const { audit, limits, belongings, cursors, log } = options;

  return (operation, dialect = restDialect) => {
    const { operationId, request: schemas = {} } = operation;
    return async (request, params) => {
      const requestId = requestIdOf(request);
      const record = new Recording(operation, audit, { request, params, requestId });
      try {
        const bytes = bytesOnce(request, limits.bodyBytesMax);
        const admitted = admit(request, operation, bytes);
        // What need not be waited for is not: most calls wait for nothing until here.
        const principal = admitted instanceof Promise ? await admitted : admitted;
        record.principal = principal.id;
        mustHold(operation, principal);
        const call: Call = {
          principal: principal.id,
          access: callAccess(principal, belongings),
          cursors,
          requestId,
          signal: request.signal,
          mustStillBeAllowed: async () => {
            const caller = await callerOf(request, operation, bytes);
            mustHold(operation, caller);
            await mustBeAllowed(operation, { ...call, access: callAccess(caller, belongings) });
          },
          ...requestParts(schemas, request, params),
          body: schemas.body && bodyPart(schemas.body, await dialect.body(request, limits, bytes)),
        } as Call;
        record.call = call;
        const allowed = mustBeAllowed(operation, call);
        if (allowed !== undefined) await allowed;
        return dialect.respond(await record.answer(call), requestId);
      } catch (error) {
        record.refuse(error);
        return dialect.refuse(error, { requestId, operationId }, log);
      }
    };
  };
};
