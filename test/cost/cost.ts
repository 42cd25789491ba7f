/**
 * What executions cost on AWS: `npm run cost [-- --json]`.
 *
 * The functions themselves run, on servers of this machine that speak DynamoDB and SQS; what AWS would bill of
 * each call is counted on the wire and multiplied by list prices. Only durations are not AWS's: an invocation is
 * as long as it takes here, alone, with servers that answer in some milliseconds as DynamoDB does.
 */
import { parseArgs } from "node:util";
import type { Counts } from "./meter.ts";
import { prices, type Unit } from "./prices.ts";
import { type Metered, memoryGb, openMetered } from "./workload.ts";

/** Services of the target; all-in has the others too. */
const groups: Readonly<Record<string, readonly Unit[]>> = {
  DynamoDB: ["dynamodbWriteUnits", "dynamodbReadUnits"],
  SQS: ["sqsRequests"],
  Lambda: ["lambdaRequests", "lambdaGbMs"],
  API: ["apiRequests"],
  events: ["events"],
  logs: ["logKilobytes"],
  Scheduler: ["schedulerInvocations"],
};
const core = ["DynamoDB", "SQS", "Lambda"] as const;
/** USD per million transitions: DynamoDB, SQS and Lambda; and all of it. */
const regions = 3;
/** Invocations of the sweep in a month of 30 days. */
const sweepsMonthly = 30 * 24 * 60;
const activityMs = 200;
const targets = { core: 1.5, allIn: 2 };

interface Workload {
  readonly name: string;
  /** State transitions of an execution, as Step Functions counts them: states that were entered. */
  readonly transitions: number;
  readonly executions: number;
  readonly process: { readonly definition: object; readonly settings?: object };
  readonly input?: unknown;
  /** `quiet`: each start is followed by its turns; `busy`: turns come in batches of ten. */
  readonly mode: "quiet" | "busy";
  /** It waits for so long on its way. */
  readonly waitsMs?: number;
}

interface Result {
  readonly name: string;
  readonly transitions: number;
  /** Of one execution. */
  readonly units: Counts;
  /** USD per million transitions. */
  readonly usd: Readonly<Record<string, number>>;
  readonly coreUsd: number;
  readonly allInUsd: number;
  /** `coreUsd` on strongly consistent global tables. */
  readonly strongUsd: number;
}

const chainOf = (count: number) => ({
  StartAt: "A1",
  States: Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `A${index + 1}`,
      {
        Type: "Task",
        Resource: "holdfast:core:echo",
        ...(index + 1 < count ? { Next: `A${index + 2}` } : { End: true }),
      },
    ]),
  ),
});

const dayMs = 86_400_000;
const minuteMs = 60_000;

const waitOf = (ms: number) => ({
  StartAt: "A1",
  States: {
    A1: { Type: "Task", Resource: "holdfast:core:echo", Next: "Wait" },
    Wait: { Type: "Wait", Seconds: ms / 1_000, Next: "A2" },
    A2: { Type: "Task", Resource: "holdfast:core:echo", End: true },
  },
});

const mapOf = (MaxConcurrency: number) => ({
  StartAt: "Each",
  States: {
    Each: {
      Type: "Map",
      ItemProcessor: chainOf(1),
      MaxConcurrency,
      End: true,
    },
  },
});

const itemsOf = (count: number) => Array.from({ length: count }, (_, index) => index);

