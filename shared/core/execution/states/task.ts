/** A Task state: one activity, with one attempt after the other until one counts. */

import type { TaskState } from "../../asl/definition.ts";
import { secondsMax } from "../../asl/limits.ts";
import { signalsResource } from "../../asl/signals-resource.ts";
import type { Evaluating } from "../../expressions/evaluation.ts";
import type { Json } from "../../json.ts";
import { askingBehaviour } from "../behaviours.ts";
import { giveUp } from "../branches/give-up.ts";
import { schedule } from "../branches/timers.ts";
import { calledBy } from "../called.ts";
import { draw } from "../draws.ts";
import type {
  ActivityCheckpoint,
  ActivityClaimed,
  ActivityFailed,
  ActivityHeartbeat,
  ActivitySubmitted,
} from "../facts.ts";
import { amountOf } from "../flow/amount.ts";
import type { DataFlow, Flowing } from "../flow/data-flow.ts";
import { note } from "../history/note.ts";
import { resourceEvents, scheduledDetails } from "../history/resource.ts";
import { type Fails, type Interpreter, type Outcome, waits } from "../interpreter.ts";
import { startsPart } from "../map-run/part-resource.ts";
import { givesToken, isSynchronousStart } from "../resource-kind.ts";
import type { Activity, Branch, ExecutionState } from "../state.ts";
import { tokenOf } from "../task-token.ts";
import { childOf } from "./child.ts";

/** An activity whose current attempt is in flight, with its branch. */
export interface InFlight {
  readonly activity: Activity;
  readonly branch: Branch;
}

/** Logs of before there were secrets in records drew their tokens. */
const drawnSecret = (state: ExecutionState): string =>
  [draw(state), draw(state), draw(state)].map((x) => x.toString(36).slice(2, 12)).join("");

const newToken = ({ state, secret }: Interpreter, activity: string): string => {
  const { executionId } = state;
  return tokenOf({ executionId, activity, secret: secret?.() ?? drawnSecret(state) });
};

/** Starts the attempt that the activity's numbers describe: deadlines, command, events. */
export const startAttempt = (
  interpreter: Interpreter,
  { activity, branch }: InFlight,
  limits: {
    readonly timeoutMs: number | undefined;
    readonly heartbeatMs: number | undefined;
    /** Who has decided that it starts, where it was a person. */
    readonly resolvedBy?: string;
  },
): void => {
  const { nowMs, behaviour } = interpreter.state;
  const isRun = activity.resource !== signalsResource;
  activity.phase = isRun ? "running" : "waitingForSignals";
  activity.startedAtMs = nowMs;
  delete activity.retryAtMs;
  if (limits.timeoutMs !== undefined) activity.timeoutAtMs = nowMs + limits.timeoutMs;
  const events = resourceEvents(calledBy(activity).resource);
  if (limits.heartbeatMs !== undefined) {
    activity.heartbeatMs = limits.heartbeatMs;
    // A worker's heart beats from its claim on.
    if (!events.isClaimed) activity.heartbeatAtMs = nowMs + limits.heartbeatMs;
  }
  // A map run waits for all of its activities, also when one of them begins again.
  const isOfMapRun = branch.waiting.kind === "mapRun" && behaviour >= askingBehaviour;
  if (!isOfMapRun) branch.waiting = { kind: "activity", activity: activity.id };
  schedule(interpreter.state, branch);
  interpreter.inspection?.attempt?.(branch, activity);
  const { id, attempt } = activity;
  const kind = events.isClaimed ? "OfferActivity" : "RunActivity";
  if (isRun) interpreter.commands.push({ kind, activity: id, attempt });
  note(interpreter, branch, {
    type: events.scheduled,
    details: () => ({ ...scheduledDetails(activity), resolvedBy: limits.resolvedBy }),
  });
  if (!events.isClaimed)
    note(interpreter, branch, { type: events.started, details: () => events.calledAs });
};

const inMs = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * 1000;

function* limitsOf(state: TaskState, flowing: Flowing, input: Json) {
  const { interpreter, branch } = flowing;
  const timeout = yield* amountOf(interpreter, branch, {
    amount: {
      name: "TimeoutSeconds",
      kind: "integer",
      value: state.TimeoutSeconds,
      path: state.TimeoutSecondsPath,
      max: secondsMax,
    },
    input,
  });
  const heartbeat = yield* amountOf(interpreter, branch, {
    amount: {
      name: "HeartbeatSeconds",
      kind: "integer",
      value: state.HeartbeatSeconds,
      path: state.HeartbeatSecondsPath,
      max: secondsMax,
    },
    input,
  });
  return { timeoutMs: inMs(timeout), heartbeatMs: inMs(heartbeat) };
}

/** Who the attempt acts as: for whoever runs it, and for no history. */
function* credentialsOf(
  { Credentials }: TaskState,
  flow: DataFlow,
  flowing: Flowing & { readonly input: Json },
): Evaluating<Json | undefined> {
  if (Credentials === undefined) return undefined;
  return yield* flow.fieldValue(flowing, flowing.input, {
    name: "Credentials",
    template: Credentials,
  });
}

