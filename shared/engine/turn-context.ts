import type { OwedCommand } from "#core/execution/commands.ts";
import type { Program } from "#core/execution/program.ts";
import type { Activity, ExecutionState } from "#core/execution/state.ts";
import type { Json } from "#core/json.ts";
import type { ActivityResult } from "#ports/activity-runner.ts";
import type { EngineContext } from "./context.ts";

/** An execution that a turn works on. */
export interface Place {
  readonly program: Program;
  readonly state: ExecutionState;
}

export type AttemptResult =
  | ActivityResult
  /** The call went through; the result comes from outside. */
  | { readonly kind: "submitted"; readonly output: Json };

/** What turns need besides the context of the engine: the ways to other executions and to workers. */
export interface TurnContext extends EngineContext {
  /**
   * Carries out an attempt that no adapter runs (`resource-kind.ts`): starts the child. To do it again
   * changes nothing, so it is never interrupted. Never rejects for a passing fault.
   */
  readonly handOff: (place: Place, activity: Activity) => Promise<AttemptResult>;
  /** Carries out a command that is owed; to do it again changes nothing. */
  readonly carryOut: (state: ExecutionState, command: OwedCommand) => Promise<void>;
}
