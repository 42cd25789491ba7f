/** The other servers, as this one knows them. */
export interface Peers {
  /**
   * Whether the run of a server that took a turn is known to be over: its process is gone for certain, so
   * it will never write or begin anything again, and its lease means nothing. False where that is not known.
   */
  readonly isGone: (turn: string) => boolean;
  /** Names of those that live, whether they do anything or stand still. */
  readonly names: () => readonly string[];
  /** For each of those that live, how many executions it had a turn for a moment ago. */
  readonly loads: () => readonly number[];
  /** Whether this server is the one that looks first when the time of an execution has come. */
  readonly isFirstFor: (executionId: string) => boolean;
}
