import { type ErrorCode, OrchestratorError } from "#core/errors.ts";

/** Codes of problem documents: those of every error, and what only HTTP knows. */
export type ProblemCode =
  | ErrorCode
  | "method-not-allowed"
  | "media-type-unsupported"
  | "precondition-failed"
  | "alias-not-found"
  | "activity-not-found"
  | "idempotency-key-reused"
  | "answer-too-large"
  | "internal-error";

interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** What to do where the error itself does not say. */
  readonly action: string;
}

const kind = (status: number, title: string, action: string): ProblemKind => ({
  status,
  title,
  action,
});

const operator = "Tell the operator of the environment; the server's log has the request id.";
const later = "Send the same request again in a moment.";

/** The one table from code to HTTP status. */
export const problemKinds: Readonly<Record<ProblemCode, ProblemKind>> = {
  "request-invalid": kind(400, "The request is not valid", "Correct what is named and send again."),
  unauthorized: kind(401, "A valid access token is needed", "Send Authorization: Bearer <token>."),
  forbidden: kind(
    403,
    "This is not allowed to you",
    "Ask an administrator of the environment for a role that allows it.",
  ),
  "too-many-calls": kind(429, "There are too many calls", "Send fewer; wait as Retry-After says."),
  "access-key-not-found": kind(
    404,
    "There is no such access key",
    "List the access keys to find its id.",
  ),
  "access-key-name-taken": kind(
    409,
    "The name of the access key is taken",
    "Use another name; to get a new secret under this one, rotate the key.",
  ),
  "assignment-not-found": kind(
    404,
    "There is no such assignment",
    "List the assignments to find its id.",
  ),
  "too-many-assignments": kind(
    409,
    "There are too many assignments",
    "Assign roles to groups rather than to people, and remove what is not needed.",
  ),
  "issuer-not-found": kind(404, "There is no such issuer", "List the issuers to find its name."),
  "issuer-invalid": kind(
    422,
    "The issuer cannot be used",
    "Check its URL, and that this environment reaches it.",
  ),
  "issuer-unavailable": kind(503, "The issuer does not answer", later),
  "seal-invalid": kind(500, "A sealed value cannot be opened", operator),
  "environment-key-unavailable": kind(503, "The key of the environment cannot be used", operator),
  "not-found": kind(404, "There is nothing at this path", "See /openapi.json for what there is."),
  "process-not-found": kind(
    404,
    "There is no such process",
    "Deploy it first, or list the processes to find its name.",
  ),
  "alias-not-found": kind(
    404,
    "There is no such alias",
    "List the aliases of the process to find its name.",
  ),
  "activity-not-found": kind(
    404,
    "Nobody announced such an activity",
    "List the activities to find its name, or announce it.",
  ),
  "execution-not-found": kind(
    404,
    "There is no such execution",
    "List the executions to find its id.",
  ),
  "alert-not-found": kind(404, "There is no such alert", "List the alerts to find its id."),
  "server-not-found": kind(404, "There is no such server", "List the servers to find its name."),
  "drain-not-found": kind(404, "There is no such drain", "List the drains to see which there are."),
  "too-many-drains": kind(409, "There are too many drains", "Resume what need not be drained."),
  "execution-not-set-aside": kind(
    409,
    "The execution is not set aside",
    "Nothing is to be done: it goes on by itself.",
  ),
  "method-not-allowed": kind(405, "The method does not apply here", "Use a method named in Allow."),
  "execution-name-taken": kind(
    409,
    "The execution name is taken",
    "Use another name, or the same input to get the execution that is there.",
  ),
  "execution-ended": kind(409, "The execution has ended", "Nothing is left to do."),
  "signal-invalid": kind(
    422,
    "The signal is not valid",
    "Use 1 to 80 of A-Z a-z 0-9 . _ - as a name, and at most 128 characters as an id.",
  ),
  "too-many-signals": kind(
    409,
    "The execution has too many signals that it waits for not yet",
    "Send the same signal again when it has taken some.",
  ),
  "execution-not-redrivable": kind(
    409,
    "The execution cannot be redriven",
    "Start a new execution.",
  ),
  "activity-not-asking": kind(
    409,
    "Nobody is asked about the activity (any more)",
    "Show the execution: it lists its open questions.",
  ),
  "execution-not-restartable": kind(
    409,
    "The execution cannot be restarted from there",
    "Choose a state that it has entered, or start a new execution.",
  ),
  "start-point-not-found": kind(
    422,
    "The process has no such start point",
    "Choose a state that says StartPoint in its Orchestration field.",
  ),
  "task-token-invalid": kind(
    400,
    "This is not a task token",
    "Send the token as it was given, complete and unchanged.",
  ),
  "task-not-found": kind(
    404,
    "There is no such task",
    "Send the token to the environment that gave it.",
  ),
  "task-not-waiting": kind(409, "Nobody waits for the task any more", "Nothing is left to do."),
  "checkpoint-too-large": kind(
    413,
    "The checkpoint is too large",
    "Keep the data elsewhere, and send where it is.",
  ),
  "version-conflict": kind(
    409,
    "Somebody else changed it meanwhile",
    "Read it again, then decide.",
  ),
  "version-in-use": kind(
    409,
    "The version is still needed",
    "Let aliases lead to another version, deploy another one, or remove the process.",
  ),
  "precondition-failed": kind(
    412,
    "It is not as you take it for",
    "Read it again, then decide; its ETag is in the answer.",
  ),
  "idempotency-key-reused": kind(
    422,
    "The idempotency key was used for something else",
    "Use a key of its own for each call, or repeat the first one unchanged.",
  ),
  "body-too-large": kind(
    413,
    "The body is too large",
    "Send less: pass the path or URL of large data instead of the data; split a large process.",
  ),
  "answer-too-large": kind(
    422,
    "The answer is too large",
    "Ask for less at once; where one value is so large, let processes pass on where it lies instead.",
  ),
  "input-too-large": kind(413, "The input is too large", "Send less, or pass a reference to it."),
  "media-type-unsupported": kind(
    415,
    "The body is not JSON",
    "Send JSON in UTF-8, uncompressed, with Content-Type: application/json.",
  ),
  "process-invalid": kind(
    422,
    "The process is not valid",
    "Correct the places of the document that diagnostics names, and deploy it again.",
  ),
  "document-unreadable": kind(422, "The document cannot be read", "Send YAML or JSON text."),
  "input-invalid": kind(
    422,
    "The input does not fit the process",
    "Change the fields of the input that are named; the inputSchema of the process says what fits.",
  ),
  "execution-name-invalid": kind(
    422,
    "The execution name is not valid",
    "Use 1 to 80 of A-Z a-z 0-9 - _ as a name, or none.",
  ),
  "internal-error": kind(500, "Something is wrong in Holdfast", operator),
  "data-directory-in-use": kind(500, "The data directory is in use", operator),
  "data-directory-too-new": kind(500, "The data directory is too new", operator),
  "data-directory-invalid": kind(500, "The data directory is not valid", operator),
  "port-in-use": kind(500, "The port is in use", operator),
  "backup-target-not-empty": kind(500, "The backup target is not empty", operator),
  "behaviour-unknown": kind(503, "The execution needs a newer server", operator),
  "execution-set-aside": kind(
    409,
    "The execution is set aside, for its turns ended their servers",
    "Release or stop it, then send the same request again.",
  ),
  "storage-unavailable": kind(503, "The storage does not answer", later),
  "server-stopping": kind(503, "The server is stopping", later),
  "storage-full": kind(507, "The storage is full", "Make room, then send the same request again."),
};

