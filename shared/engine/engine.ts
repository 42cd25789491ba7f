/**
 * The engine's public face: starts, stops and awaits executions. Everything that reads or shows an
 * execution is in `executions.ts`.
 */
import type { Beginning, RestartOf, Tags } from "#core/execution/facts.ts";
import type { ExecutionStatus } from "#core/execution/state.ts";
import type { Json } from "#core/json.ts";
import type { InFlightActivity } from "./in-flight.ts";

export interface StartRequest {
  readonly process: string;
  /** Absent: the newest. A repeated start that names a version must name that of the first. */
  readonly version?: number;
  /** The newest version as the caller saw it, to run where `version` is absent; no part of what makes a repeated start the same. */
  readonly resolvedVersion?: number;
  /** The alias that chose `resolvedVersion`. */
  readonly alias?: string;
  /** 1 to 80 of A-Z a-z 0-9 - _ ; unique within the process; absent: one is made up. */
  readonly name?: string;
  readonly input: Json;
  readonly startedBy: string;
  /** Somebody waits for its end: a server that leaves starts to others goes on with this one. */
  readonly isAwaited?: boolean;
  /** Begins at the state that has this name as its start point. */
  readonly startPoint?: string;
  /** Does another execution again from a point on (`restart/`). */
  readonly restart?: { readonly of: RestartOf; readonly at: Beginning };
  /** Of a new execution; those of one that is there stay as they are. */
  readonly tags?: Tags;
}

export interface Started {
  readonly executionId: string;
  readonly startedAtMs: number;
  /** False when an execution of that name and input was there already. */
  readonly isNew: boolean;
}

/** Why an execution is stopped, and who asks for it. */
export interface StopReason {
  readonly error?: string;
  readonly cause?: string;
  readonly by: string;
}

/** What the holder of a task token has to say; `by`: who it is. */
export type TaskAnswer =
  | { readonly kind: "succeeded"; readonly output: Json; readonly by?: string }
  | {
      readonly kind: "failed";
      readonly error?: string;
      readonly cause?: string;
      readonly by?: string;
    }
  | { readonly kind: "heartbeat"; readonly checkpoint?: Json };

/** What somebody outside tells an execution. */
export interface SignalRequest {
  readonly name: string;
  /** The same id again is the same signal; absent: one is made up. */
  readonly id?: string;
  readonly payload: Json;
  readonly by: string;
}

/** What somebody says became of an interrupted activity (ADR 10). */
export interface ResolveRequest {
  readonly activity: string;
  /** The attempt that was asked about; absent: whichever is asked about now. */
  readonly attempt?: number;
  readonly resolution: "succeeded" | "retry" | "failed";
  /** Of one that succeeded; absent: `{}`. */
  readonly output?: Json;
  /** Of one that failed; absent: `Holdfast.Interrupted`. */
  readonly error?: string;
  readonly cause?: string;
  readonly by: string;
}

/** How a map run that is at work goes on; what is absent stays as it is. */
export interface MapRunUpdate {
  /** 0: as many children at once as there may be. */
  readonly maxConcurrency?: number;
  readonly toleratedFailureCount?: number;
  /** 0 to 100. */
  readonly toleratedFailurePercentage?: number;
  readonly by: string;
}

/** Whose token was answered. */
export interface Answered {
  readonly executionId: string;
  /** Name of the Task state. */
  readonly state: string;
}

/** A worker that asks for something to do. */
export interface ClaimRequest {
  /** Its name, for the history. */
  readonly worker?: string;
  /** Who it is, for the history. */
  readonly by?: string;
  /** Asked before anything is handed out; where it rejects, `claim` does. */
  readonly mayTake?: () => Promise<void>;
  readonly timeoutMs: number;
  /** Aborts when the worker is gone. */
  readonly signal?: AbortSignal;
}

/** What a worker is to do, and the token by which it answers. */
export interface ClaimedActivity extends Answered {
  readonly token: string;
  readonly input: Json;
  readonly attempt: number;
  /** When the attempt fails unless it is answered. */
  readonly timeoutAtMs?: number;
  /** The attempt fails if so much time passes without a heartbeat. */
  readonly heartbeatMs?: number;
  /** What the attempt before has saved with its heartbeat. */
  readonly checkpoint?: Json;
}

