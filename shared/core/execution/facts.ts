/**
 * Facts: what happened and could not be computed. Everything else follows from them (`advance.ts`).
 * A fact is data in the log for ever: fields are only ever added, and a reader knows a new field one
 * release before any writer writes it (G11).
 */
import type { Json, JsonObject } from "../json.ts";

/** The activity of another execution that started an execution. */
export interface ParentActivity {
  readonly executionId: string;
  readonly activity: string;
  readonly attempt: number;
  /** Whether the parent is to be told of the end, and stops the child with itself. */
  readonly isAwaited?: true;
}

/**
 * What a part of a process an execution is: the map run of a distributed Map state, or a child of one
 * that works on an item or a batch.
 */
export interface ProcessPart {
  readonly kind: "mapRun" | "item";
  /** The state machine within the definition that the Map state stands in (`Branch.machine`). */
  readonly machine: readonly (string | number)[];
  /** Name of the Map state. */
  readonly state: string;
}

/** Where an execution begins, if not where its process does. */
export interface Beginning {
  /** A state of the process's own machine, in no Parallel or Map state. */
  readonly state: string;
  /** The name that was asked for (`Orchestration.StartPoint`). */
  readonly startPoint?: string;
  /** Raw input of the state; absent: that of the execution. */
  readonly input?: Json;
  /** Variables that are set before; absent: none. */
  readonly variables?: JsonObject;
}

/** The execution that another one does again from a point on, and the event by which that state was entered. */
export interface RestartOf {
  readonly executionId: string;
  readonly eventId: number;
}

/** Labels by which executions are found; they change nothing. */
export type Tags = Readonly<Record<string, string>>;

export interface ExecutionStarted {
  readonly kind: "ExecutionStarted";
  readonly process: string;
  readonly version: number;
  readonly name: string;
  readonly input: Json;
  /** Who or what started it: `key:admin`, `schedule:nightly`. */
  readonly startedBy: string;
  /** 32 hexadecimal digits, secret: seeds every random draw of the execution. */
  readonly seed: string;
  /** Version of the interpreter's behaviour that decides for this execution. */
  readonly behaviour: number;
  readonly parent?: ParentActivity;
  /** Absent: it runs the whole process. */
  readonly part?: ProcessPart;
  /** Name of the alias that chose the version, if one did. */
  readonly alias?: string;
  readonly beginsAt?: Beginning;
  readonly restartOf?: RestartOf;
  readonly tags?: Tags;
}

/** An activity ended well. `attempt` names the physical attempt (from 1); another one's result is late. */
export interface ActivitySucceeded {
  readonly kind: "ActivitySucceeded";
  readonly activity: string;
  readonly attempt: number;
  readonly output: Json;
  /** Who said so by its task token; absent: its server. */
  readonly by?: string;
}

export interface ActivityFailed {
  readonly kind: "ActivityFailed";
  readonly activity: string;
  readonly attempt: number;
  readonly error?: string;
  readonly cause?: string;
  /** Who said so by its task token; absent: its server. */
  readonly by?: string;
}

/**
 * The call of an activity that goes on elsewhere (`.waitForTaskToken`, `.sync`) was answered; its
 * result comes later.
 */
export interface ActivitySubmitted {
  readonly kind: "ActivitySubmitted";
  readonly activity: string;
  readonly attempt: number;
  readonly output: Json;
}

/** How an execution ended, as its parent is told. */
export interface ChildEnd {
  readonly executionId: string;
  readonly process: string;
  readonly name: string;
  readonly status: "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";
  readonly startedAtMs: number;
  readonly stoppedAtMs: number;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
}

/** An execution that an activity started and waits for has ended. */
export interface ChildEnded {
  readonly kind: "ChildEnded";
  readonly activity: string;
  readonly attempt: number;
  readonly child: ChildEnd;
}

/** A worker has taken an activity that waited for one (activity ARNs). */
export interface ActivityClaimed {
  readonly kind: "ActivityClaimed";
  readonly activity: string;
  readonly attempt: number;
  /** What the worker calls itself. */
  readonly worker?: string;
  /** Who it is. */
  readonly by?: string;
}

