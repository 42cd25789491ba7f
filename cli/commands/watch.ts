import { connect } from "../environment/client.ts";
import type { Execution, HistoryEvent } from "../environment/contract.ts";
import { follow } from "../environment/follow.ts";
import { exitCodes } from "../exit.ts";
import type { Terminal } from "../terminal.ts";
import { ActivityLines, placeNames } from "../view/activity-lines.ts";
import { liveRegion } from "../view/live-region.ts";
import { outcomeLines } from "../view/outcome.ts";
import { Progress } from "../view/progress.ts";
import type { RetryPlan } from "../view/retry-plan.ts";
import { printable } from "../view/text.ts";
import type { Call } from "./call.ts";

interface Watching {
  readonly call: Call;
  readonly retryPlan: RetryPlan;
}

/** Where the events of an execution go. */
interface View {
  readonly event: (event: HistoryEvent) => void;
  readonly lost: () => void;
  readonly end: (execution: Execution) => void;
  readonly detach: (executionId: string) => void;
}

const jsonView = ({ json }: Terminal): View => ({
  event: json,
  lost: () => undefined,
  end: json,
  detach: () => undefined,
});

const textView = async (terminal: Terminal, retryPlan: RetryPlan): Promise<View> => {
  const { paint } = terminal;
  const progress = new Progress();
  const lines = new ActivityLines({ paint, retryPlan, isLive: terminal.isTty });
  let isLost = false;
  let failedAt: string | undefined;
  const region = (): readonly string[] => [
    ...liveRegion(progress, {
      columns: terminal.columns(),
      rows: terminal.rows(),
      nowMs: Date.now(),
      paint,
    }),
    ...(isLost ? [paint("yellow", lostText)] : []),
  ];
  const screen = terminal.isTty
    ? (await import("../view/live-screen.ts")).liveScreen(region)
    : { persist: (stay: readonly string[]) => stay.forEach(terminal.out), stop: () => undefined };
  return {
    event: (event) => {
      isLost = false;
      const change = progress.apply(event);
      if (change === undefined) return;
      if (change.kind === "ended" && change.culprit !== undefined) {
        failedAt = placeNames(change.culprit);
      }
      screen.persist(lines.of(change));
    },
    lost: () => {
      isLost = true;
      if (!terminal.isTty) terminal.note(lostText);
    },
    end: (execution) => {
      screen.stop();
      const { retryCount } = progress;
      for (const line of outcomeLines(execution, { paint, failedAt, retryCount }))
        terminal.out(line);
    },
    detach: (executionId) => {
      screen.stop();
      for (const line of detachedLines(executionId)) terminal.note(line);
    },
  };
};

const lostText =
  "The environment is away; what it has committed goes on when it is back (Ctrl-C detaches).";

const detachedLines = (executionId: string): readonly string[] => {
  const id = printable(executionId);
  return [
    `Detached: ${id} goes on without this terminal.`,
    `  npx holdfast history ${id} --follow   to watch it again`,
    `  npx holdfast stop ${id}               to stop it`,
  ];
};

/** Shows an execution until it has ended, or until Ctrl-C detaches from it. Answers the exit code. */
export const watch = async (
  executionId: string,
  { call: { options, terminal }, retryPlan }: Watching,
): Promise<number> => {
  const view = options.json === true ? jsonView(terminal) : await textView(terminal, retryPlan);
  const detaching = new AbortController();
  const detach = (): void => detaching.abort();
  process.on("SIGINT", detach);
  process.on("SIGTERM", detach);
  try {
    const following = { connect: () => connect(options), executionId, signal: detaching.signal };
    for await (const followed of follow(following)) {
      if (followed.kind === "event") view.event(followed.event);
      else if (followed.kind === "lost") view.lost();
      else {
        view.end(followed.execution);
        const hasSucceeded = followed.execution.status === "SUCCEEDED";
        return hasSucceeded ? exitCodes.success : exitCodes.executionFailed;
      }
    }
    view.detach(executionId);
    return exitCodes.detached;
  } catch (error) {
    view.detach(executionId);
    throw error;
  } finally {
    process.off("SIGINT", detach);
    process.off("SIGTERM", detach);
  }
};
