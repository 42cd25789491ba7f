import type { Program } from "#core/execution/program.ts";
import type { ActivityRunner } from "#ports/activity-runner.ts";
import type { Clock, Entropy } from "#ports/clock.ts";
import type { Peers } from "#ports/peers.ts";
import type { Platform } from "#ports/platform.ts";
import type { SystemEvent } from "#ports/system-event.ts";
import type { Drains } from "./drains.ts";
import type { Duty } from "./duty.ts";
import type { EngineSettings } from "./settings.ts";
import type { Suspects } from "./suspects.ts";
import type { Watchdog } from "./watchdog.ts";

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
  /** Absent: everything. */
  readonly duty?: Duty;
  /** Name of this server in records. */
  readonly server: string;
  /** Tells this run of the server from every other; absent: its name does. */
  readonly serverRun?: string;
  /** The servers with which it shares the work; absent: it is alone. */
  readonly peers?: Peers;
  /** Absent: nothing is ever drained. */
  readonly drains?: Drains;
  /** Absent: nothing is ever set aside. */
  readonly suspects?: Suspects;
  /** Absent: nobody is told of waits that last too long. */
  readonly watchdog?: Watchdog;
  readonly onSystemEvent: (event: SystemEvent) => void;
}
