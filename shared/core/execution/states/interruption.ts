/**
 * A Task state whose server was lost while it ran an attempt (G4, ADR 10): the attempt runs again, a
 * probe finds out what became of it, an operator is asked, or it has failed.
 *
 * I31 What an interrupted activity is told counts for the question that is open: of two answers the
 *     first in the log wins, and what the lost attempt says itself is late.
 */
import type { TaskState } from "../../asl/definition.ts";
import { unreachable } from "../../errors.ts";
import type { Evaluating } from "../../expressions/evaluation.ts";
import { StateFailed } from "../../failure.ts";
import { isJsonObject, type Json, printJson } from "../../json.ts";
import { giveUp } from "../branches/give-up.ts";
import { definitionOf } from "../branches/machine.ts";
import { schedule } from "../branches/timers.ts";
import { calledBy } from "../called.ts";
import type { ActivityFailed, ActivityResolved, ActivitySucceeded, TakenOver } from "../facts.ts";
import type { DataFlow, FlowFields, Flowing } from "../flow/data-flow.ts";
import { flowOf } from "../flow/language.ts";
import { note } from "../history/note.ts";
import { resourceEvents } from "../history/resource.ts";
import { type Fails, type Interpreter, type Outcome, waits } from "../interpreter.ts";
import { interrupted as interruptedError } from "../recovery/error-match.ts";
import { rememberResolution } from "../resolutions.ts";
import { calledResource, waitsForToken } from "../resource-kind.ts";
import type { Activity, Interruption, Probe } from "../state.ts";
import { endTask, failTask, type InFlight, startAttempt, submitTask, timeOutTask } from "./task.ts";

interface Lost {
  readonly resolution: TakenOver["interrupted"][number]["resolution"];
  readonly fromTurn: string;
  /** The drain whose deadline ended it; absent: its server was lost. */
  readonly drain: string | undefined;
}

/** Characters of what a probe said that are shown to the operator. */
const answerLengthMax = 1_000;

const causes: Readonly<Record<Lost["resolution"], string>> = {
  restart: "It is declared restartable and runs again.",
  verify: "A probe finds out whether it took effect.",
  ask: "Whether it took effect is not known, and an operator is asked.",
  fail: "It is not declared restartable, so it does not run again; whether it took effect is not known.",
};

interface Task {
  readonly state: TaskState;
  readonly flow: DataFlow;
  readonly flowing: Flowing & { readonly fields: TaskState };
}

const taskOf = (interpreter: Interpreter, { branch }: InFlight): Task => {
  const state = definitionOf(interpreter.program, branch) as TaskState;
  const flow = flowOf(interpreter.program, state);
  return { state, flow, flowing: { interpreter, branch, fields: state } };
};

const withoutTimes = (activity: Activity): void => {
  delete activity.timeoutAtMs;
  delete activity.heartbeatAtMs;
};

const timeoutMsOf = ({ timeoutAtMs, startedAtMs }: Activity): number | undefined =>
  timeoutAtMs === undefined ? undefined : timeoutAtMs - startedAtMs;

/** The activity once more, under the next number: no retry is used up. */
const runAgain = (interpreter: Interpreter, named: InFlight, resolvedBy?: string): Outcome => {
  const { activity } = named;
  const { interrupted } = activity;
  const timeoutMs = interrupted === undefined ? timeoutMsOf(activity) : interrupted.timeoutMs;
  delete activity.interrupted;
  withoutTimes(activity);
  activity.attempt += 1;
  startAttempt(interpreter, named, {
    timeoutMs,
    heartbeatMs: activity.heartbeatMs,
    ...(resolvedBy !== undefined && { resolvedBy }),
  });
  return waits;
};

