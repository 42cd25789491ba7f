import type { HistoryEvent } from "#core/execution/history-event.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import type { EngineContext } from "./context.ts";
import type { Engine } from "./engine.ts";
import { executionNotFound } from "./execution-not-found.ts";
import type { ExecutionDescription, Executions } from "./executions.ts";
import { redrivenOf, waitingForOf } from "./head-of.ts";
import { HistoryCursor } from "./history-cursor.ts";
import type { KnownDescriptions } from "./known-descriptions.ts";
import { loadExecution, startOf } from "./loading.ts";
import { mapRunDescription } from "./map-run-description.ts";
import { questionsOf } from "./questions.ts";
import { waitingActivities } from "./waiting-activities.ts";

/** Looks at the log this often for what another server may have written, ms. */
const followPollMs = 1_000;

export interface ExecutionsOptions
  extends Pick<EngineContext, "platform" | "program" | "clock" | "suspects"> {
  readonly onCommit: Engine["onCommit"];
  /** Where the engine leaves what ended a moment ago, and this what was looked at. */
  readonly known: KnownDescriptions;
}

const beginningOf = ({
  beginsAt,
  restartOf,
  tags,
}: ExecutionState): Pick<ExecutionDescription, "beginsAt" | "restartOf" | "tags"> => ({
  ...(beginsAt !== undefined && { beginsAt }),
  ...(restartOf !== undefined && { restartOf }),
  ...(tags !== undefined && { tags }),
});

/** An execution as `state` after record `seq` tells it. */
export const descriptionOf = (state: ExecutionState, seq: number): ExecutionDescription => {
  const { executionId, process, version, name, status, startedAtMs, startedBy, input } = state;
  const mapRun = mapRunDescription(state);
  const questions = questionsOf(state);
  return {
    executionId,
    process,
    version,
    name,
    status,
    startedAtMs,
    startedBy,
    input,
    ...(state.stoppedAtMs === undefined ? {} : { stoppedAtMs: state.stoppedAtMs }),
    ...(state.output === undefined ? {} : { output: state.output }),
    ...(state.error === undefined ? {} : { error: state.error }),
    ...(state.cause === undefined ? {} : { cause: state.cause }),
    ...(state.outcome === undefined ? {} : { outcome: state.outcome }),
    ...(status === "RUNNING" ? { waitingFor: waitingForOf(state) } : {}),
    ...(questions.length > 0 && { questions }),
    transitionCount: state.transitionCount,
    eventCount: state.eventCount,
    recordCount: seq + 1,
    ...redrivenOf(state),
    ...beginningOf(state),
    ...(state.isCondensed === true && { isCondensed: true }),
    ...(state.alias !== undefined && { alias: state.alias }),
    ...(state.mapRuns !== undefined && { mapRuns: state.mapRuns }),
    ...(mapRun !== undefined && { mapRun }),
  };
};

/** The read side of executions, over their logs and heads. */
export const createExecutions = (options: ExecutionsOptions): Executions => {
  const { platform, known, suspects } = options;

  const mustExist = async (executionId: string): Promise<void> => {
    const records = await platform.log.read(executionId, { fromSeq: 0, limit: 1 });
    if (records.length === 0) throw executionNotFound(executionId);
  };

  const fromLog = async (executionId: string): Promise<ExecutionDescription> => {
    const loaded = await loadExecution(options, executionId);
    if (loaded === undefined) throw executionNotFound(executionId);
    const description = descriptionOf(loaded.state, loaded.seq);
    known.put(description);
    return description;
  };

  /** A description follows from the log alone: what is known holds if the log has not grown since. */
  const current = async (executionId: string): Promise<ExecutionDescription> => {
    const description = known.get(executionId);
    if (description === undefined) return await fromLog(executionId);
    const last = await platform.log.last(executionId);
    return last?.seq === description.recordCount - 1 ? description : await fromLog(executionId);
  };

  async function* events(executionId: string, signal: AbortSignal): AsyncGenerator<HistoryEvent> {
    const cursor = new HistoryCursor(options, executionId);
    const hints = commitHints(options, executionId, signal);
    try {
      while (!signal.aborted) {
        const page = await cursor.next();
        if (page === undefined && cursor.hasEnded) return;
        if (page === undefined) await hints.next();
        else yield* page;
      }
    } finally {
      hints.close();
    }
  }

  return {
    describe: async (executionId) => {
      const description = await current(executionId);
      if (description.status !== "RUNNING" || suspects?.isSetAside(executionId) !== true)
        return description;
      // The log does not say so: no turn could write it down.
      const sinceMs = suspects.sinceMs(executionId);
      return { ...description, waitingFor: { kind: "setAside", sinceMs } };
    },
    startedWith: async (executionId) => {
      const [first] = await platform.log.read(executionId, { fromSeq: 0, limit: 1 });
      if (first === undefined) return undefined;
      const { input, tags = {} } = startOf(first);
      return { input, tags };
    },
    waitingActivities: waitingActivities(platform.documents).list,
    list: async (filter) => {
      const { heads, next } = await platform.heads.list(filter);
      return { executions: heads, next };
    },
    history: async (executionId, { afterEventId, limit }) => {
      await mustExist(executionId);
      const cursor = new HistoryCursor(options, executionId);
      const found: HistoryEvent[] = [];
      for (let page = await cursor.next(); page !== undefined; page = await cursor.next()) {
        for (const event of page) if (event.id > afterEventId) found.push(event);
        if (found.length >= limit) break;
      }
      return found.slice(0, limit);
    },
    follow: async function* (executionId, { afterEventId, signal }) {
      await mustExist(executionId);
      for await (const event of events(executionId, signal)) {
        if (event.id > afterEventId) yield event;
      }
    },
  };
};

/** Resolves `next` when a record may have been added since the last call, at the latest after a poll. */
const commitHints = (
  options: Pick<ExecutionsOptions, "onCommit" | "clock">,
  executionId: string,
  signal: AbortSignal,
) => {
  let hasNews = false;
  let wake = () => {};
  const tell = () => {
    hasNews = true;
    wake();
  };
  const unsubscribe = options.onCommit(executionId, tell);
  signal.addEventListener("abort", tell);
  return {
    next: () =>
      new Promise<void>((resolve) => {
        const cancel = options.clock.after(followPollMs, () => wake());
        wake = () => {
          cancel();
          hasNews = false;
          resolve();
        };
        if (hasNews) wake();
      }),
    close: () => {
      unsubscribe();
      signal.removeEventListener("abort", tell);
      wake();
    },
  };
};
