import type { StateMachine } from "../asl/definition.ts";

/** A process version as the interpreter runs it: pinned by the execution, immutable. */
export interface Program {
  readonly process: string;
  readonly version: number;
  readonly definition: StateMachine;
}
