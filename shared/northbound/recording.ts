import type { Audit, AuditedCall } from "#access/audit/audit.ts";
import type { RequestHeaders } from "#access/authenticator.ts";
import { isDenial } from "#access/call-access.ts";
import { anonymous } from "#access/principal.ts";
import { OrchestratorError } from "#core/errors.ts";
import type { IncomingRequest } from "./exchange.ts";
import type { Answer, Call, Operation } from "./operation.ts";
import { HttpProblem, problemKinds, problemOf } from "./problem.ts";

/** Characters of a reason. */
const reasonSizeMax = 512;

/** Characters of what a call says that it is about. */
const objectSizeMax = 512;

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    // It was not encoded.
    return text;
  }
};

/** Why, as the caller says in `Holdfast-Reason`; other characters than ASCII come percent-encoded. */
const reasonOf = (headers: RequestHeaders): string | undefined => {
  const given = headers.get("holdfast-reason");
  if (given === null) return undefined;
  const reason = decoded(given)
    .replaceAll(/\p{Cc}/gu, " ")
    .trim();
  if (reason.length > reasonSizeMax) {
    const detail = `The header Holdfast-Reason has more than ${reasonSizeMax} characters.`;
    throw new HttpProblem("request-invalid", detail);
  }
  return reason === "" ? undefined : reason;
};

const codeOf = (error: unknown): string | undefined =>
  error instanceof OrchestratorError || error instanceof HttpProblem ? error.code : undefined;

interface RecordedRequest {
  readonly request: IncomingRequest;
  /** What the path names. */
  readonly params: Readonly<Record<string, string>>;
  readonly requestId: string;
}

/** What the audit is told of one request. */
export class Recording {
  readonly #operation: Operation;
  readonly #audit: Audit;
  readonly #request: RecordedRequest;
  #isBegun = false;
  /** Id of who calls, as soon as it is known. */
  principal = anonymous.id;
  /** The call, as soon as it is read. */
  call: Call | undefined;

  constructor(operation: Operation, audit: Audit, request: RecordedRequest) {
    this.#operation = operation;
    this.#audit = audit;
    this.#request = request;
  }

  /** Answers a call that is allowed; a change is written down before it is begun, and what came of it. */
  answer(call: Call): Answer | Promise<Answer> {
    return this.#isAudited(call) ? this.#answerAudited(call) : this.#operation.answer(call);
  }

  async #answerAudited(call: Call): Promise<Answer> {
    const { answer } = this.#operation;
    const reason = reasonOf(this.#request.request.headers);
    if (reason === undefined && this.#operation.isReasonNeeded === true) throw reasonMissing();
    const done = await this.#audit.begin(this.#call(reason));
    this.#isBegun = true;
    try {
      const answered = await answer(call);
      done({ status: answered.status, ...answered.change });
      return answered;
    } catch (error) {
      const { status } = problemOf(error, call.requestId);
      done({
        status: isDenial(error) ? problemKinds.forbidden.status : status,
        code: codeOf(error),
      });
      throw error;
    }
  }

  /** A request that ended in an error: it is written down if it was not allowed. */
  refuse(error: unknown): void {
    const code = codeOf(error);
    if (this.#isBegun || !(isDenial(error) || code === "unauthorized")) return;
    const { status } = problemOf(error, this.#request.requestId);
    this.#audit.denied(this.#call(undefined), { status, code });
  }

  #isAudited(call: Call): boolean {
    const { method, isAudited } = this.#operation;
    return isAudited === undefined ? method !== "get" : isAudited(call);
  }

  #object(): string | undefined {
    const { objectOf, request } = this.#operation;
    if (objectOf !== undefined) return this.call && objectOf(this.call);
    if (request?.params === undefined) return undefined;
    return Object.values(this.#request.params).join("/");
  }

  #call(reason: string | undefined): AuditedCall {
    const { request, requestId } = this.#request;
    return {
      principal: this.principal,
      from: request.from,
      operation: this.#operation.operationId,
      object: this.#object()?.slice(0, objectSizeMax),
      requestId,
      reason,
    };
  }
}

const reasonMissing = (): HttpProblem =>
  new HttpProblem("request-invalid", "This wants a reason.", {
    action: "Say why in the header Holdfast-Reason.",
  });
