/** What each server has in flight under drains: every server writes it down, and whoever is asked adds it up, with what workers have. */
import type { Json } from "#core/json.ts";
import type { EngineContext } from "./context.ts";
import type { Drain, DrainScope } from "./drain.ts";
import type { Drains } from "./drains.ts";
import type { InFlightActivity } from "./in-flight.ts";

/** Key: server; value: what it has in flight under each drain. */
const collection = "drain-reports";
/** A report that did not change is written again after this time, ms. */
const repeatMs = 3_000;
const reportEveryMs = 1_000;
/** An older report is of a server that is gone, ms. */
const staleMs = 5_000;
/** Activities that a report names. */
export const namedMax = 20;
/** Scopes of drains that hold what is laid out for workers. */
const workerScopes: ReadonlySet<DrainScope> = new Set(["environment", "process"]);
/** Reports read at a time. */
const reportsMax = 500;

/** An activity that a drain waits for. */
export interface AwaitedActivity
  extends Omit<InFlightActivity, "parameters" | "process" | "attempt" | "activity"> {
  /** Absent: a worker has claimed it. */
  readonly server?: string;
}

/** What a server has in flight under a drain. */
interface ReportEntry {
  /** Of the drain: there may have been one of the same id before. */
  readonly beganAtMs: number;
  readonly count: number;
  readonly untilMs?: number;
  readonly named: readonly AwaitedActivity[];
}

export interface ServerReport {
  /** Absent: of what workers have claimed. */
  readonly server?: string;
  readonly atMs: number;
  /** By id of the drain. */
  readonly drains: Readonly<Record<string, ReportEntry>>;
}

/** What a server says of a drain; `undefined`: nothing yet. */
export const entryOf = (
  { drains }: ServerReport,
  { drainId, beganAtMs }: Drain,
): ReportEntry | undefined => {
  const entry = drains[drainId];
  return entry?.beganAtMs === beganAtMs ? entry : undefined;
};

export interface DrainReportsOptions
  extends Pick<EngineContext, "platform" | "clock" | "server" | "peers" | "onSystemEvent"> {
  readonly drains: Drains;
  readonly inFlight: () => readonly InFlightActivity[];
  /** What workers have claimed, in the whole environment; absent: there are none. */
  readonly claimed?: () => Promise<readonly InFlightActivity[]>;
}

const awaitedOf = (server: string | undefined, inFlight: InFlightActivity): AwaitedActivity => {
  const { executionId, state, resource, sinceMs, untilMs } = inFlight;
  return {
    ...(server !== undefined && { server }),
    executionId,
    state,
    resource,
    sinceMs,
    ...(untilMs !== undefined && { untilMs }),
  };
};

/** When the last of them ends at most; `undefined`: one may last for ever. */
export const latest = (ends: readonly (number | undefined)[]): number | undefined =>
  ends.length === 0 || ends.includes(undefined) ? undefined : Math.max(...(ends as number[]));

/** What of `running` is under each drain. */
const reportOf = (
  { drains, clock }: DrainReportsOptions,
  running: readonly InFlightActivity[],
  server?: string,
): ServerReport => {
  const byDrain = drains.all.map((drain) => {
    const covered = running
      .filter((attempt) => drains.isCovered(drain, attempt))
      .sort((a, b) => a.sinceMs - b.sinceMs);
    const untilMs = latest(covered.map((attempt) => attempt.untilMs));
    const named = covered.slice(0, namedMax).map((attempt) => awaitedOf(server, attempt));
    const { drainId, beganAtMs } = drain;
    const entry = {
      beganAtMs,
      count: covered.length,
      ...(untilMs !== undefined && { untilMs }),
      named,
    };
    return [drainId, entry] as const;
  });
  const report = { atMs: clock.nowMs(), drains: Object.fromEntries(byDrain) };
  return server === undefined ? report : { server, ...report };
};

/** What this server has in flight under each drain. */
const ownReport = (options: DrainReportsOptions): ServerReport =>
  reportOf(options, options.drains.all.length === 0 ? [] : options.inFlight(), options.server);

/** What workers have claimed under each drain, where one concerns them. */
const workersReport = async (options: DrainReportsOptions): Promise<readonly ServerReport[]> => {
  const concernsWorkers = options.drains.all.some(({ scope }) => workerScopes.has(scope));
  if (options.claimed === undefined || !concernsWorkers) return [];
  return [reportOf(options, await options.claimed())];
};

/** Writes what this server has in flight while there are drains, and reads what all have. */
export const createDrainReports = (options: DrainReportsOptions) => {
  const { drains, platform, clock, server } = options;
  let written: { readonly text: string; readonly atMs: number } | undefined;
  let isClosed = false;
  let cancel = () => {};

  const write = async (): Promise<void> => {
    const report = ownReport(options);
    const text = JSON.stringify(report.drains);
    if (text === "{}") {
      if (written !== undefined) await platform.documents.remove(collection, server);
      written = undefined;
      return;
    }
    if (written?.text === text && report.atMs - written.atMs < repeatMs) return;
    await platform.documents.put({ collection, key: server, value: report as unknown as Json });
    written = { text, atMs: report.atMs };
  };
  const writeOn = (): void => {
    if (isClosed) return;
    cancel = clock.after(reportEveryMs, () => {
      // A report that could not be written is stale soon, and written again by then.
      write().then(writeOn, writeOn);
    });
  };
  writeOn();
  // Whoever has begun a drain waits for this.
  const unsubscribe = drains.onChange(() => void write().catch(() => {}));

  return {
    /** That of this server, those of the others that are new enough, and what workers have. */
    all: async (): Promise<readonly ServerReport[]> => {
      const nowMs = clock.nowMs();
      const { documents } = await platform.documents.list(collection, { limit: reportsMax });
      const others = documents
        .filter(({ key }) => key !== server)
        .map(({ value }) => value as unknown as ServerReport)
        .filter(({ atMs }) => nowMs - atMs < staleMs);
      return [ownReport(options), ...others, ...(await workersReport(options))];
    },
    close: () => {
      isClosed = true;
      cancel();
      unsubscribe();
    },
  };
};
