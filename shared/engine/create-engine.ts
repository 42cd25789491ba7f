import { OrchestratorError, unreachable } from "#core/errors.ts";
import type { OwedCommand } from "#core/execution/commands.ts";
import type { ExecutionState, ExecutionStatus } from "#core/execution/state.ts";
import { answerTask } from "./answering.ts";
import { awaitEnd } from "./awaiting.ts";
import { Children } from "./children.ts";
import { claimedActivities } from "./claimed-activities.ts";
import type { EngineContext } from "./context.ts";
import { underControl } from "./draining.ts";
import type { Engine, OnCall } from "./engine.ts";
import { executionNotFound } from "./execution-not-found.ts";
import type { ExecutionTurn } from "./execution-turn.ts";
import { Listeners } from "./listeners.ts";
import { withMapResults } from "./map-results.ts";
import { anyExecution, endTurns, onCall } from "./on-call.ts";
import { onItsOwn } from "./on-its-own.ts";
import { onOthersWrote } from "./others-wrote.ts";
import { redriveExecution } from "./redrive-execution.ts";
import { renewing } from "./renewing.ts";
import { resolveActivity } from "./resolving.ts";
import { signalExecution } from "./signalling.ts";
import { startExecution } from "./starting.ts";
import { stopExecution } from "./stop-execution.ts";
import type { TurnContext } from "./turn-context.ts";
import { Turns } from "./turns.ts";
import { updateMapRun } from "./updating-map-runs.ts";
import { Workers } from "./workers.ts";

export interface EngineOptions extends EngineContext {
  /** Called with each execution that ended in a turn of this server. */
  readonly onEnd?: (turn: Pick<ExecutionTurn, "state" | "seq">) => void;
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

/** Status of an execution: as a turn here knows it, else as its head says. */
const statusReader =
  ({ platform }: EngineOptions, turns: Turns) =>
  async (executionId: string): Promise<ExecutionStatus> => {
    const live = turns.of(executionId);
    if (live !== undefined && live.seq >= 0) return live.status;
    const stored = await platform.heads.get(executionId);
    if (stored === undefined) throw executionNotFound(executionId);
    return stored.head.status;
  };

/** Whoever waits for an execution that has no turn here looks again. */
const tellElsewhere = <T>(listeners: Listeners<T | undefined>, turns: Turns): void =>
  listeners.tellAll(undefined, (executionId) => turns.of(executionId) === undefined);

const releaseExecution = async (
  suspects: EngineOptions["suspects"],
  executionId: string,
  by: string,
): Promise<void> => {
  if (suspects === undefined) throw executionNotFound(executionId);
  await suspects.release(executionId, by);
};

/** Builds an engine and lets it work: it takes up what it finds unfinished. */
export const createEngine = (options: EngineOptions): Engine & OnCall => {
  const { settings, suspects } = options;
  const commits = new Listeners();
  const overs = new Listeners();
  const ends = new Listeners<ExecutionStatus | undefined>();
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
        if (nextCheckAtMs !== undefined) own.arm(nextCheckAtMs);
        if (turns.size === settings.turnsMax - 1) own.wake();
        overs.tell(anyExecution, undefined);
      },
    },
  );
  const workers = new Workers(options, turns);
  const waysOut: WaysOut = { children: new Children(options, turns), workers };
  const own = onItsOwn(options, turns);
  const statusOf = statusReader(options, turns);

  const cancelHints = onOthersWrote(options, () => {
    tellElsewhere(commits, turns);
    tellElsewhere(ends, turns);
    workers.lookAgain();
  });
  const control = underControl(options, turns, () => {
    if (!isClosed) own.begin();
  });
  const cancelRenewal = renewing(options, turns, () => isClosed);

  return {
    start: (request) => {
      if (isClosed) return Promise.reject(stopping());
      const begin = () => startExecution(options, turns, request);
      return request.isAwaited === true ? control.isKnown.then(begin) : begin();
    },
    stop: (executionId, reason) => stopExecution({ turns, suspects }, executionId, reason),
    release: (executionId, by) => releaseExecution(suspects, executionId, by),
    signal: (executionId, signal) => signalExecution(options, turns, { executionId, signal }),
    updateMapRun: (mapRunId, update) => updateMapRun(turns, mapRunId, update),
    resolve: (executionId, request) => resolveActivity(options, turns, { executionId, request }),
    redrive: (executionId, by) => redriveExecution(options, turns, { executionId, by }),
    answer: (token, answer) => answerTask(turns, token, answer),
    claim: (activity, request) => workers.claim(activity, request),
    awaitEnd: (executionId, timeoutMs, signal) =>
      awaitEnd({ context: options, executionId, timeoutMs, signal, ends, statusOf }),
    inFlight: () => [...turns.live].flatMap((turn) => [...turn.running.inFlight(turn.state)]),
    claimed: () => claimedActivities(options),
    onCommit: (executionId, listener) => commits.add(executionId, listener),
    ...onCall(options, turns, { isOpen: control.isKnown, overs }),
    load: () => turns.size,
    close: async ({ graceMs }) => {
      isClosed = true;
      workers.close();
      own.close();
      turns.pause("closing", true);
      await endTurns(options, turns, graceMs);
      cancelHints();
      cancelRenewal();
      control.leave();
    },
  };
};

const stopping = () =>
  new OrchestratorError("server-stopping", "this server is stopping and takes no more starts", {
    action: "try again in a moment",
  });