/** Starts the first attempt, or the next one after a failure: parameters are evaluated for each. */
export function* beginTask(
  state: TaskState,
  flow: DataFlow,
  flowing: Flowing,
): Evaluating<Outcome> {
  const { interpreter, branch } = flowing;
  const execution = interpreter.state;
  const id = `${branch.id}.${branch.entries}`;
  const token = givesToken(state.Resource) ? newToken(interpreter, id) : undefined;
  const input = flow.effectiveInput(flowing);
  const parameters = yield* flow.argument(flowing, input, token === undefined ? {} : { token });
  const credentials = yield* credentialsOf(state, flow, { ...flowing, input });
  const limits = yield* limitsOf(state, flowing, input);
  const previous = execution.activities[id];
  const activity: Activity = {
    id,
    branch: branch.id,
    state: branch.state,
    resource: state.Resource,
    parameters,
    attempt: previous === undefined ? 1 : previous.attempt + 1,
    phase: "running",
    startedAtMs: execution.nowMs,
  };
  if (credentials !== undefined) activity.credentials = credentials;
  if (token !== undefined) activity.token = token;
  const checkpoint = previous?.checkpoint ?? branch.checkpoint;
  if (checkpoint !== undefined) activity.checkpoint = checkpoint;
  delete branch.checkpoint;
  const child = childOf(execution, activity);
  if (child !== undefined) activity.child = child;
  execution.activities[id] = activity;
  startAttempt(interpreter, { activity, branch }, limits);
  return waits;
}

/** The activity and branch that a fact names, unless the fact comes too late (I5). */
export const inFlight = (
  state: ExecutionState,
  fact: { readonly activity: string; readonly attempt: number },
): InFlight | undefined => {
  const activity = state.activities[fact.activity];
  if (activity?.attempt !== fact.attempt || activity.phase === "waitingToRetry") return undefined;
  const branch = state.branches[activity.branch];
  return branch === undefined ? undefined : { activity, branch };
};

/** The activity ended well. */
export function* endTask(
  state: TaskState,
  flow: DataFlow,
  ended: Flowing & {
    readonly output: Json;
    readonly resolvedBy?: string;
    readonly by?: string | undefined;
  },
): Evaluating<Outcome> {
  const events = resourceEvents(state.Resource);
  const { output, resolvedBy, by } = ended;
  note(ended.interpreter, ended.branch, {
    type: events.succeeded,
    details: () => ({ ...events.calledAs, output, resolvedBy, answeredBy: by }),
  });
  const left = yield* flow.leaveWith(ended, output);
  return { kind: "exits", ...left, next: state.Next };
}

/** The attempt failed. */
export const failTask = (
  interpreter: Interpreter,
  { activity, branch }: InFlight,
  failed: Pick<ActivityFailed, "error" | "cause" | "by"> & { readonly resolvedBy?: string },
): Fails => {
  const { error, cause, resolvedBy, by } = failed;
  const events = resourceEvents(calledBy(activity).resource);
  note(interpreter, branch, {
    type: events.failed,
    details: () => ({ ...events.calledAs, error, cause, resolvedBy, answeredBy: by }),
  });
  return { kind: "fails", failure: { error, cause } };
};

/** The attempt's time, or that of its heartbeat, is over: nobody waits for it any more. */
export const timeOutTask = (interpreter: Interpreter, { activity, branch }: InFlight): Fails => {
  const error = "States.Timeout";
  const events = resourceEvents(calledBy(activity).resource);
  giveUp(interpreter, activity);
  note(interpreter, branch, {
    type: events.timedOut,
    details: () => ({ ...events.calledAs, error }),
  });
  const failure = { error, cause: undefined };
  const isHeartbeat =
    (activity.heartbeatAtMs ?? Number.POSITIVE_INFINITY) <
    (activity.timeoutAtMs ?? Number.POSITIVE_INFINITY);
  return isHeartbeat
    ? { kind: "fails", failure, alias: "States.HeartbeatTimeout" }
    : { kind: "fails", failure };
};

/** The call went through and its result comes later. */
export const submitTask = (
  interpreter: Interpreter,
  { activity, branch }: InFlight,
  fact: Pick<ActivitySubmitted, "output">,
): void => {
  if (activity.phase !== "running") return;
  activity.phase = "waitingForToken";
  if (startsPart(activity.resource)) {
    // The child has them now.
    activity.parameters = null;
    return;
  }
  if (isSynchronousStart(activity.resource)) return;
  const events = resourceEvents(activity.resource);
  note(interpreter, branch, {
    type: events.submitted,
    details: () => ({ ...events.calledAs, output: fact.output }),
  });
};

/** A worker has taken the activity. */
export const claimTask = (
  interpreter: Interpreter,
  { activity, branch }: InFlight,
  fact: ActivityClaimed,
): void => {
  const events = resourceEvents(activity.resource);
  if (!events.isClaimed || activity.phase !== "running") return;
  activity.phase = "waitingForToken";
  const { id, attempt } = activity;
  interpreter.commands.push({ kind: "WithdrawActivity", activity: id, attempt });
  if (activity.heartbeatMs !== undefined)
    activity.heartbeatAtMs = interpreter.state.nowMs + activity.heartbeatMs;
  schedule(interpreter.state, branch);
  note(interpreter, branch, {
    type: events.started,
    details: () => ({ workerName: fact.worker, claimedBy: fact.by }),
  });
};

/** The activity is alive, and may have saved how far it has come. */
export const beatTask = (
  interpreter: Interpreter,
  { activity, branch }: InFlight,
  fact: ActivityHeartbeat | ActivityCheckpoint,
): void => {
  if (fact.kind === "ActivityCheckpoint" && activity.interrupted === undefined)
    activity.checkpoint = fact.checkpoint;
  // A probe has no heartbeat.
  if (activity.heartbeatMs === undefined || activity.interrupted !== undefined) return;
  activity.heartbeatAtMs = interpreter.state.nowMs + activity.heartbeatMs;
  schedule(interpreter.state, branch);
};
