/**
 * - `running`; `draining`: it takes no more work and is about to end;
 * - `silent`: its process is there and does nothing; `gone`: its process is not there any more.
 */
export type ServerState = "running" | "draining" | "silent" | "gone";

/** A server of the environment, as the one that is asked sees it. */
export interface ServerDescription {
  readonly name: string;
  readonly state: ServerState;
  readonly pid: number;
  /** Of Holdfast. */
  readonly version?: string;
  readonly url?: string;
  readonly startedAtMs?: number;
  readonly heartbeatAtMs?: number;
  /** Executions that it had a turn for at its last heartbeat. */
  readonly executionCount?: number;
  /** Whether it is the one that is asked. */
  readonly isSelf: boolean;
}

/** The servers of an environment. */
export interface Servers {
  /** By name. */
  readonly list: () => Promise<readonly ServerDescription[]>;
  /**
   * Forgets a server that is gone, or asks a living one to drain and end; one that is silent does so when
   * it wakes up. Answers what it was; `undefined`: there is none of that name.
   */
  readonly remove: (name: string) => Promise<ServerDescription | undefined>;
}
