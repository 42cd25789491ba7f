import { OrchestratorError } from "#core/errors.ts";
import type { ExecutionStatus } from "#core/execution/state.ts";
import { answerTask } from "./answering.ts";
import { awaitEnd } from "./awaiting.ts";
import { Children } from "./children.ts";
import type { EngineContext } from "./context.ts";
import type { Engine } from "./engine.ts";
import { executionNotFound } from "./execution-not-found.ts";
import type { ExecutionTurn } from "./execution-turn.ts";
import { Listeners } from "./listeners.ts";
import { withMapResults } from "./map-results.ts";
import { Receiver } from "./receiver.ts";
import { redriveExecution } from "./redrive-execution.ts";
import { startExecution } from "./starting.ts";
import { stopExecution } from "./stop-execution.ts";
import { Sweeper } from "./sweeper.ts";
import type { TurnContext } from "./turn-context.ts";
import { Turns } from "./turns.ts";
import { sleep } from "./write-until-done.ts";

export interface EngineOptions extends EngineContext {
  /** Called with each execution that ended in a turn of this server. */
  readonly onEnd?: (turn: Pick<ExecutionTurn, "state" | "seq">) => void;
  /** Called with each execution that had ended and goes on. */
  readonly onRedrive?: (executionId: string) => void;
}

const turnContext = (options: EngineOptions, children: () => Children): TurnContext => ({
  ...options,
  runner: withMapResults(options),
  handOff: (place, activity) => children().start(place, activity),
  carryOut: (state, command) =>
    command.kind === "NotifyParent"
      ? children().notify(state)
      : children().stop(state.executionId, command),
});

/** Builds an engine and lets it work: it takes up what it finds unfinished. */
export const createEngine = (options: EngineOptions): Engine => {
  const { clock, platform, settings } = options;
  const commits = new Listeners();
  const ends = new Listeners<ExecutionStatus>();
  let isClosed = false;
  let cancelRenewal = () => {};

  const turns: Turns = new Turns(
    turnContext(options, () => children),
    {
      onCommit: (turn) => {
        commits.tell(turn.executionId, undefined);
        if (turn.status === "RUNNING") return;
        options.onEnd?.(turn);
        ends.tell(turn.executionId, turn.status);
      },
      onOver: (nextCheckAtMs) => {
        if (nextCheckAtMs !== undefined) sweeper.arm(nextCheckAtMs);
        if (turns.size === settings.turnsMax - 1) receiver.wake();
      },
    },
  );
  const children: Children = new Children(options, turns);
  const sweeper: Sweeper = new Sweeper(options, turns);
  const receiver: Receiver = new Receiver(options, turns);

  const renewLater = () => {
    if (isClosed && turns.size === 0) return;
    cancelRenewal = clock.after(settings.leaseMs / 3, () => {
      turns.renew().then(renewLater, (cause: unknown) => {
        const message = "leases could not be renewed and are tried again";
        options.onSystemEvent({ severity: "error", kind: "storage-failing", message, cause });
        renewLater();
      });
    });
  };

  const statusOf = async (executionId: string): Promise<ExecutionStatus> => {
    const live = turns.of(executionId);
    if (live !== undefined && live.seq >= 0) return live.status;
    const stored = await platform.heads.get(executionId);
    if (stored === undefined) throw executionNotFound(executionId);
    return stored.head.status;
  };

  sweeper.arm(clock.nowMs());
  receiver.wake();
  renewLater();

  return {
    start: (request) =>
      isClosed ? Promise.reject(stopping()) : startExecution(options, turns, request),
    stop: (executionId, reason) => stopExecution(turns, executionId, reason),
    redrive: async (executionId, by) => {
      await redriveExecution(turns, executionId, by);
      options.onRedrive?.(executionId);
    },
    answer: (token, answer) => answerTask(turns, token, answer),
    awaitEnd: (executionId, timeoutMs, signal) =>
      awaitEnd({ executionId, timeoutMs, signal, clock, ends, statusOf }),
    onCommit: (executionId, listener) => commits.add(executionId, listener),
    close: async ({ graceMs }) => {
      isClosed = true;
      receiver.close();
      sweeper.close();
      turns.drain();
      const untilMs = clock.nowMs() + graceMs;
      while (turns.size > 0 && clock.nowMs() < untilMs) await sleep(options, 10);
      cancelRenewal();
      for (const turn of [...turns.live]) turn.abandon();
    },
  };
};

const stopping = () =>
  new OrchestratorError("server-stopping", "this server is stopping and takes no more starts", {
    action: "try again in a moment",
  });
