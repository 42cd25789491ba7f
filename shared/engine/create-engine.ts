import { OrchestratorError, unreachable } from "#core/errors.ts";
import type { OwedCommand } from "#core/execution/commands.ts";
import type { ExecutionState, ExecutionStatus } from "#core/execution/state.ts";
import { answerTask } from "./answering.ts";
import { awaitEnd } from "./awaiting.ts";
import { Children } from "./children.ts";
import type { EngineContext } from "./context.ts";
import { underControl } from "./draining.ts";
import type { Engine } from "./engine.ts";
import { executionNotFound } from "./execution-not-found.ts";
import type { ExecutionTurn } from "./execution-turn.ts";
import { Listeners } from "./listeners.ts";
import { withMapResults } from "./map-results.ts";
import { Receiver } from "./receiver.ts";
import { redriveExecution } from "./redrive-execution.ts";
import { signalExecution } from "./signalling.ts";
import { startExecution } from "./starting.ts";
import { stopExecution } from "./stop-execution.ts";
import { Sweeper } from "./sweeper.ts";
import type { TurnContext } from "./turn-context.ts";
import { Turns } from "./turns.ts";
import { Workers } from "./workers.ts";
import { sleep } from "./write-until-done.ts";

export interface EngineOptions extends EngineContext {
  /** Called with each execution that ended in a turn of this server. */
  readonly onEnd?: (turn: Pick<ExecutionTurn, "state" | "seq">) => void;
  /** Called with each execution that had ended and goes on. */
  readonly onRedrive?: (executionId: string) => void;
}

/** The ways out of a turn; they need turns themselves, so they are made after them. */
interface WaysOut {
  readonly children: Children;
  readonly workers: Workers;
}

const carryOut = (
  { children, workers }: WaysOut,
  state: ExecutionState,
  command: OwedCommand,
): Promise<void> => {
  switch (command.kind) {
    case "NotifyParent":
      return children.notify(state);
    case "StopChild":
      return children.stop(state.executionId, command);
    case "OfferActivity":
      return workers.offer(state, command);
    case "WithdrawActivity":
      return workers.withdraw(state.executionId, command);
    default:
      return unreachable(command);
  }
};

const turnContext = (options: EngineOptions, waysOut: () => WaysOut): TurnContext => ({
  ...options,
  runner: withMapResults(options),
  handOff: (place, activity) => waysOut().children.start(place, activity),
  carryOut: (state, command) => carryOut(waysOut(), state, command),
});

/** Renews the leases of the turns from time to time; the result ends it. */
const renewing = (options: EngineOptions, turns: Turns, isClosed: () => boolean) => {
  let cancel = () => {};
  const renewLater = () => {
    if (isClosed() && turns.size === 0) return;
    cancel = options.clock.after(options.settings.leaseMs / 3, () => {
      turns.renew().then(renewLater, (cause: unknown) => {
        const message = "leases could not be renewed and are tried again";
        options.onSystemEvent({ severity: "error", kind: "storage-failing", message, cause });
        renewLater();
      });
    });
  };
  renewLater();
  return () => cancel();
};

/** Status of an execution: as a turn here knows it, else as its head says. */
const statusIn =
  ({ platform }: EngineOptions, turns: Turns) =>
  async (executionId: string): Promise<ExecutionStatus> => {
    const live = turns.of(executionId);
    if (live !== undefined && live.seq >= 0) return live.status;
    const stored = await platform.heads.get(executionId);
    if (stored === undefined) throw executionNotFound(executionId);
    return stored.head.status;
  };

/** Builds an engine and lets it work: it takes up what it finds unfinished. */
export const createEngine = (options: EngineOptions): Engine => {
  const { clock, settings, suspects } = options;
  const commits = new Listeners();
  const ends = new Listeners<ExecutionStatus>();
  let isClosed = false;

  const turns: Turns = new Turns(
    turnContext(options, () => waysOut),
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
  const workers = new Workers(options, turns);
  const waysOut: WaysOut = { children: new Children(options, turns), workers };
  const sweeper: Sweeper = new Sweeper(options, turns);
  const receiver: Receiver = new Receiver(options, turns);

  const leaveControl = underControl(options, turns, () => {
    if (isClosed) return;
    sweeper.arm(clock.nowMs());
    receiver.wake();
  });
  const cancelRenewal = renewing(options, turns, () => isClosed);

  return {
    start: (request) =>
      isClosed ? Promise.reject(stopping()) : startExecution(options, turns, request),
    stop: (executionId, reason) => stopExecution({ turns, suspects }, executionId, reason),
    release: async (executionId, by) => {
      if (suspects === undefined) throw executionNotFound(executionId);
      await suspects.release(executionId, by);
    },
    signal: (executionId, signal) => signalExecution(options, turns, { executionId, signal }),
    redrive: async (executionId, by) => {
      await redriveExecution(options, turns, { executionId, by });
      options.onRedrive?.(executionId);
    },
    answer: (token, answer) => answerTask(turns, token, answer),
    claim: (activity, request) => workers.claim(activity, request),
    awaitEnd: (executionId, timeoutMs, signal) =>
      awaitEnd({ executionId, timeoutMs, signal, clock, ends, statusOf: statusIn(options, turns) }),
    inFlight: () => [...turns.live].flatMap((turn) => [...turn.running.inFlight(turn.state)]),
    onCommit: (executionId, listener) => commits.add(executionId, listener),
    close: async ({ graceMs }) => {
      isClosed = true;
      workers.close();
      receiver.close();
      sweeper.close();
      turns.drain();
      const untilMs = clock.nowMs() + graceMs;
      while (turns.size > 0 && clock.nowMs() < untilMs) await sleep(options, 10);
      cancelRenewal();
      leaveControl();
      for (const turn of [...turns.live]) turn.abandon();
    },
  };
};

const stopping = () =>
  new OrchestratorError("server-stopping", "this server is stopping and takes no more starts", {
    action: "try again in a moment",
  });
