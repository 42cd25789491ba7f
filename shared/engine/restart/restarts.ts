/**
 * Restart from a point (ADR 12): what it would do, and the new execution that does it. A module over
 * the read side and the start of executions; turns know nothing of it.
 */
import type { LaterState } from "#core/asl/later-states.ts";
import type { Beginning, RestartOf } from "#core/execution/facts.ts";
import type { Json } from "#core/json.ts";
import type { Started } from "#engine/engine.ts";

/**
 * Where to begin: a state, a start point, or the event by which a state was entered; a state beside an event
 * begins with what the state of the event was given. The last time that it was entered where there is no event.
 */
export interface RestartFrom {
  readonly state?: string | undefined;
  readonly startPoint?: string | undefined;
  readonly eventId?: number | undefined;
}

export interface RestartRequest {
  readonly executionId: string;
  readonly from: RestartFrom;
  /** In place of what the state was given. */
  readonly input?: Json;
  /** Absent: the version of the execution. */
  readonly version?: number | "newest";
  /** The same name and request again is the same execution; absent: one is made up. */
  readonly name?: string;
  readonly by: string;
}

/**
 * What an activity does to the world outside when it runs once more: nothing; what its adapter says
 * may be repeated after an interruption; anything.
 */
export type Effect = "readOnly" | "restartable" | "sideEffects";

/** A state that may be entered after the point. */
export interface PreviewedState extends Pick<LaterState, "machine" | "name"> {
  readonly type: string;
  readonly resource?: string;
  /** Task states: attempts that had begun there after the point; absent where nothing is kept of them. */
  readonly attemptCount?: number;
  /** Of the attempts that had begun, the worst; else what is declared whatever the parameters are, if it is. */
  readonly effect?: Effect;
}

/** What a restart would do. */
export interface RestartPreview {
  readonly restartOf: RestartOf;
  readonly process: string;
  readonly version: number;
  readonly beginsAt: Beginning & { readonly input: Json };
  readonly states: readonly PreviewedState[];
}

export interface Restarts {
  /** Writes nothing. Rejects as `restart` does, but for the name. */
  readonly preview: (request: Omit<RestartRequest, "name" | "by">) => Promise<RestartPreview>;
  /**
   * Resolves when the start of the new execution is durable; idempotent by name (G6). Rejects:
   * `execution-not-found`, `execution-not-restartable`, `start-point-not-found`, `process-not-found`,
   * `execution-name-taken`, `execution-name-invalid`, `server-stopping`, `storage-*`.
   */
  readonly restart: (request: RestartRequest) => Promise<Started>;
  /** Ids of the executions that an execution was restarted as, by name, at most a hundred. */
  readonly restartsOf: (executionId: string) => Promise<readonly string[]>;
}
