import { OrchestratorError } from "#core/errors.ts";
import type { Json } from "#core/json.ts";
import type { SystemEvent } from "#ports/system-event.ts";
import type { EngineContext } from "./context.ts";
import type { Drain } from "./drain.ts";
import type { DrainRequest, Drains } from "./drains.ts";
import type { InFlightActivity } from "./in-flight.ts";
import { sharedReadEveryMs } from "./shared-document.ts";
import { sleep } from "./write-until-done.ts";

/** Key: server; value: what it has in flight under each drain. */
const collection = "drain-reports";
/** A report that did not change is written again after this time, ms. */
const repeatMs = 3_000;
const reportEveryMs = 1_000;
/** An older report is of a server that is gone, ms. */
const staleMs = 5_000;
/** Activities that a report names. */
const namedMax = 20;
/** Heads read at a time. */
const pageSize = 500;

/** An activity that a drain waits for. */
export interface AwaitedActivity
  extends Omit<InFlightActivity, "parameters" | "process" | "attempt" | "activity"> {
  readonly server: string;
}

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

interface ServerReport {
  readonly atMs: number;
  readonly drains: Readonly<
    Record<
      string,
      {
        readonly count: number;
        readonly untilMs?: number;
        readonly named: readonly AwaitedActivity[];
      }
    >
  >;
}

export interface DrainOperations {
  /** The same scope and name again is the same drain. Rejects: `too-many-drains`. */
  readonly begin: (
    request: DrainRequest,
  ) => Promise<{ readonly report: DrainReport; readonly isNew: boolean }>;
  readonly list: () => Promise<readonly DrainReport[]>;
  /** Rejects: `drain-not-found`. */
  readonly get: (drainId: string) => Promise<DrainReport>;
  /** Ends a drain: what it held goes on at once. Rejects: `drain-not-found`. */
  readonly end: (drainId: string, by: string) => Promise<Drain>;
  readonly close: () => void;
}

export interface DrainOperationsOptions
  extends Pick<EngineContext, "platform" | "clock" | "server" | "onSystemEvent"> {
  readonly drains: Drains;
  readonly inFlight: () => readonly InFlightActivity[];
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

const awaitedOf = (server: string, inFlight: InFlightActivity): AwaitedActivity => {
  const { executionId, state, resource, sinceMs, untilMs } = inFlight;
  return {
    server,
    executionId,
    state,
    resource,
    sinceMs,
    ...(untilMs !== undefined && { untilMs }),
  };
};

/** When the last of them ends at most; `undefined`: one may last for ever. */
const latest = (ends: readonly (number | undefined)[]): number | undefined =>
  ends.length === 0 || ends.includes(undefined) ? undefined : Math.max(...(ends as number[]));

/** What this server has in flight under each drain. */
const ownReport = ({ drains, inFlight, clock, server }: DrainOperationsOptions): ServerReport => {
  const running = drains.all.length === 0 ? [] : inFlight();
  const byDrain = drains.all.map((drain) => {
    const covered = running
      .filter((attempt) => drains.isCovered(drain, attempt))
      .sort((a, b) => a.sinceMs - b.sinceMs);
    const untilMs = latest(covered.map((attempt) => attempt.untilMs));
    const named = covered.slice(0, namedMax).map((attempt) => awaitedOf(server, attempt));
    const entry = { count: covered.length, ...(untilMs !== undefined && { untilMs }), named };
    return [drain.drainId, entry] as const;
  });
  return { atMs: clock.nowMs(), drains: Object.fromEntries(byDrain) };
};

const combined = (drain: Drain, reports: readonly ServerReport[], nowMs: number): DrainReport => {
  const entries = reports.flatMap(({ drains }) => drains[drain.drainId] ?? []);
  const inFlightCount = entries.reduce((sum, { count }) => sum + count, 0);
  const untilMs = latest(entries.filter(({ count }) => count > 0).map((entry) => entry.untilMs));
  const inFlight = entries
    .flatMap(({ named }) => named)
    .sort((a, b) => a.sinceMs - b.sinceMs)
    .slice(0, namedMax);
  const isKnownToAll = nowMs - drain.beganAtMs >= 2 * sharedReadEveryMs;
  const haveAllSaid = reports.every(({ drains }) => drains[drain.drainId] !== undefined);
  return {
    ...drain,
    inFlightCount,
    inFlight,
    ...(untilMs !== undefined && { untilMs }),
    isDone: inFlightCount === 0 && isKnownToAll && haveAllSaid,
  };
};

/** Puts a work item for every execution that waits for a drain. */
const wakeHeld = async ({ platform, clock }: DrainOperationsOptions, drainId: string) => {
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
export const createDrainOperations = (options: DrainOperationsOptions): DrainOperations => {
  const { drains, platform, clock, server, onSystemEvent } = options;
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

  const reports = async (): Promise<readonly ServerReport[]> => {
    const nowMs = clock.nowMs();
    const { documents } = await platform.documents.list(collection, { limit: pageSize });
    const others = documents
      .filter(({ key }) => key !== server)
      .map(({ value }) => value as unknown as ServerReport)
      .filter(({ atMs }) => nowMs - atMs < staleMs);
    return [ownReport(options), ...others];
  };

  const wake = async (drainId: string): Promise<void> => {
    await wakeHeld(options, drainId);
    // A server that has not seen the end yet may still have held something.
    await sleep(options, 2 * sharedReadEveryMs);
    await wakeHeld(options, drainId);
  };

  return {
    begin: async (request) => {
      const { drain, isNew } = await drains.begin(request);
      if (isNew) onSystemEvent(changeEvent("drain-begun", drain, request.by));
      return { report: combined(drain, await reports(), clock.nowMs()), isNew };
    },
    list: async () => {
      const found = await reports();
      return drains.all.map((drain) => combined(drain, found, clock.nowMs()));
    },
    get: async (drainId) => {
      const drain = drains.all.find((each) => each.drainId === drainId);
      if (drain === undefined) throw notFound(drainId);
      return combined(drain, await reports(), clock.nowMs());
    },
    end: async (drainId, by) => {
      const drain = await drains.end(drainId);
      if (drain === undefined) throw notFound(drainId);
      onSystemEvent(changeEvent("drain-ended", drain, by));
      // Heads that are not woken by it are due within a minute.
      wake(drainId).catch(() => {});
      return drain;
    },
    close: () => {
      isClosed = true;
      cancel();
    },
  };
};
