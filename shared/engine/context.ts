import type { Program } from "#core/execution/program.ts";
import type { ActivityRunner } from "#ports/activity-runner.ts";
import type { Clock, Entropy } from "#ports/clock.ts";
import type { Platform } from "#ports/platform.ts";
import type { EngineSettings } from "./settings.ts";

/** Something that operators should know of and that is no part of an execution's history. */
export interface SystemEvent {
  readonly severity: "info" | "warning" | "error";
  readonly kind:
    | "execution-taken-over"
    | "turn-failed"
    | "storage-failing"
    | "sweep-failed"
    | "receive-failed";
  readonly message: string;
  readonly executionId?: string;
  readonly cause?: unknown;
}

/** What the parts of an engine share. */
export interface EngineContext {
  readonly platform: Platform;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly runner: ActivityRunner;
  /** The program of a process; synchronous where it is at hand. */
  readonly program: (
    process: string,
    version?: number,
  ) => Program | undefined | Promise<Program | undefined>;
  readonly settings: EngineSettings;
  /** Name of this server in records. */
  readonly server: string;
  readonly onSystemEvent: (event: SystemEvent) => void;
}
