/**
 * The workloads. Each is what the peers' scripts do to their engines: closed loop, end to end
 * through the engine's own interface, each activity a durable commit of its own.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Client, HistoryEvent } from "./client.ts";
import { type Figures, median, percentile } from "./figures.ts";
import { cpuSeconds, diskUsed, memory, peakRss } from "./machine.ts";
import type { Server } from "./server.ts";

const ACTIVITIES = 10;
const AT_ONCE = 50;
const WARM_UP = 100;
const EXECUTIONS_MIN = 1000;
const ONE_AT_A_TIME = 100;
const TIMED_WAITS = 20;
const PARKED = 10_000;
const PAUSE_MS = 10_000;
const SETTLE_MS = 2_000;
const WAIT_SECONDS = 29;
const CHECKED_SAMPLE = 50;

const activity = (next?: string) => ({
  Type: "Task",
  Resource: "holdfast:core:echo",
  ...(next === undefined ? { End: true } : { Next: next }),
});

const tenActivities = {
  StartAt: "A1",
  States: Object.fromEntries(
    Array.from({ length: ACTIVITIES }, (_, index) => [
      `A${index + 1}`,
      activity(index + 1 < ACTIVITIES ? `A${index + 2}` : undefined),
    ]),
  ),
};

/** The process of W1 with settings of its own. */
export const tenActivitiesWith = (settings: object): object => ({
  kind: "Process",
  name: "ten",
  settings,
  definition: tenActivities,
});

const waitBetween = (seconds: number) => ({
  StartAt: "Before",
  States: {
    Before: activity("Pause"),
    Pause: { Type: "Wait", Seconds: seconds, Next: "After" },
    After: activity(),
  },
});