/** Waits for an operator. */
const ask = (interpreter: Interpreter, named: InFlight, why: string): Outcome => {
  const { activity, branch } = named;
  const { probe: _, ...known } = activity.interrupted as Interruption;
  const { nowMs } = interpreter.state;
  activity.interrupted = { ...known, question: { why, sinceMs: nowMs } };
  activity.phase = "waitingForOperator";
  withoutTimes(activity);
  const { Orchestration } = taskOf(interpreter, named).state;
  const seconds = Orchestration?.AskTimeoutSeconds;
  if (seconds !== undefined) activity.timeoutAtMs = nowMs + 1000 * Number(seconds);
  schedule(interpreter.state, branch);
  const { id, attempt } = activity;
  interpreter.commands.push({ kind: "AskOperator", activity: id, attempt });
  return waits;
};

/** What an evaluation gives, or why it gives nothing: what decides about a probe is no failure of the state. */
function* attempted<T>(
  work: Evaluating<T>,
): Evaluating<{ readonly value: T } | { readonly why: string }> {
  try {
    return { value: yield* work };
  } catch (error) {
    if (!(error instanceof StateFailed)) throw error;
    return { why: error.message };
  }
}

function* probeOf(interpreter: Interpreter, named: InFlight): Evaluating<Probe> {
  const { state, flow, flowing } = taskOf(interpreter, named);
  const { resource, parameters } = named.activity;
  const verify = state.Orchestration?.Verify;
  if (verify === undefined) return { resource: calledResource(resource), parameters, isOwn: true };
  const fields = verify as FlowFields;
  const input = flow.effectiveInput(flowing);
  const given = yield* flow.argument({ ...flowing, fields }, input);
  return { resource: verify.Resource, parameters: given };
}

/** A probe is an attempt of the activity, so that whatever holds of attempts holds of it. */
const startProbe = (interpreter: Interpreter, named: InFlight, probe: Probe): Outcome => {
  const { activity } = named;
  const interrupted = activity.interrupted as Interruption;
  activity.interrupted = { ...interrupted, probe };
  withoutTimes(activity);
  activity.attempt += 1;
  startAttempt(interpreter, named, { timeoutMs: interrupted.timeoutMs, heartbeatMs: undefined });
  return waits;
};

function* verify(interpreter: Interpreter, named: InFlight): Evaluating<Outcome> {
  const probe = yield* attempted(probeOf(interpreter, named));
  return "why" in probe
    ? ask(interpreter, named, `The probe has no parameters: ${probe.why}`)
    : startProbe(interpreter, named, probe.value);
}

const whatHappened = ({ state }: Activity, drain: string | undefined): string =>
  drain === undefined
    ? `The server was lost while it ran the activity of state '${state}'.`
    : `The deadline of the drain '${drain}' ended the activity of state '${state}'.`;

