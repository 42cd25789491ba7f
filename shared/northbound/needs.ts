import type { Action } from "#access/actions.ts";
import type { ObjectRef } from "#access/call-access.ts";
import { executionNotFound } from "#engine/execution-not-found.ts";

/** An action, and what it is done to. */
export interface NeededPermission<Call> {
  readonly action: Action;
  /**
   * - `environment`: what belongs to no process;
   * - `each`: the handler asks for each object that it meets, and leaves out what may not be read;
   * - else the one object of the call.
   */
  readonly object: "environment" | "each" | ((call: Call) => ObjectRef);
  /** The answer where the caller may not even know of the object: that of one that is not there. */
  readonly hidden?: (call: Call) => Error;
}

/** Who may call an operation: anybody without a word, anybody who says who it is, or who may do this. */
export type Needs<Call> = "nobody" | "somebody" | NeededPermission<Call>;

interface OfExecution {
  readonly params: { readonly executionId: string };
}

/** Needs an action on the execution that the path names. */
export const onExecution = (action: Action): NeededPermission<OfExecution> => ({
  action,
  object: ({ params }) => ({ kind: "execution", executionId: params.executionId }),
  hidden: ({ params }) => executionNotFound(params.executionId),
});

/** Needs an action on what belongs to no process. */
export const onEnvironment = (action: Action): NeededPermission<unknown> => ({
  action,
  object: "environment",
});

/** Needs an action on any object at all; the handler asks for each. */
export const onEach = (action: Action): NeededPermission<unknown> => ({ action, object: "each" });