/** An activity says that it is alive: its heartbeat deadline moves. */
export interface ActivityHeartbeat {
  readonly kind: "ActivityHeartbeat";
  readonly activity: string;
  readonly attempt: number;
}

/** An activity has come so far: its next attempt is given what it saved. It is alive, too. */
export interface ActivityCheckpoint {
  readonly kind: "ActivityCheckpoint";
  readonly activity: string;
  readonly attempt: number;
  readonly checkpoint: Json;
}

/** The clock reached the record's time: everything that is due by then happens, oldest first. */
export interface TimePassed {
  readonly kind: "TimePassed";
}

export interface StopRequested {
  readonly kind: "StopRequested";
  readonly error?: string;
  readonly cause?: string;
  readonly by: string;
}

/** Somebody outside told the execution something, by a name that it may wait for. */
export interface SignalReceived {
  readonly kind: "SignalReceived";
  /** The same id again is the same signal. */
  readonly id: string;
  readonly name: string;
  readonly payload: Json;
  readonly by: string;
}

/** Somebody lets an execution that did not end well go on where it stood. */
export interface ExecutionRedriven {
  readonly kind: "ExecutionRedriven";
  readonly by: string;
}

/**
 * The turn that ran these activities is gone. What becomes of each is decided by what its adapter
 * declares and its state says (G4, ADR 10); the core does not know the adapters: so the decision is a part of the fact.
 */
export interface TakenOver {
  readonly kind: "TakenOver";
  /** The turn that lost its lease, or that gives the activities up itself. */
  readonly fromTurn: string;
  /** Id of the drain whose deadline ends the activities; absent: their server was lost. */
  readonly drain?: string;
  readonly interrupted: readonly {
    readonly activity: string;
    readonly attempt: number;
    readonly resolution: "restart" | "verify" | "ask" | "fail";
  }[];
}

/**
 * What the execution has done so far is given up: a server is lost with it (`persistence: none`), or it
 * stood still for longer than its process allows (`freshness`).
 */
export interface ProgressDropped {
  readonly kind: "ProgressDropped";
  readonly reason: "lost" | "stale";
  readonly follows: "end" | "startOver";
}

/** In place of facts that never came into the log, since others were faster: the state that they led to. */
export interface ProgressRestated {
  readonly kind: "ProgressRestated";
  readonly state: Json;
}

/** In place of all facts after the start: how the execution ended. Their records may be gone. */
export interface ExecutionCondensed {
  readonly kind: "ExecutionCondensed";
  readonly status: "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";
  readonly stoppedAtMs: number;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  readonly outcome?: "failed (completed)";
  readonly transitionCount: number;
  readonly eventCount: number;
  readonly redriveCount?: number;
  readonly redrivenAtMs?: number;
  readonly mapRuns?: readonly string[];
}

/** An operator says what became of an interrupted activity that was asked about (ADR 10). */
export interface ActivityResolved {
  readonly kind: "ActivityResolved";
  readonly activity: string;
  /** The attempt that was asked about; of another one it is late. */
  readonly attempt: number;
  /** `retry`: it did not take effect, or may take effect again. */
  readonly resolution: "succeeded" | "retry" | "failed";
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  readonly by: string;
}

/** Somebody changes how much a map run that is at work may do at once, and how many items may fail. */
export interface MapRunUpdated {
  readonly kind: "MapRunUpdated";
  /** 1 or more. */
  readonly concurrency?: number;
  readonly toleratedFailureCount?: number;
  /** 0 to 100. */
  readonly toleratedFailurePercentage?: number;
  readonly by: string;
}

export type Fact =
  | ExecutionStarted
  | ActivitySucceeded
  | ActivityFailed
  | ActivitySubmitted
  | ChildEnded
  | ActivityClaimed
  | ActivityHeartbeat
  | ActivityCheckpoint
  | TimePassed
  | StopRequested
  | SignalReceived
  | ExecutionRedriven
  | ProgressDropped
  | ProgressRestated
  | ExecutionCondensed
  | TakenOver
  | ActivityResolved
  | MapRunUpdated;
