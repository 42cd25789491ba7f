/** A bug in Holdfast: thrown, never caught to go on. Nothing is committed, the execution stays as it was. */
export class InvariantViolation extends Error {
  override readonly name = "InvariantViolation";
}

/** Throws an {@link InvariantViolation}; `message` begins with the number of the invariant where it has one. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantViolation(message);
}

/** For the default branch of a switch over a union. */
export const unreachable = (value: never): never => {
  throw new InvariantViolation(`unexpected value ${JSON.stringify(value)}`);
};

/**
 * How far an error reaches: `retry-call` the same call may go through later, `retry-invocation` this
 * server cannot go on but another can, `fail-call` the caller must change something.
 */
export type ErrorScope = "retry-call" | "retry-invocation" | "fail-call";

/** Every error that Holdfast itself raises, and its scope. Northbound maps each to an HTTP status. */
export const errorScopes = {
  "process-not-found": "fail-call",
  "process-invalid": "fail-call",
  "document-unreadable": "fail-call",
  "execution-not-found": "fail-call",
  "execution-name-taken": "fail-call",
  "execution-name-invalid": "fail-call",
  "execution-ended": "fail-call",
  "signal-invalid": "fail-call",
  "too-many-signals": "fail-call",
  "execution-not-redrivable": "fail-call",
  "activity-not-asking": "fail-call",
  "execution-not-restartable": "fail-call",
  "start-point-not-found": "fail-call",
  "task-token-invalid": "fail-call",
  "task-not-found": "fail-call",
  "task-not-waiting": "fail-call",
  "checkpoint-too-large": "fail-call",
  "input-invalid": "fail-call",
  "input-too-large": "fail-call",
  "alert-not-found": "fail-call",
  "server-not-found": "fail-call",
  "drain-not-found": "fail-call",
  "too-many-drains": "fail-call",
  "execution-set-aside": "fail-call",
  "execution-not-set-aside": "fail-call",
  "version-conflict": "fail-call",
  "version-in-use": "fail-call",
  unauthorized: "fail-call",
  forbidden: "fail-call",
  "too-many-calls": "retry-call",
  "access-key-not-found": "fail-call",
  "access-key-name-taken": "fail-call",
  "assignment-not-found": "fail-call",
  "too-many-assignments": "fail-call",
  "issuer-not-found": "fail-call",
  "issuer-invalid": "fail-call",
  "issuer-unavailable": "retry-call",
  "seal-invalid": "fail-call",
  "environment-key-unavailable": "retry-call",
  "not-found": "fail-call",
  "request-invalid": "fail-call",
  "body-too-large": "fail-call",
  "storage-full": "retry-call",
  "storage-unavailable": "retry-call",
  "server-stopping": "retry-call",
  "behaviour-unknown": "retry-invocation",
  "data-directory-in-use": "fail-call",
  "data-directory-too-new": "fail-call",
  "data-directory-invalid": "fail-call",
  "port-in-use": "fail-call",
  "backup-target-not-empty": "fail-call",
} as const satisfies Record<string, ErrorScope>;

export type ErrorCode = keyof typeof errorScopes;

/**
 * An error that is not the failure of an execution. `message` says what happened and where, `action`
 * what to do next; `details` is data for programs. Never a payload, never a secret.
 */
export class OrchestratorError extends Error {
  override readonly name = "OrchestratorError";
  readonly code: ErrorCode;
  readonly action: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { action?: string; details?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.action = options.action;
    this.details = options.details ?? {};
  }

  get scope(): ErrorScope {
    return errorScopes[this.code];
  }
}