/** The turn that ran the attempt is gone, or has given it up. */
export function* interruptTask(
  interpreter: Interpreter,
  named: InFlight,
  { resolution, fromTurn, drain }: Lost,
): Evaluating<Outcome> {
  const { activity } = named;
  const happened = whatHappened(activity, drain);
  const cause = `${happened} ${causes[resolution]}`;
  const failed = failTask(interpreter, named, { error: interruptedError, cause });
  const probe = activity.interrupted?.probe;
  if (resolution === "fail") return failed;
  if (resolution === "restart")
    return probe === undefined
      ? runAgain(interpreter, named)
      : startProbe(interpreter, named, probe);
  const timeoutMs = timeoutMsOf(activity);
  activity.interrupted ??= {
    attempt: activity.attempt,
    startedAtMs: activity.startedAtMs,
    turn: fromTurn,
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
  if (resolution === "verify") return yield* verify(interpreter, named);
  const why =
    probe === undefined
      ? "Nothing says that it may run again."
      : "So was the probe that was to tell.";
  return ask(interpreter, named, `${happened} ${why}`);
}

const shortened = (value: Json): string => {
  const text = printJson(value);
  return text.length > answerLengthMax ? `${text.slice(0, answerLengthMax - 3)}...` : text;
};

/** It took effect: it has ended, or its call went through and somebody else answers it. */
function* hasHappened(
  interpreter: Interpreter,
  named: InFlight,
  output: Json,
): Evaluating<Outcome> {
  const { activity, branch } = named;
  const timeoutMs = activity.interrupted?.timeoutMs;
  delete activity.interrupted;
  const { state, flow, flowing } = taskOf(interpreter, named);
  if (!waitsForToken(activity.resource)) return yield* endTask(state, flow, { ...flowing, output });
  withoutTimes(activity);
  if (timeoutMs !== undefined) activity.timeoutAtMs = interpreter.state.nowMs + timeoutMs;
  submitTask(interpreter, named, { output });
  schedule(interpreter.state, branch);
  return waits;
}

function* verdictOf(interpreter: Interpreter, named: InFlight, answer: Json): Evaluating<Json> {
  const { state, flow, flowing } = taskOf(interpreter, named);
  const { Output, ResultSelector } = state.Orchestration?.Verify ?? {};
  const fields: FlowFields = {
    ...(Output !== undefined && { Output }),
    ...(ResultSelector !== undefined && { ResultSelector }),
  };
  return (yield* flow.leaveWith({ ...flowing, fields }, answer)).output;
}

/** The probe has an answer, or has failed. */
export function* endProbe(
  interpreter: Interpreter,
  named: InFlight,
  fact: ActivitySucceeded | ActivityFailed,
): Evaluating<Outcome> {
  const { activity, branch } = named;
  if (fact.kind === "ActivityFailed") {
    const { error, cause } = failTask(interpreter, named, fact).failure;
    const what = [error, cause].filter((text) => text !== undefined).join(": ");
    return ask(interpreter, named, `The probe failed: ${what.slice(0, answerLengthMax)}`);
  }
  const { output } = fact;
  const { succeeded, calledAs } = resourceEvents(calledBy(activity).resource);
  note(interpreter, branch, { type: succeeded, details: () => ({ ...calledAs, output }) });
  const isOwn = activity.interrupted?.probe?.isOwn === true;
  const found = isOwn ? { value: output } : yield* attempted(verdictOf(interpreter, named, output));
  if ("why" in found)
    return ask(interpreter, named, `What the probe answered can not be read: ${found.why}`);
  const verdict = isJsonObject(found.value) ? found.value : {};
  if (verdict["happened"] === true)
    return yield* hasHappened(interpreter, named, verdict["output"] ?? {});
  if (verdict["happened"] === false) return runAgain(interpreter, named);
  const said = shortened(found.value);
  return ask(interpreter, named, `The probe does not say whether it happened: ${said}`);
}

/** Nobody has answered in time: no operator, or no probe. */
export const endInterruptionTime = (interpreter: Interpreter, named: InFlight): Outcome => {
  const { activity } = named;
  if (activity.phase !== "waitingForOperator") {
    timeOutTask(interpreter, named);
    return ask(interpreter, named, "The probe did not answer in time.");
  }
  delete activity.interrupted;
  const cause = `The server was lost while it ran the activity of state '${activity.state}', and no operator has said in time what became of it.`;
  return failTask(interpreter, named, { error: interruptedError, cause });
};

const failedAs = (interpreter: Interpreter, named: InFlight, fact: ActivityResolved): Fails => {
  const { error = interruptedError, by } = fact;
  const cause =
    fact.cause ??
    `The server was lost while it ran the activity of state '${named.activity.state}', and ${by} says that it has failed.`;
  return failTask(interpreter, named, { error, cause, resolvedBy: by });
};

/** Somebody says what became of it. */
export function* resolveTask(
  interpreter: Interpreter,
  named: InFlight,
  fact: ActivityResolved,
): Evaluating<Outcome> {
  const { activity } = named;
  rememberResolution(interpreter.state, fact);
  // A probe may still run.
  giveUp(interpreter, activity);
  if (fact.resolution === "retry") return runAgain(interpreter, named, fact.by);
  delete activity.interrupted;
  switch (fact.resolution) {
    case "failed":
      return failedAs(interpreter, named, fact);
    case "succeeded": {
      const { state, flow, flowing } = taskOf(interpreter, named);
      const output = fact.output ?? {};
      return yield* endTask(state, flow, { ...flowing, output, resolvedBy: fact.by });
    }
    default:
      return unreachable(fact.resolution);
  }
}
