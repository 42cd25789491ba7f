import { OrchestratorError } from "#core/errors.ts";
import { isJsonObject, type Json, parseJson, printJson } from "#core/json.ts";
import type { Dialect } from "../edge.ts";
import { HttpProblem, type ProblemCode, problemOf } from "../problem.ts";
import { bytesAsText, mustNotBeDeeper } from "../request-body.ts";
import { ServiceFault } from "./service-fault.ts";

const mediaType = "application/x-amz-json-1.0";

/** The service's name for what the rest of Holdfast calls otherwise, and the HTTP status if it is not 400. */
const types: Readonly<Partial<Record<ProblemCode, readonly [type: string, status?: number]>>> = {
  "process-not-found": ["StateMachineDoesNotExist"],
  "process-invalid": ["InvalidDefinition"],
  "document-unreadable": ["InvalidDefinition"],
  "execution-not-found": ["ExecutionDoesNotExist"],
  "execution-name-taken": ["ExecutionAlreadyExists"],
  "execution-name-invalid": ["InvalidName"],
  "execution-not-redrivable": ["ExecutionNotRedrivable"],
  "input-invalid": ["InvalidExecutionInput"],
  "input-too-large": ["InvalidExecutionInput"],
  "task-token-invalid": ["InvalidToken"],
  "task-not-found": ["TaskDoesNotExist"],
  "task-not-waiting": ["TaskTimedOut"],
  "version-conflict": ["ConflictException"],
  "version-in-use": ["ConflictException"],
  forbidden: ["AccessDeniedException"],
  "too-many-calls": ["ThrottlingException"],
  "body-too-large": ["RequestEntityTooLargeException", 413],
  "media-type-unsupported": ["SerializationException"],
  "storage-unavailable": ["ServiceUnavailable", 503],
  "storage-full": ["ServiceUnavailable", 503],
  "environment-key-unavailable": ["ServiceUnavailable", 503],
  "server-stopping": ["ServiceUnavailable", 503],
  "behaviour-unknown": ["ServiceUnavailable", 503],
  "internal-error": ["InternalFailure", 500],
};

const isNamed = (error: unknown): error is OrchestratorError | HttpProblem =>
  error instanceof OrchestratorError || error instanceof HttpProblem;

/** Credentials that are missing, wrong or old have names of their own, by which clients correct their clocks. */
const refusalType = ({ details }: HttpProblem | OrchestratorError): [string, number] => {
  switch (details["refused"]) {
    case "missing":
      return ["MissingAuthenticationTokenException", 403];
    case "skewed":
      return ["InvalidSignatureException", 403];
    case "expired":
      return ["ExpiredTokenException", 403];
    default:
      return ["UnrecognizedClientException", 403];
  }
};

const typeOf = (error: unknown): readonly [type: string, status?: number] => {
  if (error instanceof ServiceFault) return [error.type];
  if (!isNamed(error)) return ["InternalFailure", 500];
  if (error.code === "unauthorized") return refusalType(error);
  const known = types[error.code];
  if (known !== undefined) return known;
  const { status } = problemOf(error, "");
  return status >= 500 ? ["InternalFailure", 500] : ["ValidationException"];
};

const headersOf = (requestId: string) => ({
  "content-type": mediaType,
  "x-amzn-requestid": requestId,
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  // By it clients whose clock is wrong find out how late it is.
  date: new Date().toUTCString(),
});

const messageOf = (error: unknown): string => {
  if (!isNamed(error)) return "An unexpected error ended the request.";
  const { action } = error;
  return action === undefined ? error.message : `${error.message} (${action})`;
};

/** The AWS JSON protocol 1.0, as Step Functions speaks it. */
export const awsJson: Dialect = {
  body: async ({ headers }, limits, bytes) => {
    if (headers.has("content-encoding"))
      throw new ServiceFault("SerializationException", "The body must not be compressed.");
    const text = bytesAsText(await bytes());
    const value = text === "" ? {} : jsonOf(text);
    if (!isJsonObject(value))
      throw new ServiceFault("SerializationException", "The body is not a JSON object.");
    mustNotBeDeeper(value, limits);
    return value;
  },

  respond: ({ status, body }, requestId) => ({
    status,
    headers: headersOf(requestId),
    body: printJson(body as Json),
  }),

  refuse: (error, request, log) => {
    const [type, status = 400] = typeOf(error);
    if (status >= 500) log({ message: "a request ended in an error", ...request, error });
    const headers = error instanceof HttpProblem ? error.headers : {};
    return {
      status,
      headers: { ...headers, ...headersOf(request.requestId) },
      body: printJson({ __type: type, message: messageOf(error) }),
    };
  },
};

const notJson = (cause: unknown): ServiceFault =>
  new ServiceFault("SerializationException", "The body is not JSON.", { cause });

const jsonOf = (text: string): Json => {
  try {
    return parseJson(text);
  } catch (cause) {
    throw notJson(cause);
  }
};