export interface Engine {
  /**
   * Resolves when the change is durable; children that run go on. Rejects: `execution-not-found` (or it is
   * no map run), `execution-ended`, `storage-*`.
   */
  readonly updateMapRun: (mapRunId: string, update: MapRunUpdate) => Promise<void>;
  /**
   * Resolves when the answer is durable; repeating one that was acknowledged changes nothing. Rejects:
   * `execution-not-found`, `activity-not-asking` (nobody is asked, or another answer was faster), `storage-*`.
   */
  readonly resolve: (executionId: string, request: ResolveRequest) => Promise<void>;
  /**
   * Resolves with the signal's id when it is durable; repeating one that was acknowledged changes nothing.
   * Rejects: `signal-invalid`, `execution-not-found`, `execution-ended`, `too-many-signals`, `storage-*`.
   */
  readonly signal: (executionId: string, signal: SignalRequest) => Promise<{ readonly id: string }>;
  /**
   * Resolves when the answer is durable. Rejects: `task-token-invalid`, `task-not-found`,
   * `task-not-waiting` (answered, timed out or ended before), `checkpoint-too-large`, `storage-*`.
   */
  readonly answer: (token: string, answer: TaskAnswer) => Promise<Answered>;
  /**
   * Resolves with the oldest attempt of the activity that waits for a worker once its claim is
   * durable (G1), as soon as there is one; `undefined` when the time is over, the signal aborts or
   * the server stops. A worker that is lost with what it was given is noticed by the time-out and
   * the heartbeat of the Task state. Rejects: `server-stopping`, `storage-*`.
   */
  readonly claim: (activity: string, request: ClaimRequest) => Promise<ClaimedActivity | undefined>;
  /**
   * Resolves when the start is durable (G1). Idempotent by name (G6): the same name and input again
   * answers the same execution. Rejects: `process-not-found`, `execution-name-taken` (other input),
   * `execution-name-invalid`, `start-point-not-found`, `server-stopping`, `storage-*`.
   */
  readonly start: (request: StartRequest) => Promise<Started>;
  /** Resolves when the stop is durable. Rejects: `execution-not-found`, `execution-ended`. */
  readonly stop: (executionId: string, reason: StopReason) => Promise<void>;
  /**
   * Lets an execution that was set aside go on; resolves when that is durable. Rejects:
   * `execution-not-found`, `execution-not-set-aside`.
   */
  readonly release: (executionId: string, by: string) => Promise<void>;
  /**
   * Lets an execution that failed, timed out or was stopped go on where it stood; resolves when that is
   * durable. Rejects: `execution-not-found`, `execution-not-redrivable`, `server-stopping`.
   */
  readonly redrive: (executionId: string, by: string) => Promise<void>;
  /**
   * Resolves with the status when it has ended, or with RUNNING when `timeoutMs` have passed or
   * `signal` aborts; then it holds neither timer nor listener. Rejects: `execution-not-found`.
   */
  readonly awaitEnd: (
    executionId: string,
    timeoutMs: number,
    signal?: AbortSignal,
  ) => Promise<ExecutionStatus>;
  /** The activities that run on this server now. */
  readonly inFlight: () => readonly InFlightActivity[];
  /** The activities that workers have claimed and not answered, in the whole environment. */
  readonly claimed: () => Promise<readonly InFlightActivity[]>;
  /** Calls `listener` after each record of the execution that this server committed; the result ends it. A hint. */
  readonly onCommit: (executionId: string, listener: () => void) => () => void;
  /** How many executions this server has a turn for. */
  readonly load: () => number;
  /**
   * Takes no more turns and begins no more activities, lets those in flight finish for at most
   * `graceMs`, leaves the rest to the next server, then resolves.
   */
  readonly close: (options: { readonly graceMs: number }) => Promise<void>;
}

/** What a server does that works when it is called. */
export interface OnCall {
  /**
   * Takes turns for the work items that the queue gives out now; resolves when each of them has one, or was
   * deferred. For a server that asks for none by
   * itself. Rejects: `storage-*`.
   */
  readonly takeItems: () => Promise<void>;
  /** Resolves when no execution has a turn here. */
  readonly idle: () => Promise<void>;
  /** Lets the turns here end as `close` does; then the server takes turns again. */
  readonly leave: (options: { readonly graceMs: number }) => Promise<void>;
}
