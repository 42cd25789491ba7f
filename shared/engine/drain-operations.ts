import { OrchestratorError } from "#core/errors.ts";
import type { SystemEvent } from "#ports/system-event.ts";
import type { Drain } from "./drain.ts";
import {
  type AwaitedActivity,
  createDrainReports,
  type DrainReportsOptions,
  entryOf,
  latest,
  namedMax,
  type ServerReport,
} from "./drain-reports.ts";
import type { DrainRequest } from "./drains.ts";
import { sharedReadEveryMs } from "./shared-document.ts";
import { sleep } from "./write-until-done.ts";

/** Heads read at a time. */
const pageSize = 500;

/** A drain, and what it still waits for. */
export interface DrainReport extends Drain {
  /** Activities in flight in its scope, as the servers last said. */
  readonly inFlightCount: number;
  /** The oldest of them. */
  readonly inFlight: readonly AwaitedActivity[];
  /** When their time-outs end the last of them; absent: none is in flight, or one has no time-out. */
  readonly untilMs?: number;
  /** Whether every server knows of the drain and none has anything in flight. */
  readonly isDone: boolean;
}

export interface DrainOperations {
  /** The same scope and name again is the same drain. Rejects: `too-many-drains`. */
  readonly begin: (
    request: DrainRequest,
  ) => Promise<{ readonly report: DrainReport; readonly before: Drain | undefined }>;
  readonly list: () => Promise<readonly DrainReport[]>;
  /** Rejects: `drain-not-found`. */
  readonly get: (drainId: string) => Promise<DrainReport>;
  /** Ends a drain: what it held goes on at once. Rejects: `drain-not-found`. */
  readonly end: (drainId: string, by: string, check?: (found: Drain) => void) => Promise<Drain>;
  readonly close: () => void;
}

const notFound = (drainId: string) =>
  new OrchestratorError("drain-not-found", `there is no drain ${drainId}`, {
    action: "list the drains to see which there are",
    details: { drainId },
  });

const changeEvent = (
  kind: "drain-begun" | "drain-ended",
  drain: Drain,
  by: string,
): SystemEvent => ({
  severity: "info",
  kind,
  message: `${by} ${kind === "drain-begun" ? "drains" : "resumes"} ${drain.drainId}${
    kind === "drain-begun" && drain.reason !== undefined ? `: ${drain.reason}` : ""
  }`,
  details: { drain: drain.drainId, by },
});

/** The other servers that a drain concerns. */
const concerned = (drain: Drain, { peers }: DrainReportsOptions): readonly string[] =>
  (peers?.names() ?? []).filter((name) => drain.scope !== "server" || name === drain.name);

const combined = (
  drain: Drain,
  reports: readonly ServerReport[],
  options: DrainReportsOptions,
): DrainReport => {
  const said = reports.map((report) => ({ server: report.server, entry: entryOf(report, drain) }));
  const entries = said.flatMap(({ entry }) => entry ?? []);
  const inFlightCount = entries.reduce((sum, { count }) => sum + count, 0);
  const untilMs = latest(entries.filter(({ count }) => count > 0).map((entry) => entry.untilMs));
  const inFlight = entries
    .flatMap(({ named }) => named)
    .sort((a, b) => a.sinceMs - b.sinceMs)
    .slice(0, namedMax);
  // Who is not known to be there has this long to say something; who is there and says nothing is waited for.
  const isKnownToAll = options.clock.nowMs() - drain.beganAtMs >= 2 * sharedReadEveryMs;
  const silent = said.filter(({ entry }) => entry === undefined);
  const names = new Set(said.map(({ server }) => server));
  const haveAllSaid =
    silent.length === 0 && concerned(drain, options).every((name) => names.has(name));
  return {
    ...drain,
    inFlightCount,
    inFlight,
    ...(untilMs !== undefined && { untilMs }),
    isDone: inFlightCount === 0 && isKnownToAll && haveAllSaid,
  };
};

/** Puts a work item for every execution that waits for a drain. */
const wakeHeld = async ({ platform, clock }: DrainReportsOptions, drainId: string) => {
  let after: string | undefined;
  do {
    const page = await platform.heads.list({
      status: "RUNNING",
      waitingFor: "drain",
      limit: pageSize,
      ...(after === undefined ? {} : { after }),
    });
    const held = page.heads.filter(({ waitingFor }) => waitingFor?.drain === drainId);
    await platform.journal.write(
      held.map(({ executionId, seq }) => ({
        kind: "Enqueue",
        itemId: `resume ${executionId} ${seq}`,
        executionId,
        visibleAtMs: clock.nowMs(),
      })),
    );
    after = page.next;
  } while (after !== undefined);
};

/** What operators do with drains, and the reports of what they wait for. */
export const createDrainOperations = (options: DrainReportsOptions): DrainOperations => {
  const { drains, onSystemEvent } = options;
  const reports = createDrainReports(options);

  const wake = async (drainId: string): Promise<void> => {
    await wakeHeld(options, drainId);
    // A server that has not seen the end yet may still have held something.
    await sleep(options, 2 * sharedReadEveryMs);
    await wakeHeld(options, drainId);
  };

  return {
    begin: async (request) => {
      const { drain, before } = await drains.begin(request);
      if (before === undefined) onSystemEvent(changeEvent("drain-begun", drain, request.by));
      return { report: combined(drain, await reports.all(), options), before };
    },
    list: async () => {
      const found = await reports.all();
      return drains.all.map((drain) => combined(drain, found, options));
    },
    get: async (drainId) => {
      const drain = drains.all.find((each) => each.drainId === drainId);
      if (drain === undefined) throw notFound(drainId);
      return combined(drain, await reports.all(), options);
    },
    end: async (drainId, by, check) => {
      const drain = await drains.end(drainId, check);
      if (drain === undefined) throw notFound(drainId);
      onSystemEvent(changeEvent("drain-ended", drain, by));
      // Heads that are not woken by it are due within a minute.
      wake(drainId).catch(() => {});
      return drain;
    },
    close: reports.close,
  };
};
