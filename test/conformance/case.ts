import type { StateMachine } from "#core/asl/definition.ts";
import type { ExecutionStatus } from "#core/execution/state.ts";
import type { Json } from "#core/json.ts";
import type { TestStateRequest } from "#core/test-state/answer.ts";

/** An event as the recordings flatten it. */
export type RecordedEvent = {
  readonly id: number;
  readonly prev: number;
  readonly type: string;
} & {
  readonly [field: string]: Json;
};

/** An execution case of the recordings, as far as the runner reads it (`recorded/ATTRIBUTION.md`). */
export interface RecordedCase {
  readonly id: string;
  readonly group: string;
  readonly class: string;
  readonly workflowType?: "STANDARD" | "EXPRESS";
  readonly definition: StateMachine;
  readonly definitionText?: string;
  readonly input: Json;
  readonly inputText?: string;
  /** What an ItemReader finds. */
  readonly s3?: readonly { readonly Bucket: string; readonly Key: string; readonly Body: string }[];
  readonly expect: {
    readonly status: ExecutionStatus;
    readonly outputRaw?: string;
    readonly history?: readonly string[];
    readonly events?: readonly RecordedEvent[];
  };
}

/** A TestState call of the recordings. */
export interface RecordedTestState {
  readonly id: string;
  readonly group: string;
  readonly kind: "test_state";
  /** No mock, and a real service was called. */
  readonly needsService?: boolean;
  readonly definition: Json;
  readonly definitionText?: string;
  readonly request: Omit<TestStateRequest, "definition">;
  readonly expect: { readonly [field: string]: Json };
}

/** A definition, and what the service or a linter said of it. */
export interface RecordedVerdict {
  readonly id: string;
  readonly authority: "AWS" | "asl-validator" | "statelint" | "amazon-states-language-service";
  readonly workflowType: "STANDARD" | "EXPRESS";
  readonly valid: boolean;
  readonly definition: Json;
  /** The error text of the call that would have made a state machine of it. */
  readonly message?: string;
  readonly diagnostics?: readonly { readonly [field: string]: Json }[];
}

/** What an interpreter made of a case, in the recordings' form. */
export interface Replayed {
  readonly status: string;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  readonly history: readonly string[];
  readonly events: readonly RecordedEvent[];
}

export const levels = ["L1", "L2", "L3", "L4", "parameters"] as const;

/**
 * L1 status, output and error; L2 cause; L3 event types; L4 event details; what tasks were given. Of a
 * TestState call: L1 also nextState and the API's error, L2 also its message, L4 inspectionData. Of a
 * definition: L1 the verdict, L2 the text of the refusal, L4 the diagnostics.
 */
export type Level = (typeof levels)[number];

/** Differences by level; null: the case has nothing to compare there. */
export type Verdict = Readonly<Record<Level, readonly string[] | null>>;