/** A problem that only HTTP knows, thrown where it is found and turned into an answer at the edge. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly action: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ProblemCode,
    message: string,
    options: {
      action?: string;
      details?: Readonly<Record<string, unknown>>;
      headers?: Readonly<Record<string, string>>;
      cause?: unknown;
    } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.action = options.action;
    this.details = options.details ?? {};
    this.headers = options.headers ?? {};
  }
}

/** A problem document (RFC 9457) and the headers that go with it. */
export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

const hidden = (error: unknown): HttpProblem =>
  new HttpProblem("internal-error", "An unexpected error ended the request.", { cause: error });

const isPresentable = (error: unknown): error is OrchestratorError | HttpProblem =>
  error instanceof OrchestratorError || error instanceof HttpProblem;

/** The problem that an error is to the caller. What is not meant for callers says only that it happened. */
export const problemOf = (thrown: unknown, requestId: string): Problem => {
  const error = isPresentable(thrown) ? thrown : hidden(thrown);
  const { status, title, action } = problemKinds[error.code];
  const retry = status === 503 ? { "retry-after": "1" } : {};
  return {
    status,
    headers: error instanceof HttpProblem ? { ...retry, ...error.headers } : retry,
    body: {
      type: `urn:holdfast:problem:${error.code}`,
      title,
      status,
      detail: error.message,
      code: error.code,
      action: error.action ?? action,
      requestId,
      ...detailsOf(error.details),
    },
  };
};

const reserved = new Set(["type", "title", "status", "detail", "code", "action", "requestId"]);

const detailsOf = (details: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(details).filter(([name]) => !reserved.has(name)));
