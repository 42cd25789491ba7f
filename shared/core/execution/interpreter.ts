/**
 * What one advance works with, and what the work in a state answers. The states do straight-line
 * work and answer an {@link Outcome}; `settle.ts` decides what follows from it.
 */
import type { Failure } from "../failure.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Command } from "./commands.ts";
import type { ContextExtras } from "./flow/context-object.ts";
import type { HistorySink } from "./history-event.ts";
import type { Program } from "./program.ts";
import type { Activity, Branch, ExecutionState, Waiting } from "./state.ts";

/** Clauses of a state of which some are taken and others not. */
export type Clause = "Entry" | "Choices" | "Default" | "Retry" | "Catch";

/** What somebody who tests a state or a process sees of it, and puts in its place. */
export interface Inspection {
  /** Hears of a value at a stage of the data's way through the state, named as the TestState API names it. */
  readonly see?: (stage: string, value: Json) => void;
  /** Hears which clause of the branch's state is taken; the index is among those of its kind. */
  readonly take?: (branch: Branch, clause: Clause, index: number) => void;
  /** Hears of each attempt of an activity that begins. */
  readonly attempt?: (branch: Branch, activity: Activity) => void;
  /** Stands for the context object. */
  readonly context?: (extras: ContextExtras) => Json;
}

/** One advance of one execution. */
export interface Interpreter {
  readonly program: Program;
  readonly state: ExecutionState;
  readonly sink: HistorySink | undefined;
  /** Filled in the order of decisions. */
  readonly commands: Command[];
  /** Branches that enter a state next, first come first served. */
  readonly ready: Branch[];
  /** Branches that go with the failure that is on its way up, as they stood. */
  readonly fallen: Map<string, Branch>;
  /** States that may still be entered in this advance. */
  transitionsLeft: number;
  readonly inspection: Inspection | undefined;
  /** Random text from outside, for a task token. Nothing in a record of before there was any. */
  readonly secret?: (() => string | undefined) | undefined;
}

/** The state is done: its output, the variables it assigns and where to go; `next` absent: the end. */
export interface Exits {
  readonly kind: "exits";
  readonly output: Json;
  readonly assigned: JsonObject | undefined;
  readonly next: string | undefined;
}

/** The branch stands still for what its `waiting` says. */
export interface Waits {
  readonly kind: "waits";
}

/** The state has failed; Retry and Catch are still to be asked. */
export interface Fails {
  readonly kind: "fails";
  readonly failure: Failure;
  /** A narrower name of the error that Retry and Catch know too. */
  readonly alias?: string;
}

export type Outcome = Exits | Waits | Fails;

/** The one {@link Waits}. */
export const waits: Waits = { kind: "waits" };

/** What a branch waits for while it waits for nothing. */
export const ready: Waiting = { kind: "ready" };
