import type { WaitState } from "../../asl/definition.ts";
import { secondsMax } from "../../asl/limits.ts";
import { numberOf } from "../../exact-json/exact-number.ts";
import type { Evaluating, Scope } from "../../expressions/evaluation.ts";
import { evaluateAs } from "../../expressions/jsonata-template.ts";
import { tryReadPath } from "../../expressions/jsonpath/read-path.ts";
import { queryFailure, runtimeFailure } from "../../expressions/wording.ts";
import { type Json, printJson } from "../../json.ts";
import { limitedSecondsBehaviour } from "../behaviours.ts";
import { languageOf } from "../branches/machine.ts";
import { schedule } from "../branches/timers.ts";
import type { DataFlow, Flowing } from "../flow/data-flow.ts";
import { scopeOf } from "../flow/scope.ts";
import { type Exits, type Interpreter, type Outcome, waits } from "../interpreter.ts";

const extendedDateTime =
  /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** The instant of an ISO-8601 extended offset date-time, `undefined` for any other text. */
const instantOf = (text: Json): number | undefined => {
  const parts = typeof text === "string" ? extendedDateTime.exec(text) : null;
  if (parts === null) return undefined;
  const atMs = Date.parse(parts[0]);
  const dayCount = new Date(Date.UTC(Number(parts[1]), Number(parts[2]), 0)).getUTCDate();
  return Number.isNaN(atMs) || Number(parts[3]) > dayCount ? undefined : atMs;
};

const textOf = (value: Json): string => (typeof value === "string" ? value : printJson(value));

/** Whether seconds that were computed are more than may be written. */
const isTooLong = (seconds: number, { state }: Interpreter): boolean =>
  seconds > secondsMax && state.behaviour >= limitedSecondsBehaviour;

const fromSecondsPath = (interpreter: Interpreter, scope: Scope, path: string): number => {
  const found = tryReadPath(path, scope);
  if (found === undefined)
    throw runtimeFailure(
      scope,
      `The SecondsPath parameter does not reference an input value: ${path}`,
    );
  const seconds = numberOf(found);
  if (seconds === undefined || !Number.isInteger(seconds) || seconds < 0)
    throw runtimeFailure(
      scope,
      `The SecondsPath parameter cannot be parsed as a long value: ${path} == ${textOf(found)}`,
    );
  if (isTooLong(seconds, interpreter))
    throw runtimeFailure(
      scope,
      `The SecondsPath parameter cannot be more than ${secondsMax}: ${path} == ${textOf(found)}`,
    );
  return scope.nowMs + seconds * 1000;
};

const fromTimestampPath = (scope: Scope, path: string): number => {
  const timestamp = tryReadPath(path, scope);
  if (timestamp === undefined)
    throw runtimeFailure(
      scope,
      `The TimestampPath parameter does not reference an input value: ${path}`,
    );
  const atMs = instantOf(timestamp);
  if (atMs === undefined)
    throw runtimeFailure(
      scope,
      `The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: ${path} == ${textOf(timestamp)}`,
    );
  return atMs;
};

function* fromTimestamp(scope: Scope, value: string, isJsonata: boolean): Evaluating<number> {
  const timestamp = isJsonata
    ? yield* evaluateAs(value, scope, { location: "Timestamp", expected: "string" })
    : value;
  const atMs = instantOf(timestamp);
  if (atMs !== undefined) return atMs;
  const message = `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${textOf(timestamp)}`;
  throw isJsonata ? queryFailure(scope, "Timestamp", message) : runtimeFailure(scope, message);
}

function* fromSeconds(
  interpreter: Interpreter,
  scope: Scope,
  value: number | string,
): Evaluating<number> {
  const expected = { location: "Seconds", expected: "integer" } as const;
  const seconds = (yield* evaluateAs(value, scope, expected)) as number;
  if (seconds < 0)
    throw queryFailure(scope, "Seconds", `The Seconds field cannot be negative: ${seconds}`);
  if (isTooLong(seconds, interpreter))
    throw queryFailure(
      scope,
      "Seconds",
      `The Seconds field cannot be more than ${secondsMax}: ${seconds}`,
    );
  return scope.nowMs + seconds * 1000;
}

function* endOf(state: WaitState, scope: Scope, interpreter: Interpreter): Evaluating<number> {
  if (typeof state.Seconds === "number") return scope.nowMs + state.Seconds * 1000;
  if (state.Seconds !== undefined) return yield* fromSeconds(interpreter, scope, state.Seconds);
  if (state.SecondsPath !== undefined)
    return fromSecondsPath(interpreter, scope, state.SecondsPath);
  if (state.TimestampPath !== undefined) return fromTimestampPath(scope, state.TimestampPath);
  const isJsonata = languageOf(interpreter.program, state) === "JSONata";
  return yield* fromTimestamp(scope, state.Timestamp ?? "", isJsonata);
}

/** A Wait state holds its branch up until an instant; one that is over already does not. */
export function* beginWait(
  state: WaitState,
  flow: DataFlow,
  flowing: Flowing,
): Evaluating<Outcome> {
  const { interpreter, branch } = flowing;
  const scope = scopeOf(interpreter, branch, { input: flow.effectiveInput(flowing) });
  const atMs = yield* endOf(state, scope, interpreter);
  if (atMs <= interpreter.state.nowMs) return yield* endWait(state, flow, flowing);
  branch.waiting = { kind: "wait", atMs };
  schedule(interpreter.state, branch);
  return waits;
}

/** The time of a Wait state has come. */
export function* endWait(state: WaitState, flow: DataFlow, flowing: Flowing): Evaluating<Exits> {
  const left = yield* flow.passOn(flowing, flow.effectiveInput(flowing));
  return { kind: "exits", ...left, next: state.Next };
}
