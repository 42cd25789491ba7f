/** The processes whose executions are priced. */

export interface Workload {
  readonly name: string;
  /** State transitions of an execution, as Step Functions counts them: states that were entered. */
  readonly transitions: number;
  readonly executions: number;
  readonly process: { readonly definition: object; readonly settings?: object };
  readonly input?: unknown;
  /** `quiet`: each start is followed by its turns; `busy`: turns come in batches of ten. */
  readonly mode: "quiet" | "busy";
  /** It waits for so long on its way: until `until` of its input. */
  readonly waitsMs?: number;
}

/** How long the target of activities that call something takes, ms. */
export const activityMs = 200;

const echo = { Resource: "holdfast:core:echo" };

const chainOf = (count: number, task: object = echo) => ({
  StartAt: "A1",
  States: Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `A${index + 1}`,
      {
        Type: "Task",
        ...task,
        ...(index + 1 < count ? { Next: `A${index + 2}` } : { End: true }),
      },
    ]),
  ),
});

const dayMs = 86_400_000;

/** All wait for the same instant, which the input has. */
const waiting = {
  StartAt: "A1",
  States: {
    A1: { Type: "Task", ...echo, Next: "Wait" },
    Wait: { Type: "Wait", TimestampPath: "$.until", Next: "A2" },
    A2: { Type: "Task", ...echo, End: true },
  },
};

const mapOf = (MaxConcurrency: number, ProcessorConfig?: object) => ({
  StartAt: "Each",
  States: {
    Each: {
      Type: "Map",
      ItemProcessor: { ...(ProcessorConfig && { ProcessorConfig }), ...chainOf(1) },
      MaxConcurrency,
      End: true,
    },
  },
});

const itemsOf = (count: number) => Array.from({ length: count }, (_, index) => index);

/** `slowUrl` is answered after `activityMs`. */
export const workloadsOf = (slowUrl: string): readonly Workload[] => {
  const slow = { Resource: "holdfast:http:request", Parameters: { url: slowUrl } };
  return [
    {
      name: "10 activities, one execution at a time",
      transitions: 10,
      executions: 40,
      process: { definition: chainOf(10) },
      mode: "quiet",
    },
    {
      name: "10 activities, batches of ten executions",
      transitions: 10,
      executions: 100,
      process: { definition: chainOf(10) },
      mode: "busy",
    },
    {
      name: "10 activities, persistence none, one execution at a time",
      transitions: 10,
      executions: 40,
      process: { definition: chainOf(10), settings: { persistence: "none" } },
      mode: "quiet",
    },
    {
      name: "10 activities of 200 ms, one execution at a time",
      transitions: 10,
      executions: 5,
      process: { definition: chainOf(10, slow) },
      mode: "quiet",
    },
    {
      name: "10 activities of 200 ms, batches of ten executions",
      transitions: 10,
      executions: 50,
      process: { definition: chainOf(10, slow) },
      mode: "busy",
    },
    {
      name: "Map of 1,000 items, 40 at a time",
      transitions: 1_001,
      executions: 1,
      process: { definition: mapOf(40) },
      input: itemsOf(1_000),
      mode: "quiet",
    },
    {
      name: "Distributed Map of 1,000 items, each an execution of its own, 40 at a time",
      transitions: 2_001,
      executions: 1,
      process: { definition: mapOf(40, { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" }) },
      input: itemsOf(1_000),
      mode: "quiet",
    },
    {
      name: "2 activities and a day between, 1,000 executions in batches of ten",
      transitions: 3,
      executions: 1_000,
      process: { definition: waiting },
      mode: "busy",
      waitsMs: dayMs,
    },
    {
      name: "1,000 activities in one execution",
      transitions: 1_000,
      executions: 1,
      process: { definition: chainOf(1_000) },
      mode: "quiet",
    },
    {
      name: "10,000 activities in one execution, a Map of one at a time",
      transitions: 10_001,
      executions: 1,
      process: { definition: mapOf(1) },
      input: itemsOf(10_000),
      mode: "quiet",
    },
  ];
};
