/**
 * The state of an execution: a fold over the facts of its log, and of nothing else.
 *
 * Role: what `advance` reads and changes. Boundary: the fold owns its state and changes it in place;
 * outside `core/execution` it is read only. Whoever commits a record advances first and puts the
 * record after; if the put is refused the state is thrown away and loaded again from the log.
 *
 * I1 Plain data: `parseStored(printStored(state))` is the same state (snapshots).
 * I2 Every activity and timer belongs to a live branch; a branch that ends takes its own with it.
 * I3 A state that has not ended has an activity, a timer or a child to wait for.
 */
import type { Json, JsonObject } from "../json.ts";
import type { OwedCommand } from "./commands.ts";
import type { Beginning, ParentActivity, ProcessPart, RestartOf, Tags } from "./facts.ts";
import type { MapRunChange } from "./map-run/plan.ts";
import type { MapRunWork } from "./map-run/work.ts";

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

/** Signals that have come (`signals.ts`). */
export interface Signals {
  /** Those that nobody has taken yet, the oldest first. */
  kept: { readonly id: string; readonly name: string; readonly payload: Json }[];
  /** Ids of the last that were taken, to know them when they come again. */
  takenIds: readonly string[];
}

/** What the status does not say of an end; absent: nothing. */
export type ExecutionOutcome = "failed (completed)";

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
  readonly parent?: ParentActivity;
  readonly part?: ProcessPart;
  readonly alias?: string;
  readonly beginsAt?: Beginning;
  readonly restartOf?: RestartOf;
  readonly tags?: Tags;
  /** Of a map run only: how far it has come. */
  mapRun?: MapRunWork;
  /** Of a map run only: what was changed of its plan since it began. */
  mapRunChange?: MapRunChange;
  /** Ids of the map runs that it has started, the newest last. */
  mapRuns?: readonly string[];
  /** Time of the last fact; never runs backwards. */
  nowMs: number;
  status: ExecutionStatus;
  stoppedAtMs?: number;
  output?: Json;
  error?: string;
  cause?: string;
  outcome?: ExecutionOutcome;
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
  /** The right of the last record's turn to run its activities; written like `Activity.turn`. */
  lease?: { readonly turn: string; readonly untilMs: number };
  /** Commands that may not be carried out yet, with the seq of their record; kept by `note-starts.ts`. */
  owed?: readonly { readonly seq: number; readonly command: OwedCommand }[];
  signals?: Signals;
  /** Of one that failed, timed out or was stopped: the branches that had not ended, for a redrive. */
  left?: Record<string, Branch>;
  /** Its log holds its start and its end only, or is about to. */
  isCondensed?: true;
  /** How often it was redriven; absent: never. */
  redriveCount?: number;
  /** When it was redriven the last time. */
  redrivenAtMs?: number;
  /** What operators said of interrupted activities, the last of them; kept by `resolutions.ts`. */
  resolutions?: readonly Resolution[];
  /** Instant by which the whole execution must have ended. */
  timeoutAtMs?: number;
}

/** What a branch stands still for. */
export type Waiting =
  /** Nothing: it enters its state in this advance. */
  | { readonly kind: "ready" }
  /** It used up what one advance may do and goes on in the next (`transitionsPerAdvanceMax`). */
  | { readonly kind: "yielded"; readonly atMs: number }
  /** The end of its Wait state. */
  | { readonly kind: "wait"; readonly atMs: number }
  /** The next attempt of its Parallel or Map state. */
  | { readonly kind: "retry"; readonly atMs: number }
  | { readonly kind: "activity"; readonly activity: string }
  /** The activities of the map run that this execution is. */
  | { readonly kind: "mapRun" }
  | Children;

/** The branches of a Parallel state or the items of a Map state, and what came of them so far. */
export interface Children {
  readonly kind: "children";
  /** Map only. */
  readonly items?: readonly Json[];
  /** Of a loop (`states/loop.ts`) only: what its iteration goes on from. */
  carried?: Json;
  /** By index; null where nothing has come yet. Filled in place, so that n results cost n steps. */
  readonly results: Json[];
  /** Index of the next branch or item to start. */
  next: number;
  /** How many have ended, well or not. */
  endedCount: number;
  /** Ids of those that live. */
  live: Record<string, true>;
  liveCount: number;
  /** Map only: how many may live at once. */
  readonly concurrency: number;
  /** How many may fail; absent: none. */
  readonly tolerated?: number;
  /** Indexes of those that failed and were tolerated. */
  readonly failed?: number[];
}