/** Calls `task` again and again, `atOnce` at a time, for as long as `goOn` says; answers each call's time. */
const closedLoop = async (
  atOnce: number,
  goOn: (begun: number) => boolean,
  task: () => Promise<void>,
): Promise<{ readonly seconds: number; readonly latencies: readonly number[] }> => {
  const latencies: number[] = [];
  const startedAt = performance.now();
  let begun = 0;
  const caller = async (): Promise<void> => {
    while (goOn(begun)) {
      begun += 1;
      const calledAt = performance.now();
      await task();
      latencies.push(performance.now() - calledAt);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  return { seconds: (performance.now() - startedAt) / 1000, latencies };
};

const times =
  (count: number) =>
  (begun: number): boolean =>
    begun < count;

const runToEnd = async (client: Client, process: string): Promise<string> => {
  const execution = await client.start(process, WAIT_SECONDS);
  if (execution.status !== "SUCCEEDED")
    throw new Error(`${execution.executionId} is ${execution.status} ${execution.error ?? ""}`);
  return execution.executionId;
};

/** A sample spread over the whole run has the records that it must have: a commit an activity. */
const checkRecords = async (
  client: Client,
  executionIds: readonly string[],
  recordsMin: number,
): Promise<void> => {
  const stride = Math.max(1, Math.floor(executionIds.length / CHECKED_SAMPLE));
  for (const executionId of executionIds.filter((_, index) => index % stride === 0)) {
    const { status, recordCount } = await client.describe(executionId);
    if (status !== "SUCCEEDED" || recordCount < recordsMin)
      throw new Error(`${executionId}: ${status}, ${recordCount} records`);
  }
};

/** Executions of ten activities, fifty at once. Also answers how many ran, for the count in the database. */
export const throughput = async (
  server: Server,
  seconds: number,
  level: { readonly document: object; readonly recordsMin: number } = {
    document: tenActivities,
    recordsMin: ACTIVITIES + 1,
  },
): Promise<{ readonly figures: Figures<number>; readonly executions: number }> => {
  const { client, pid } = server;
  await client.deploy(level.document, "ten");
  await closedLoop(AT_ONCE, times(WARM_UP), async () => {
    await runToEnd(client, "ten");
  });
  const executionIds: string[] = [];
  const cpuBefore = cpuSeconds(pid);
  const ownCpuBefore = process.cpuUsage();
  const deadline = performance.now() + seconds * 1000;
  const { seconds: lasted, latencies } = await closedLoop(
    AT_ONCE,
    (begun) => begun < EXECUTIONS_MIN || performance.now() < deadline,
    async () => {
      executionIds.push(await runToEnd(client, "ten"));
    },
  );
  const cpu = cpuSeconds(pid) - cpuBefore;
  const ownCpu = process.cpuUsage(ownCpuBefore);
  await checkRecords(client, executionIds, level.recordsMin);
  return {
    executions: executionIds.length + WARM_UP,
    figures: {
      activitiesPerSecond: (ACTIVITIES * executionIds.length) / lasted,
      p50Ms: percentile(latencies, 50),
      p99Ms: percentile(latencies, 99),
      executions: executionIds.length,
      seconds: lasted,
      serverCpuSeconds: cpu,
      clientCpuSeconds: (ownCpu.user + ownCpu.system) / 1e6,
      serverPeakRssMb: peakRss(pid),
    },
  };
};

/** The same execution, one at a time. */
export const latency = async ({ client }: Server): Promise<Figures<number>> => {
  await client.deploy(tenActivities, "ten");
  const alone = async (): Promise<void> => {
    await runToEnd(client, "ten");
  };
  await closedLoop(1, times(5), alone);
  const { latencies } = await closedLoop(1, times(ONE_AT_A_TIME), alone);
  return {
    msPerActivity: median(latencies) / ACTIVITIES,
    executionP50Ms: median(latencies),
    executionP99Ms: percentile(latencies, 99),
  };
};

const instantOf = (events: readonly HistoryEvent[], type: string): number => {
  const event = events.find((each) => each.type === type);
  if (event === undefined) throw new Error(`the history has no ${type}`);
  return Date.parse(event.timestamp);
};

/** Twenty executions wait one second at the same time: how much longer it was, by the log and by the caller's clock. */
export const timerOvershoot = async ({ client }: Server): Promise<Figures<number>> => {
  const waitedMs = 1000;
  await client.deploy(waitBetween(waitedMs / 1000), "wait");
  const executionIds: string[] = [];
  const { latencies } = await closedLoop(TIMED_WAITS, times(TIMED_WAITS), async () => {
    executionIds.push(await runToEnd(client, "wait"));
  });
  const inHistory: number[] = [];
  for (const executionId of executionIds) {
    const events = await client.history(executionId);
    const entered = instantOf(events, "WaitStateEntered");
    inHistory.push(instantOf(events, "WaitStateExited") - entered - waitedMs);
  }
  const endToEnd = latencies.map((each) => each - waitedMs);
  return {
    historyP50Ms: median(inHistory),
    historyMaxMs: percentile(inHistory, 100),
    endToEndP50Ms: median(endToEnd),
    endToEndMaxMs: percentile(endToEnd, 100),
  };
};

/** How many executions of the process wait for a timer. */
const countParked = async (client: Client): Promise<number> => {
  let count = 0;
  let after: string | undefined;
  do {
    const page = await client.list(
      `process=park&status=RUNNING&limit=1000${after === undefined ? "" : `&after=${encodeURIComponent(after)}`}`,
    );
    count += page.executions.filter((each) => each.waitingFor?.kind === "timer").length;
    after = page.next;
  } while (after !== undefined);
  return count;
};

/** Ten thousand executions that each ran an activity and now wait for an hour. Wants a server that did nothing before. */
export const parking = async ({ client, pid, directory }: Server): Promise<Figures<number>> => {
  await client.deploy(tenActivities, "ten");
  await client.deploy(waitBetween(3600), "park");
  await runToEnd(client, "ten");
  await sleep(SETTLE_MS);
  const before = memory(pid);
  const diskBefore = diskUsed(directory);
  const cpuBefore = cpuSeconds(pid);
  const startedAt = performance.now();
  const { seconds } = await closedLoop(AT_ONCE, times(PARKED), async () => {
    await client.start("park");
  });
  const deadline = startedAt + 120_000;
  while ((await countParked(client)) < PARKED) {
    if (performance.now() > deadline) throw new Error("not every execution came to its Wait state");
    await sleep(50);
  }
  const allParked = (performance.now() - startedAt) / 1000;
  const cpu = cpuSeconds(pid) - cpuBefore;
  await sleep(PAUSE_MS);
  const after = memory(pid);
  return {
    startedPerSecond: PARKED / seconds,
    parkedPerSecond: PARKED / allParked,
    pssGrowthMb: after.pss - before.pss,
    rssGrowthMb: after.rss - before.rss,
    pssMb: after.pss,
    diskMb: diskUsed(directory) - diskBefore,
    serverCpuSeconds: cpu,
  };
};
