/** The history of an execution as mocks: what its activities were given and what they answered. */
import type { Activity } from "#core/execution/state.ts";
import { isJsonObject, type Json, type JsonObject, parseJson, sameJson } from "#core/json.ts";
import type { MockAnswer } from "./test-file.ts";

/** Answers an attempt as the recorded execution's was; `undefined`: it had none like that. */
export type Recording = (activity: Activity) => MockAnswer | undefined;

/** An event of a history, as the API gives it. */
export interface RecordedEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly type: string;
  readonly timestamp: string;
  readonly details: JsonObject;
}

/** What an attempt of an activity was given, and what it answered. */
export interface RecordedAttempt {
  /** Id of the event by which its state was entered: the same over attempts. */
  readonly enteredEventId: number;
  readonly begunEventId: number;
  readonly state: string;
  readonly parameters: Json;
  readonly answer: MockAnswer;
}

const isEvent = (value: Json): boolean =>
  isJsonObject(value) &&
  typeof value["id"] === "number" &&
  typeof value["type"] === "string" &&
  isJsonObject(value["details"] ?? null);

/** One event a line, as `holdfast history --json` writes them, or an array of events. */
const eventsIn = (text: string): readonly RecordedEvent[] | undefined => {
  try {
    const values = text.trimStart().startsWith("[")
      ? parseJson(text)
      : text
          .split("\n")
          .filter((line) => line.trim() !== "")
          .map(parseJson);
    return Array.isArray(values) && values.every(isEvent)
      ? (values as unknown as readonly RecordedEvent[])
      : undefined;
  } catch {
    return undefined;
  }
};

const ended = /^(?:Task|LambdaFunction|Activity)(Succeeded|Failed|TimedOut)$/;
const scheduled = /^(?:Task|LambdaFunction|Activity)Scheduled$/;

const answerIn = ({ type, details }: RecordedEvent, afterSeconds: number): MockAnswer => {
  if (type.endsWith("TimedOut")) return { never: true };
  if (type.endsWith("Succeeded")) return { result: details["output"] ?? null, afterSeconds };
  const { error, cause } = details;
  return {
    error: typeof error === "string" ? error : "States.TaskFailed",
    ...(typeof cause === "string" && { cause }),
    afterSeconds,
  };
};

const attemptEndedBy = (
  end: RecordedEvent,
  events: ReadonlyMap<number, RecordedEvent>,
): RecordedAttempt | undefined => {
  let begun: RecordedEvent | undefined;
  for (let at = events.get(end.previousEventId); at !== undefined; ) {
    if (begun === undefined && scheduled.test(at.type)) begun = at;
    const { name } = at.details;
    if (at.type === "TaskStateEntered" && typeof name === "string" && begun !== undefined) {
      const { parameters, input } = begun.details;
      const seconds = (Date.parse(end.timestamp) - Date.parse(begun.timestamp)) / 1000;
      return {
        enteredEventId: at.id,
        begunEventId: begun.id,
        state: name,
        parameters: parameters ?? input ?? null,
        answer: answerIn(end, Math.max(0, seconds)),
      };
    }
    at = events.get(at.previousEventId);
  }
  return undefined;
};

/** Attempts in the order in which they ended. */
export const attemptsIn = (events: readonly RecordedEvent[]): readonly RecordedAttempt[] => {
  const byId = new Map(events.map((event) => [event.id, event]));
  return events
    .filter(({ type }) => ended.test(type))
    .flatMap((event) => attemptEndedBy(event, byId) ?? []);
};

/** Reads an exported history; `undefined` if the text is none. An answer is given once. */
export const readRecording = (text: string): (() => Recording) | undefined => {
  const events = eventsIn(text);
  if (events === undefined) return undefined;
  const attempts = attemptsIn(events);
  return () => {
    const left = [...attempts];
    return ({ state, parameters }) => {
      const same = left.findIndex(
        (attempt) => attempt.state === state && sameJson(attempt.parameters, parameters),
      );
      const place = same >= 0 ? same : left.findIndex((attempt) => attempt.state === state);
      return place < 0 ? undefined : left.splice(place, 1)[0]?.answer;
    };
  };
};
