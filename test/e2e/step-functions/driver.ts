/** One scenario, whichever way it is driven: what a driver can do, and what its answers have in common. */

/** An execution, whoever shows it. */
export interface Shown {
  readonly name: string;
  readonly status: string;
  readonly startedAtMs: number;
  readonly stoppedAtMs: number | undefined;
  readonly input: unknown;
  readonly output: unknown;
  readonly error: string | undefined;
  readonly cause: string | undefined;
  readonly redriveCount: number;
}

/** A line of the history, whoever shows it. */
export interface ShownEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly type: string;
  readonly atMs: number;
  readonly name: string | undefined;
  readonly input: unknown;
  readonly output: unknown;
  readonly error: string | undefined;
  readonly cause: string | undefined;
}

export interface Driver {
  readonly title: string;
  readonly create: (process: string, definition: object) => Promise<void>;
  readonly start: (process: string, name: string, input: unknown) => Promise<void>;
  readonly describe: (process: string, name: string) => Promise<Shown>;
  readonly history: (process: string, name: string) => Promise<readonly ShownEvent[]>;
  readonly stop: (
    process: string,
    name: string,
    reason: { readonly error: string; readonly cause: string },
  ) => Promise<void>;
  readonly redrive: (process: string, name: string) => Promise<void>;
  /** Names of all executions of a process, newest start first, read in pages. */
  readonly list: (process: string, pageSize: number) => Promise<readonly string[]>;
  /** What the answer to a call that cannot be is called. */
  readonly refusal: (call: () => Promise<unknown>) => Promise<string>;
}

/** Text that is JSON, as a value. */
export const valueIn = (text: string | undefined): unknown =>
  text === undefined ? undefined : JSON.parse(text);

export const machineArn = (process: string): string =>
  `arn:aws:states:local:000000000000:stateMachine:${process}`;

export const executionArn = (process: string, name: string): string =>
  `arn:aws:states:local:000000000000:execution:${process}:${name}`;

export const roleArn = "arn:aws:iam::000000000000:role/holdfast";

interface Details {
  readonly name?: string | undefined;
  readonly input?: string | undefined;
  readonly output?: string | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/** An event of the service, whose details stand in an object named by its type. */
export const serviceEvent = (
  event: {
    readonly id?: number | undefined;
    readonly previousEventId?: number | undefined;
    readonly type?: string | undefined;
  },
  atMs: number,
): ShownEvent => {
  const found = Object.entries(event).find(([field]) => field.endsWith("EventDetails"));
  const details = (found?.[1] ?? {}) as Details;
  return {
    id: event.id ?? 0,
    previousEventId: event.previousEventId ?? 0,
    type: event.type ?? "",
    atMs,
    name: details.name,
    input: valueIn(details.input),
    output: valueIn(details.output),
    error: details.error,
    cause: details.cause,
  };
};
