import type { StateMachine } from "../asl/definition.ts";

/** What the ARNs of the context object are made of. Default: account 000000000000, region `local`. */
export interface Identity {
  readonly account: string;
  readonly region: string;
}

/** What Step Functions has two kinds of workflows for; here an EXPRESS one differs by `expressSecondsMax` and what it may hold. */
export type ProcessType = "STANDARD" | "EXPRESS";

/** A process version as the interpreter runs it: pinned by the execution, immutable. */
export interface Program {
  readonly process: string;
  readonly version: number;
  readonly definition: StateMachine;
  /** Default: STANDARD. */
  readonly type?: ProcessType;
  readonly identity?: Identity;
  /** Characters of JSON that a state may leave behind; default: `valueSizeMax`. */
  readonly valueSizeMax?: number;
}
