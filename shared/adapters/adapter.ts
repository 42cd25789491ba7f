import type { Json, JsonObject } from "#core/json.ts";

/** What may be done with an activity whose server died while it ran (G4). */
export interface ActivityFlags {
  /** Changes nothing outside: may always run again. */
  readonly readOnly: boolean;
  /** Running it again with the same idempotency key does no harm. */
  readonly restartable: boolean;
  /** Its probe (`verify`) can find out whether it happened. */
  readonly verifiable: boolean;
  /** Another attempt goes on from the checkpoint of the one before, and does no harm where there is none. Absent: no. */
  readonly resumable?: boolean;
}

/** What an activity is given beside its parameters. */
export interface ActivityContext {
  readonly executionId: string;
  readonly process: string;
  readonly state: string;
  readonly activity: string;
  /** From 1; retries and restarts count. */
  readonly attempt: number;
  /** The same over all attempts of the activity, and of no other activity: `<executionId>/<activity>`. */
  readonly idempotencyKey: string;
  /** Aborted when nobody waits for the result any more. */
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  /** What the state's `Credentials` give, such as the role to act as. */
  readonly credentials: Json | undefined;
  /** Says that it is alive: moves the deadline of HeartbeatSeconds. */
  readonly heartbeat: () => void;
  /** What the newest attempt before this one has saved, whatever its parameters were; absent: nothing. */
  readonly checkpoint: Json | undefined;
  /**
   * Saves how far it has come, for the attempt after a restart or a retry; resolves when that is durable.
   * Each costs a write to the log. Rejects with `Holdfast.CheckpointTooLarge` (`checkpointSizeMax`), or
   * when nobody waits for the result any more.
   */
  readonly saveCheckpoint: (checkpoint: Json) => Promise<void>;
}

/** What a probe found out; without `happened` it did not, and an operator is asked. */
export type Verdict =
  | { readonly happened: true; readonly output: Json }
  | { readonly happened: false }
  | { readonly reason: string };

export interface ActivityDefinition {
  readonly title: string;
  readonly description: string;
  /** JSON Schema (2020-12) of parameters and result. */
  readonly input: JsonObject;
  readonly output: JsonObject;
  /** By parameters where it depends on them (an HTTP GET is read-only, a POST is not). */
  readonly flags: ActivityFlags | ((parameters: Json) => ActivityFlags);
  /** Error names that it may fail with, and what each means. */
  readonly errors: Readonly<Record<string, string>>;
  /** The type of target it acts on, where it acts on one. */
  readonly targetType?: string;
  /** What it acts on, by its parameters, which need not fit the schema: a name that operators know, such as a host. */
  readonly target?: (parameters: Json) => string | undefined;
  /** Resolves with the result, or rejects with an {@link ActivityError}; anything else thrown is a bug of the adapter and fails as `States.TaskFailed`. */
  readonly run: (parameters: Json, context: ActivityContext) => Promise<Json> | Json;
  /**
   * Finds out whether an attempt with these parameters and this idempotency key took effect whose
   * server was lost (ADR 10). It changes nothing, and may run again. Where it is there, `verifiable` may be true.
   */
  readonly verify?: (parameters: Json, context: ActivityContext) => Promise<Verdict> | Verdict;
}

/** Why an activity that an adapter could offer is not offered here, and what to do about it. */
export interface Unavailable {
  readonly unavailable: string;
}

/** A module that offers activities: resource `holdfast:<name>:<activity>`. */
export interface Adapter {
  readonly name: string;
  readonly description: string;
  readonly activities: Readonly<Record<string, ActivityDefinition>>;
  /**
   * Activities that are too many to list, by resources of their own kind such as ARNs. What is found is
   * remembered, what is unavailable is asked for again. `undefined`: no resource of this adapter.
   */
  readonly find?: (resource: string) => ActivityDefinition | Unavailable | undefined;
}

/** The failure of an activity: `error` is one of the names its manifest lists. */
export class ActivityError extends Error {
  override readonly name = "ActivityError";
  readonly error: string;

  constructor(error: string, cause: string, options: { cause?: unknown } = {}) {
    super(cause, options);
    this.error = error;
  }
}
