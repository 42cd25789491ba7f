/**
 * What executions cost on AWS: `npm run cost [-- --json] [-- --only TEXT]`.
 *
 * The functions themselves run, in a process of their own, against servers of this machine that speak DynamoDB and
 * SQS; what AWS would bill of each call is counted on the wire and multiplied by list prices. Only durations are not
 * AWS's: an invocation waits for answers that take as long as on AWS (`meter.ts`), and computes as long as its part
 * of a processor of this machine takes.
 */
import { parseArgs } from "node:util";
import type { Counts } from "./meter.ts";
import { prices, type Unit, usdPerMillion } from "./prices.ts";
import { type Metered, openMetered } from "./workload.ts";
import { activityMs, type Workload, workloadsOf } from "./workloads.ts";

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
const targets = { core: 1.5, allIn: 2 };
const regions = 3;
/** Invocations of the sweep in a month of 30 days. */
const sweepsMonthly = 30 * 24 * 60;
const minuteMs = 60_000;
/** So late turns are taken for a timer: a message is delayed by whole seconds, from when it was sent. */
const lateMs = 5_000;
/** Executions before those that are measured. */
const warmUp = 20;
const secondsDaily = 86_400;

interface Result {
  readonly name: string;
  readonly transitions: number;
  /** Of one execution. */
  readonly units: Counts;
  /** USD per million transitions. */
  readonly usd: Readonly<Record<string, number>>;
  readonly coreUsd: number;
  readonly allInUsd: number;
  /** `coreUsd` on strongly consistent global tables; computed. */
  readonly strongUsd: number;
}

const takeAllTurns = async (metered: Metered): Promise<void> => {
  while ((await metered.takeTurns()) > 0) {
    // More may have come.
  }
};

/**
 * The sweep in the minute before an instant hands over to the queue; those of the other minutes are the environment's.
 * Time stands still while the turns are taken: on AWS they are at the same time.
 */
const passTime = async (metered: Metered, untilMs: number): Promise<void> => {
  metered.jump(untilMs - minuteMs - Date.now());
  await metered.sweep();
  do metered.jump(untilMs + lateMs - Date.now());
  while ((await metered.takeTurns()) > 0);
};

const runAll = async (metered: Metered, workload: Workload, process: string): Promise<string[]> => {
  const { executions, mode, waitsMs } = workload;
  const untilMs = waitsMs === undefined ? undefined : Date.now() + waitsMs;
  const input = untilMs === undefined ? workload.input : { until: new Date(untilMs).toISOString() };
  const ids: string[] = [];
  for (let count = 0; count < executions; count += 1) {
    ids.push(await metered.start(process, input));
    if (mode === "quiet") await takeAllTurns(metered);
  }
  await takeAllTurns(metered);
  if (untilMs !== undefined) await passTime(metered, untilMs);
  return ids;
};

const run = async (metered: Metered, workload: Workload, index: number): Promise<Result> => {
  const { name, executions } = workload;
  const { definition, settings } = workload.process;
  const process = `process-${index}`;
  await metered.deploy(process, definition, settings);
  // What an instance reads and compiles once is no part of what an execution costs.
  if (executions > 1)
    await runAll(metered, { ...workload, executions: Math.min(executions, warmUp) }, process);
  metered.meter.take();

  const ids = await runAll(metered, workload, process);
  const { units } = metered.meter.take();
  for (const id of ids) {
    const status = await metered.status(id);
    if (status !== "SUCCEEDED") throw new Error(`${id} of "${name}" is ${status}`);
  }
  return resultOf(workload, units);
};

const resultOf = ({ name, transitions, executions }: Workload, counts: Counts): Result => {
  const units = Object.fromEntries(
    Object.entries(counts).map(([unit, count]) => [unit, count / executions]),
  ) as Counts;
  const usd = Object.fromEntries(
    Object.entries(groups).map(([group, of]) => [
      group,
      of.reduce((sum, unit) => sum + (units[unit] ?? 0) * usdPerMillion(unit), 0) / transitions,
    ]),
  );
  const coreUsd = core.reduce((sum, group) => sum + (usd[group] ?? 0), 0);
  const allInUsd = Object.values(usd).reduce((sum, value) => sum + value, 0);
  // Each of three regions is billed for each write.
  const written = (units.dynamodbWriteUnits ?? 0) * usdPerMillion("dynamodbWriteUnits");
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
    (sum, [unit, count]) => sum + count * usdPerMillion(unit as Unit),
    0,
  );
  return (usd * sweepsMonthly) / 1e6;
};

/**
 * What traces add, USD per million transitions, computed: Lambda records one invocation a second and 5 % of the
 * others ("Visualize Lambda function invocations using AWS X-Ray"); an execution of ten activities has two.
 */
const tracesUsd = (executionsDaily: number): number => {
  const invocations = executionsDaily;
  const everySecond = Math.min(invocations, secondsDaily);
  const traces = 2 * (everySecond + 0.05 * (invocations - everySecond));
  return (traces * usdPerMillion("traces")) / (executionsDaily * 10);
};

const printHeading = (): void =>
  console.log(
    `USD per million state transitions (${prices.region}, list prices checked on ${prices.checkedOn}, no free tier)\n`,
  );

const printResult = ({ name, units, usd, coreUsd, allInUsd, strongUsd }: Result): void => {
  console.log(name);
  const parts = Object.entries(usd).map(([group, value]) => `${group} ${value.toFixed(3)}`);
  console.log(`  ${parts.join("  ")}`);
  console.log(
    `  DynamoDB + SQS + Lambda ${coreUsd.toFixed(2)}, all-in ${allInUsd.toFixed(2)}, in three regions with strong consistency ${strongUsd.toFixed(2)} (computed)`,
  );
  const counts = Object.entries(units).map(
    ([unit, count]) => `${Number(count.toFixed(2))} ${unit}`,
  );
  console.log(`  an execution: ${counts.join(", ")}\n`);
};

const printRest = (idleUsd: number, residentMib: number): void => {
  const [few, many] = [5_000, 1_000_000].map((daily) => tracesUsd(daily).toFixed(2));
  console.log(
    `Traces, computed: ${few} where 5,000 executions run a day, ${many} where a million do.`,
  );
  console.log(`The sweep: ${idleUsd.toFixed(2)} a month.`);
  console.log(`Step Functions Standard: ${usdPerMillion("stepFunctionsTransitions").toFixed(2)}`);
  console.log(`Memory that the functions had, all in one process: ${residentMib.toFixed(0)} MiB`);
  console.log(
    `Targets: DynamoDB + SQS + Lambda ${targets.core.toFixed(2)}, all-in ${targets.allIn.toFixed(2)}`,
  );
};

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    only: { type: "string", default: "" },
  },
});
const metered = await openMetered({ isTimed: true, activityMs });
const isPrinted = !values.json;
if (isPrinted) printHeading();
const results: Result[] = [];
for (const [index, workload] of workloadsOf(metered.slowUrl).entries()) {
  if (!workload.name.includes(values.only)) continue;
  const result = await run(metered, workload, index);
  results.push(result);
  if (isPrinted) printResult(result);
}
const idleUsd = await idleMonthly(metered);
const residentMib = metered.residentMib();
await metered.close();
if (isPrinted) printRest(idleUsd, residentMib);
else console.log(JSON.stringify({ prices, targets, results, idleUsd, residentMib }, null, 2));
process.exit(0);
