import type { StateMachine } from "../asl/definition.ts";

/** What the ARNs of the context object are made of. Default: account 000000000000, region `local`. */
export interface Identity {
  readonly account: string;
  readonly region: string;
}

/** What Step Functions has two kinds of workflows for; here an EXPRESS one differs by `expressSecondsMax` and what it may hold. */
export type ProcessType = "STANDARD" | "EXPRESS";

/** What a process says of durability; absent: `full`, and never stale. */
export interface ProcessSettings {
  readonly persistence?: "full" | "onFailure" | "none";
  /** With `none`, what becomes of an execution whose server is lost; absent: skip. */
  readonly onLoss?: "skip" | "rerun";
  /** Seconds that an execution may stand still and yet be gone on with. */
  readonly freshness?: number;
  /** What becomes of one that stood still for longer; absent: startOver. */
  readonly onStale?: "startOver" | "drop";
}

/** A process version as the interpreter runs it: pinned by the execution, immutable. */
export interface Program {
  readonly process: string;
  readonly version: number;
  readonly definition: StateMachine;
  /** Default: STANDARD. */
  readonly type?: ProcessType;
  readonly settings?: ProcessSettings;
  readonly identity?: Identity;
  /** Characters of JSON that a state may leave behind; default: `valueSizeMax`. */
  readonly valueSizeMax?: number;
}
