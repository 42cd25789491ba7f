import { baseProcessOf } from "#core/execution/map-run/process-part.ts";
import { calledResource, resourceKind } from "#core/execution/resource-kind.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import type { Json } from "#core/json.ts";

export const drainScopes = [
  "environment",
  "server",
  "pool",
  "process",
  "target",
  "adapter",
] as const;

export type DrainScope = (typeof drainScopes)[number];

/** The pool of the servers themselves. */
export const defaultPool = "default";

/** Friendly maintenance: nothing new begins within a scope, what is in flight finishes. */
export interface Drain {
  /** `<scope>`, or `<scope>:<name>`. */
  readonly drainId: string;
  readonly scope: DrainScope;
  /** Which one; absent where the scope is the environment. */
  readonly name?: string;
  readonly by: string;
  readonly reason?: string;
  readonly beganAtMs: number;
  readonly deadlineAtMs?: number;
  /** What happens at the deadline with what is still in flight. */
  readonly onDeadline: "wait" | "interrupt";
}

export const drainIdOf = (scope: DrainScope, name: string | undefined): string =>
  name === undefined ? scope : `${scope}:${name}`;

/** An attempt, as far as a drain looks at it. */
export interface DrainedAttempt {
  readonly process: string;
  readonly resource: string;
  readonly parameters: Json;
}

/** The attempt of an activity of an execution. */
export const attemptOf = (
  { process }: Pick<ExecutionState, "process">,
  { resource, parameters }: { readonly resource: string; readonly parameters: Json },
): DrainedAttempt => ({ process, resource, parameters });

/** ARNs are what the adapter `aws` offers. */
const adapterOf = (resource: string): string | undefined =>
  resource.startsWith("arn:") ? "aws" : /^holdfast:([^:]+):/.exec(resource)?.[1];

/** What an activity acts on, as its adapter says; `undefined`: on nothing that has a name. */
export type TargetOf = (resource: string, parameters: Json) => string | undefined;

/** Whether a drain keeps an attempt from beginning. Starts of executions are not held: what they begin is. */
export const covers = (drain: Drain, attempt: DrainedAttempt, targetOf: TargetOf): boolean => {
  const kind = resourceKind(attempt.resource);
  if (kind === "child") return false;
  switch (drain.scope) {
    case "environment":
      return true;
    case "process":
      // What a map run does in its executions is done for the process that it is a part of.
      return attempt.process === drain.name || baseProcessOf(attempt.process) === drain.name;
    case "adapter":
      return kind === "adapter" && adapterOf(attempt.resource) === drain.name;
    case "target":
      return (
        kind === "adapter" &&
        targetOf(calledResource(attempt.resource), attempt.parameters) === drain.name
      );
    case "pool":
      return kind === "adapter" && drain.name === defaultPool;
    default:
      return false;
  }
};