const workloads: readonly Workload[] = [
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
    name: "10 activities, persistence none",
    transitions: 10,
    executions: 40,
    process: { definition: chainOf(10), settings: { persistence: "none" } },
    mode: "quiet",
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
    name: "2 activities and a day between, batches of ten executions",
    transitions: 3,
    executions: 100,
    process: { definition: waitOf(dayMs) },
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

const takeAllTurns = async (metered: Metered): Promise<void> => {
  while ((await metered.takeTurns()) > 0) {
    // More may have come.
  }
};

/** The sweep in the minute before the time hands over to the queue; those of the other minutes are the environment's. */
const passTime = async (metered: Metered, waitsMs: number): Promise<void> => {
  metered.jump(waitsMs - minuteMs);
  await metered.sweep();
  metered.jump(minuteMs + 1_000);
  await takeAllTurns(metered);
};

const run = async (metered: Metered, workload: Workload, index: number): Promise<Result> => {
  const { name, transitions, executions, mode } = workload;
  const { definition, settings } = workload.process;
  const process = `process-${index}`;
  await metered.deploy(process, definition, settings);
  if (executions > 1) {
    // What an instance reads once is no part of what an execution costs.
    await metered.start(process, workload.input);
    await takeAllTurns(metered);
    if (workload.waitsMs !== undefined) await passTime(metered, workload.waitsMs);
  }
  metered.meter.take();

  const ids: string[] = [];
  for (let count = 0; count < executions; count += 1) {
    ids.push(await metered.start(process, workload.input));
    if (mode === "quiet") await takeAllTurns(metered);
  }
  await takeAllTurns(metered);
  if (workload.waitsMs !== undefined) await passTime(metered, workload.waitsMs);
  const { units } = metered.meter.take();
  for (const id of ids) {
    const status = await metered.status(id);
    if (status !== "SUCCEEDED") throw new Error(`${id} of "${name}" is ${status}`);
  }
  return resultOf({ name, transitions, executions, units });
};

const resultOf = (measured: {
  readonly name: string;
  readonly transitions: number;
  readonly executions: number;
  readonly units: Counts;
}): Result => {
  const { name, transitions, executions } = measured;
  const units = Object.fromEntries(
    Object.entries(measured.units).map(([unit, count]) => [unit, count / executions]),
  ) as Counts;
  const usd = Object.fromEntries(
    Object.entries(groups).map(([group, of]) => [
      group,
      of.reduce((sum, unit) => sum + (units[unit] ?? 0) * prices.perMillion[unit], 0) / transitions,
    ]),
  );
  const coreUsd = core.reduce((sum, group) => sum + (usd[group] ?? 0), 0);
  const allInUsd = Object.values(usd).reduce((sum, value) => sum + value, 0);
  // Each of three regions is billed for each write.
  const written = (units.dynamodbWriteUnits ?? 0) * prices.perMillion.dynamodbWriteUnits;
  const strongUsd = coreUsd + ((regions - 1) * written) / transitions;
  return { name, transitions, units, usd, coreUsd, allInUsd, strongUsd };
};

/** What an environment costs in which nothing happens, USD a month. */
const idleMonthly = async (metered: Metered): Promise<number> => {
  // Of an instance that has read what it reads once.
  await metered.sweep();
  metered.meter.take();
  await metered.sweep();
  const { units } = metered.meter.take();
  const usd = Object.entries(units).reduce(
    (sum, [unit, count]) => sum + count * prices.perMillion[unit as Unit],
    0,
  );
  return (usd * sweepsMonthly) / 1e6;
};

const activityUsd = activityMs * memoryGb * prices.perMillion.lambdaGbMs;

const print = (results: readonly Result[], idleUsd: number): void => {
  console.log(
    `USD per million state transitions (${prices.region}, list prices of ${prices.asOf}, no free tier)\n`,
  );
  for (const { name, units, usd, coreUsd, allInUsd, strongUsd } of results) {
    console.log(name);
    const parts = Object.entries(usd).map(([group, value]) => `${group} ${value.toFixed(3)}`);
    console.log(`  ${parts.join("  ")}`);
    console.log(
      `  DynamoDB + SQS + Lambda ${coreUsd.toFixed(2)}, all-in ${allInUsd.toFixed(2)}, in three regions with strong consistency ${strongUsd.toFixed(2)}`,
    );
    const counts = Object.entries(units).map(
      ([unit, count]) => `${Number(count.toFixed(2))} ${unit}`,
    );
    console.log(`  an execution: ${counts.join(", ")}\n`);
  }
  console.log(
    `An activity that a function waits ${activityMs} ms for adds ${activityUsd.toFixed(2)} if nothing else runs there, a tenth where ten do.`,
  );
  console.log(`The sweep: ${idleUsd.toFixed(2)} a month.`);
  console.log(`Step Functions Standard: ${prices.perMillion.stepFunctionsTransitions.toFixed(2)}`);
  console.log(
    `Targets: DynamoDB + SQS + Lambda ${targets.core.toFixed(2)}, all-in ${targets.allIn.toFixed(2)}`,
  );
};

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const metered = await openMetered();
const results: Result[] = [];
for (const [index, workload] of workloads.entries())
  results.push(await run(metered, workload, index));
const idleUsd = await idleMonthly(metered);
await metered.close();
if (values.json)
  console.log(JSON.stringify({ prices, targets, results, activityUsd, idleUsd }, null, 2));
else print(results, idleUsd);
process.exit(0);
