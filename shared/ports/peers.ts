/** The other servers that live, as this one knows them: hints by which work is shared, never what decides. */
export interface Peers {
  /** For each of them, how many executions it had a turn for a moment ago. */
  readonly loads: () => readonly number[];
  /** Whether this server is the one that looks first when the time of an execution has come. */
  readonly isFirstFor: (executionId: string) => boolean;
}
