/**
 * The Amazon States Language as data, field by field as it is written: parsing (`parse.ts`) checks a
 * document against it and changes nothing. https://states-language.net and the Step Functions
 * developer guide. A field that may hold a JSONata expression (`{% ... %}`) is `Dynamic`.
 */
import type { Json, JsonObject } from "../json.ts";

export type QueryLanguage = "JSONPath" | "JSONata";
export type Dynamic<T> = T | string;

export interface StateMachine {
  readonly Comment?: string;
  readonly Version?: string;
  readonly QueryLanguage?: QueryLanguage;
  readonly StartAt: string;
  readonly TimeoutSeconds?: number;
  readonly States: { readonly [name: string]: State };
  readonly ProcessorConfig?: {
    readonly Mode?: "INLINE" | "DISTRIBUTED";
    readonly ExecutionType?: "STANDARD" | "EXPRESS";
  };
}

export type State =
  | PassState
  | TaskState
  | ChoiceState
  | WaitState
  | SucceedState
  | FailState
  | ParallelState
  | MapState;

export type StateType = State["Type"];

interface CommonFields {
  readonly Comment?: string;
  readonly QueryLanguage?: QueryLanguage;
  /** Beyond ASL (architecture, Process documents). */
  readonly Orchestration?: Orchestration;
}

/** What a state may say beyond ASL, each word on its types of state (ADR 7 and 10). */
export interface Orchestration {
  /** Top level: an execution may begin here, by this name; `true`: by the name of the state. */
  readonly StartPoint?: string | boolean | null;
  /** Fail: the process did its work, and its answer is no. */
  readonly Completed?: boolean;
  /** Parallel: how many branches must succeed; absent: all. */
  readonly Join?: "all" | "any" | number;
  /** Map: there are no items; it goes on as long as this rule holds. */
  readonly While?: Omit<ChoiceRule, "Next">;
  /** Task, Wait: the wait is told of when it lasts longer than this, from the entry into the state on. */
  readonly WaitDeadlineSeconds?: number;
  /** Succeed, directly within the processor of a Map state: ends the loop with the iteration. */
  readonly Break?: boolean;
  /** Task: what becomes of an activity whose server is lost (ADR 10); absent: what its adapter declares. */
  readonly OnInterrupted?: "restart" | "verify" | "ask" | "fail";
  /** Task: finds out whether an activity took effect whose server is lost. */
  readonly Verify?: VerifyProbe;
  /** Task: how long an operator may take to say what became of it; absent: any time. */
  readonly AskTimeoutSeconds?: number;
}

/** A call that says whether an activity took effect; its result is a verdict as it is, or as Output or ResultSelector make one of it. */
export interface VerifyProbe {
  readonly Resource: string;
  /** JSONata. */
  readonly Arguments?: Json;
  /** JSONata. */
  readonly Output?: Json;
  readonly Parameters?: Json;
  readonly ResultSelector?: JsonObject;
}

interface NextOrEnd {
  readonly Next?: string;
  readonly End?: boolean;
}

interface InputOutput {
  readonly InputPath?: string | null;
  readonly OutputPath?: string | null;
  /** JSONata. */
  readonly Output?: Json;
}

/** What assigns variables. */
export interface Assigning {
  readonly Assign?: JsonObject;
}

interface Working extends CommonFields, NextOrEnd, InputOutput, Assigning {
  readonly Parameters?: Json;
  /** JSONata. */
  readonly Arguments?: Json;
  readonly ResultSelector?: JsonObject;
  readonly ResultPath?: string | null;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

export interface PassState extends CommonFields, NextOrEnd, InputOutput, Assigning {
  readonly Type: "Pass";
  readonly Result?: Json;
  readonly Parameters?: Json;
  readonly ResultPath?: string | null;
}

export interface TaskState extends Working {
  readonly Type: "Task";
  readonly Resource: string;
  readonly TimeoutSeconds?: Dynamic<number>;
  readonly TimeoutSecondsPath?: string;
  readonly HeartbeatSeconds?: Dynamic<number>;
  readonly HeartbeatSecondsPath?: string;
  readonly Credentials?: Json;
}

export interface ChoiceState extends CommonFields, InputOutput, Assigning {
  readonly Type: "Choice";
  readonly Choices: readonly ChoiceRule[];
  readonly Default?: string;
}

/** A rule at the top: `Next` and, in JSONata, `Condition`; else one operator (`comparison.ts`) or And, Or, Not. */
export interface ChoiceRule extends Assigning {
  readonly Next: string;
  readonly Condition?: Dynamic<boolean>;
  readonly Output?: Json;
  readonly Comment?: string;
  readonly [operator: string]: unknown;
}

export interface WaitState extends CommonFields, NextOrEnd, InputOutput, Assigning {
  readonly Type: "Wait";
  readonly Seconds?: Dynamic<number>;
  readonly SecondsPath?: string;
  readonly Timestamp?: string;
  readonly TimestampPath?: string;
}

export interface SucceedState extends CommonFields, InputOutput {
  readonly Type: "Succeed";
}

export interface FailState extends CommonFields {
  readonly Type: "Fail";
  readonly Error?: string;
  readonly ErrorPath?: string;
  readonly Cause?: string;
  readonly CausePath?: string;
}

export interface ParallelState extends Working {
  readonly Type: "Parallel";
  readonly Branches: readonly StateMachine[];
}

export interface MapState extends Working {
  readonly Type: "Map";
  readonly ItemProcessor?: StateMachine;
  /** The older name of ItemProcessor. */
  readonly Iterator?: StateMachine;
  readonly ItemsPath?: string;
  /** JSONata. */
  readonly Items?: Json;
  readonly ItemSelector?: Json;
  readonly MaxConcurrency?: Dynamic<number>;
  readonly MaxConcurrencyPath?: string;
  readonly ToleratedFailureCount?: Dynamic<number>;
  readonly ToleratedFailureCountPath?: string;
  readonly ToleratedFailurePercentage?: Dynamic<number>;
  readonly ToleratedFailurePercentagePath?: string;
  readonly ItemReader?: JsonObject;
  readonly ItemBatcher?: JsonObject;
  readonly ResultWriter?: JsonObject;
  readonly Label?: string;
}

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: "FULL" | "NONE";
  readonly Comment?: string;
}

export interface Catcher extends Assigning {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly ResultPath?: string | null;
  readonly Output?: Json;
  readonly Comment?: string;
}

/** Whether the items of a Map state are executions of their own. */
export const isDistributedMap = (state: MapState): boolean =>
  (state.ItemProcessor ?? state.Iterator)?.ProcessorConfig?.Mode === "DISTRIBUTED";
