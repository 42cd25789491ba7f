/**
 * The state of an execution: a fold over the facts of its log, and of nothing else.
 *
 * Role: what `advance` reads and changes. Boundary: the fold owns its state and changes it in place;
 * outside `core/execution` it is read only. Whoever commits a record advances first and puts the
 * record after; if the put is refused the state is thrown away and loaded again from the log.
 *
 * I1 Plain data: `JSON.parse(JSON.stringify(state))` is the same state (snapshots).
 * I2 Every activity and timer belongs to a live branch; a branch that ends takes its own with it.
 * I3 A state that has not ended has an activity, a timer or a child to wait for.
 */
import type { Json } from "../json.ts";

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

export interface ExecutionState {
  readonly executionId: string;
  readonly process: string;
  readonly version: number;
  readonly name: string;
  readonly input: Json;
  readonly startedBy: string;
  readonly startedAtMs: number;
  readonly seed: string;
  readonly behaviour: number;
  /** Time of the last fact; never runs backwards. */
  nowMs: number;
  status: ExecutionStatus;
  stoppedAtMs?: number;
  output?: Json;
  error?: string;
  cause?: string;
  /** Draws taken from the seeded generator so far. */
  draws: number;
  /** Events of the history so far; an event's id is its place, from 1. */
  eventCount: number;
  /** States entered, retries included: what Step Functions bills. */
  transitionCount: number;
  /** Next number for a branch. */
  branchCount: number;
  branches: Record<string, Branch>;
  /** In flight or waiting to be retried, by activity id. */
  activities: Record<string, Activity>;
  /** Instant by which the whole execution must have ended. */
  timeoutAtMs?: number;
}

/** One thread of control: the root, a branch of a Parallel state, an item of a Map state. */
export interface Branch {
  readonly id: string;
  readonly parent?: string;
  /** Which state machine of the definition it runs: the root's is [], others name state and branch. */
  readonly machine: readonly (string | number)[];
  /** Index of the branch or item in its parent's state. */
  readonly index: number;
  // What else a branch holds (current state, its input, variables, retry counts, the children it
  // waits for, timers, last event) belongs to the interpreter.
  [field: string]: unknown;
}

export type ActivityPhase =
  /** A server runs it now, under the lease of the turn that committed the start. */
  | "running"
  /** It failed and its next attempt starts at `retryAtMs`. */
  | "waitingToRetry"
  /** It gave its task token away and waits for somebody to answer. */
  | "waitingForToken";

/** One run of a Task state. */
export interface Activity {
  /** Unique in the execution, the same over attempts, derived from branch and entry. */
  readonly id: string;
  readonly branch: string;
  readonly state: string;
  readonly resource: string;
  readonly parameters: Json;
  /** Physical attempts so far, from 1: retries and restarts count. */
  attempt: number;
  phase: ActivityPhase;
  startedAtMs: number;
  /** Instants at which the attempt fails with States.Timeout. */
  timeoutAtMs?: number;
  heartbeatAtMs?: number;
  readonly heartbeatMs?: number;
  retryAtMs?: number;
}
