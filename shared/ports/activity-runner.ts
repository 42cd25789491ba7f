import type { Json } from "#core/json.ts";

/** One attempt of an activity, as the engine hands it to whoever runs activities. */
export interface ActivityRequest {
  readonly executionId: string;
  readonly process: string;
  readonly state: string;
  readonly activity: string;
  readonly attempt: number;
  readonly resource: string;
  readonly parameters: Json;
  /** It is not to be carried out: whether it took effect is asked (the probe of its adapter). */
  readonly isProbe?: boolean;
  /** What the state's `Credentials` give, such as the role to act as. */
  readonly credentials?: Json;
  readonly signal: AbortSignal;
  readonly heartbeat: () => void;
  /** What the attempt before has saved, if one did. */
  readonly checkpoint?: Json;
  /**
   * Saves how far the attempt has come, for the next one; resolves when that is durable. Rejects when
   * nobody waits for the attempt any more. To be called as a method.
   */
  saveCheckpoint(checkpoint: Json): Promise<void>;
}

export type ActivityResult =
  | { readonly kind: "succeeded"; readonly output: Json }
  | { readonly kind: "failed"; readonly error: string; readonly cause: string };

/** Runs the activities of the default pool; the registry of adapters implements it. */
export interface ActivityRunner {
  /** Never rejects: what goes wrong is a failed result. May answer at once. */
  readonly run: (request: ActivityRequest) => Promise<ActivityResult> | ActivityResult;
  /** Whether an attempt that was interrupted may simply run again (G4). */
  readonly mayRestart: (resource: string, parameters: Json) => boolean;
  /** Whether it can be asked if an attempt that was interrupted took effect (`ActivityRequest.isProbe`). */
  readonly mayVerify: (resource: string, parameters: Json) => boolean;
}
