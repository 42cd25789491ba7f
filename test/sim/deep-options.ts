/** What the deepest range is made of, and what its servers are. */
import type { Program } from "#core/execution/program.ts";
import type { DrainOperations } from "#engine/drain-operations.ts";
import type { Engine } from "#engine/engine.ts";
import type { Clock } from "#ports/clock.ts";
import type { Platform } from "#ports/platform.ts";
import type { SystemEvent } from "#ports/system-event.ts";
import type { Callers } from "./clients.ts";
import type { DrainedServer } from "./drainers.ts";
import type { Random } from "./random.ts";
import type { RestartingServer } from "./restarting.ts";
import type { Storage } from "./storage.ts";
import type { Watched } from "./watched.ts";

/** A server of this range. */
export interface DeepServer extends DrainedServer, RestartingServer {
  readonly isReady: () => boolean;
  readonly operations: DrainOperations;
}

/** What a server is made of before its engine is. */
export interface Joining {
  readonly run: string;
  readonly platform: Platform;
  readonly clock: Clock;
  readonly onSystemEvent: (event: SystemEvent) => void;
}

export interface Joined extends Joining {
  readonly engine: Engine;
  readonly isDead: () => boolean;
  readonly isSilent: () => boolean;
  readonly isLeaving: () => boolean;
}

export interface DeepOptions {
  readonly callers: Callers;
  readonly random: Random;
  readonly storage: Storage;
  /** Never runs backwards. */
  readonly clock: Clock;
  /** What the clocks of the machine show. */
  readonly wallMs: () => number;
  readonly leaseMs: number;
  /** Servers have so little room that what may go on has to wait for it. */
  readonly isPatient: boolean;
  /** Sends signals to an execution. */
  readonly signal: (executionId: string) => void;
  readonly program: (process: string) => Program | undefined;
  readonly processes: readonly string[];
  /** Name of the execution that is poison, if one is. */
  readonly poison: string | undefined;
  readonly areFaultsOn: () => boolean;
  readonly executions: () => Iterable<Watched>;
  readonly hasEnded: (executionId: string) => boolean;
  readonly isOver: () => boolean;
  readonly call: (task: Promise<unknown>) => void;
  readonly note: (line: string) => void;
}
