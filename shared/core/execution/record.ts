import type { Command } from "./commands.ts";
import type { Fact } from "./facts.ts";

/** Where a record stands in the log of its execution. The start record is at epoch 0, seq 0. */
export interface Position {
  readonly epoch: number;
  readonly seq: number;
}

/** The right of one turn to run the activities of an execution, until an instant. */
export interface Lease {
  readonly turn: string;
  readonly untilMs: number;
}

/**
 * One commit to the log of an execution. Its facts apply in their order, all at `atMs`, which never
 * runs backwards within an execution.
 */
export interface LogRecord extends Position {
  readonly executionId: string;
  /** Drawn by the writer: finding one's own at the position means that the put succeeded. */
  readonly commitId: string;
  readonly server: string;
  readonly turn: string;
  readonly atMs: number;
  readonly facts: readonly Fact[];
  readonly commands: readonly Command[];
  /** The commands of every record up to this seq are carried out; -1: of none. */
  readonly doneThrough: number;
  /** Present when the writer's turn runs activities: until then nobody else may take over. */
  readonly leaseUntilMs?: number;
  /** Random text that the facts needed, for task tokens, in the order of its use: replay takes it from here. */
  readonly secrets?: readonly string[];
  /** Written by somebody who had no turn: the lease of the turn before it goes on. */
  readonly isOutside?: true;
}
