/** The TestState API of Step Functions as data: https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html */
import type { Json, JsonObject } from "../json.ts";

/** What may stand for the work of a Task, Map or Parallel state. */
export interface StateMock {
  /** JSON text. */
  readonly result?: string;
  readonly errorOutput?: { readonly error?: string; readonly cause?: string };
  /** How closely a result is compared with what the API that is called answers. Default: STRICT. */
  readonly fieldValidationMode?: "STRICT" | "PRESENT" | "NONE";
}

/** What has happened to the state before. */
export interface StateConfiguration {
  readonly retrierRetryCount?: number;
  readonly mapIterationFailureCount?: number;
  /** What the ItemReader reads, as it lies in its place. */
  readonly mapItemReaderData?: string;
  readonly errorCausedByState?: string;
}

export interface TestStateRequest {
  /** A state, or with `stateName` a whole definition. */
  readonly definition: Json;
  readonly stateName?: string;
  /** JSON text, as are `context` and `variables`; default `{}`. */
  readonly input?: string;
  readonly context?: string;
  readonly variables?: string;
  readonly inspectionLevel?: "INFO" | "DEBUG" | "TRACE";
  readonly mock?: StateMock;
  readonly stateConfiguration?: StateConfiguration;
  readonly roleArn?: string;
  readonly revealSecrets?: boolean;
}

/** A request that can not be carried out, with the API's name for the error. */
export interface TestStateRefusal {
  readonly kind: "refused";
  readonly code: "ValidationException" | "InvalidDefinition" | "InvalidExecutionInput";
  readonly message: string;
}

/** A Task state without a mock: the call that it makes. Ask again with its answer as the mock. */
export interface TestStateCall {
  readonly kind: "calls";
  readonly resource: string;
  readonly parameters: Json;
  /** What the state's `Credentials` give. */
  readonly credentials?: Json;
  /** How long the state lets it take. */
  readonly timeoutMs?: number;
  readonly inspectionData?: JsonObject;
}

/** What came of the state. */
export interface TestedState {
  readonly kind: "tested";
  readonly status: "SUCCEEDED" | "FAILED" | "CAUGHT_ERROR" | "RETRIABLE";
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  readonly nextState?: string;
  /** From DEBUG on: values by stage, in the order in which they came. */
  readonly inspectionData?: JsonObject;
}

export type TestStateAnswer = TestedState | TestStateCall | TestStateRefusal;

export const refused = (
  message: string,
  code: TestStateRefusal["code"] = "ValidationException",
): TestStateRefusal => ({ kind: "refused", code, message });

export const isRefusal = (value: object): value is TestStateRefusal =>
  "kind" in value && value.kind === "refused";
