import { HttpProblem, type ProblemCode } from "../problem.ts";

/** The names that errors have in the protocol: those of the service. */
export type FaultType =
  | "ActivityDoesNotExist"
  | "ConflictException"
  | "ExecutionAlreadyExists"
  | "ExecutionStillRunning"
  | "InvalidArn"
  | "InvalidDefinition"
  | "InvalidEncryptionConfiguration"
  | "InvalidExecutionInput"
  | "InvalidLoggingConfiguration"
  | "InvalidName"
  | "InvalidOutput"
  | "InvalidToken"
  | "MissingRequiredParameter"
  | "ResourceNotFound"
  | "SerializationException"
  | "StateMachineAlreadyExists"
  | "StateMachineDoesNotExist"
  | "StateMachineTypeNotSupported"
  | "TooManyTags"
  | "UnknownOperationException"
  | "ValidationException";

/** What the rest of the API calls such an error: the audit says so. */
const codes: Readonly<Partial<Record<FaultType, ProblemCode>>> = {
  ConflictException: "version-conflict",
  ExecutionAlreadyExists: "execution-name-taken",
  InvalidDefinition: "process-invalid",
  InvalidExecutionInput: "input-invalid",
  InvalidToken: "task-token-invalid",
  StateMachineDoesNotExist: "process-not-found",
  UnknownOperationException: "not-found",
};

/** An error of the protocol, found by its own operations. */
export class ServiceFault extends HttpProblem {
  readonly type: FaultType;

  constructor(type: FaultType, message: string, options: { readonly cause?: unknown } = {}) {
    super(codes[type] ?? "request-invalid", message, options);
    this.type = type;
  }
}

/** The answer to a call about a state machine that is not there. */
export const noStateMachine = (arn: string): ServiceFault =>
  new ServiceFault("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);

/** The answer to a call about anything else that is not there. */
export const noResource = (arn: string): ServiceFault =>
  new ServiceFault("ResourceNotFound", `Resource not found: '${arn}'`);
