/** What the command reads of the answers of `/v1` about what stands beside processes. */

/** Tags by their names. */
export type TagSet = Readonly<Record<string, string>>;

/** A process or an activity with its tags. */
export interface Tagged {
  readonly tags: TagSet;
}

/** An activity that somebody announced. */
export interface KnownActivity extends Tagged {
  readonly name: string;
  readonly createdAt: string;
}

/** What clients of Step Functions are shown of a process beside its definition. */
export interface StateMachineSettings {
  readonly process: string;
  readonly roleArn?: string;
  readonly loggingConfiguration?: {
    readonly level?: string;
    readonly includeExecutionData?: boolean;
    readonly destinations?: readonly {
      readonly cloudWatchLogsLogGroup: { readonly logGroupArn: string };
    }[];
  };
  readonly tracingConfiguration?: { readonly enabled?: boolean };
}