/** Whether they are iterations of a Map state, over items or in a loop. */
export const isOfMap = ({ items, carried }: Children): boolean =>
  items !== undefined || carried !== undefined;

/** One thread of control: the root, a branch of a Parallel state, an item of a Map state. */
export interface Branch {
  readonly id: string;
  readonly parent?: string;
  /**
   * Which state machine of the definition it runs: the root's is [], a child's is its parent's and
   * the name of the Map state, or the name of the Parallel state and the index of the branch.
   */
  readonly machine: readonly (string | number)[];
  /** Index of the branch or item in its parent's state. */
  readonly index: number;
  /** Whether it is, or is within, an item of a distributed Map state: such a one has its own history and variables. */
  readonly isApart?: true;
  /** The state it is in, or enters next if it is ready or has yielded. */
  state: string;
  /** Raw input of that state. */
  input: Json;
  /** Its own variables; those of its parents are visible too. */
  variables: JsonObject;
  /** States entered so far: names its activities. */
  entries: number;
  enteredAtMs: number;
  enteredEventId: number;
  /** Id of the event before the one that entered the state. */
  previousEventId: number;
  lastEventId: number;
  /** What the activity of its state had saved when it was left unfinished, for the redrive. */
  checkpoint?: Json;
  /** Retries of the current state, by index of its retrier. */
  retries?: number[];
  waiting: Waiting;
}

export type ActivityPhase =
  /** A server runs it now, under the lease of the turn that committed the start. */
  | "running"
  /** It failed and its next attempt starts at `retryAtMs`. */
  | "waitingToRetry"
  /** Its call was submitted; the result comes from somebody who holds its token, or from a job that runs. */
  | "waitingForToken"
  /** It waits for signals (`states/signal-task.ts`); nobody runs it. */
  | "waitingForSignals"
  /** Its server was lost, and an operator is asked what became of it (`states/interruption.ts`). */
  | "waitingForOperator";

/** A call that finds out whether an interrupted activity took effect. */
export interface Probe {
  readonly resource: string;
  readonly parameters: Json;
  /** The adapter's own for this activity: it says so by itself. */
  readonly isOwn?: true;
}

/** What is known of an attempt whose server was lost, until it is known what became of it (ADR 10). */
export interface Interruption {
  readonly attempt: number;
  readonly startedAtMs: number;
  /** The turn that ran it. */
  readonly turn: string;
  readonly timeoutMs?: number;
  /** What the current attempt calls; absent: nothing, or the activity again. */
  readonly probe?: Probe;
  /** Why an operator is asked, and since when. */
  readonly question?: { readonly why: string; readonly sinceMs: number };
}

/** What an operator said of an interrupted activity: enough to know it when it comes again. */
export interface Resolution {
  readonly activity: string;
  readonly attempt: number;
  readonly digest: string;
  readonly by: string;
}

/** One run of a Task state. */
export interface Activity {
  /** Unique in the execution, the same over attempts, derived from branch and entry. */
  readonly id: string;
  readonly branch: string;
  readonly state: string;
  readonly resource: string;
  /** Of the current attempt: a retry evaluates them again. */
  parameters: Json;
  /** What its `Credentials` give: goes to whoever runs it, never into history. */
  credentials?: Json;
  /** Whoever has it may end the attempt or say that it is alive: a worker, or who is called with `.waitForTaskToken`. */
  token?: string;
  /** Id of the execution that the attempt starts. */
  child?: string;
  /** Physical attempts so far, from 1: retries and restarts count. */
  attempt: number;
  phase: ActivityPhase;
  startedAtMs: number;
  /** The turn that was told to run this attempt; written by whoever folds records (`note-starts.ts`). Absent: nobody yet. */
  turn?: string;
  /** The drain that keeps this attempt from beginning, and the time that it will have; written like `turn`. */
  held?: { readonly drain: string; readonly timeoutMs?: number };
  /** Instants at which the attempt fails with States.Timeout. */
  timeoutAtMs?: number;
  heartbeatAtMs?: number;
  heartbeatMs?: number;
  retryAtMs?: number;
  interrupted?: Interruption;
  /** The newest that an attempt has saved, for the next one. */
  checkpoint?: Json;
}
