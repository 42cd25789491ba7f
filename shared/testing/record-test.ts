/** Turns an execution that has ended into a test: its input, its activities' answers as mocks, and how it ended. */
import { isJsonObject, type Json, type JsonObject, printJson } from "#core/json.ts";
import { masked, maskSecrets } from "./mask.ts";
import { attemptsIn, type RecordedAttempt, type RecordedEvent } from "./recording.ts";

/** An execution with its history, and what became of its map runs by the ids of their executions. */
export interface RecordedExecution {
  readonly executionId: string;
  readonly status: string;
  readonly startedAt: string;
  readonly input: Json;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  readonly events: readonly RecordedEvent[];
  readonly mapRuns: ReadonlyMap<string, RecordedEnd>;
}

/** How a map run ended. */
export interface RecordedEnd {
  readonly status: string;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
}

const mapRunArn = /:mapRun:(.+)$/;

/** The map run that an event tells of the start of. */
export const mapRunIn = ({ type, details }: RecordedEvent): string | undefined => {
  const { mapRunArn: arn } = details;
  return type === "MapRunStarted" && typeof arn === "string" ? mapRunArn.exec(arn)?.[1] : undefined;
};

const memberOf = (value: Json, key: string): Json | undefined =>
  isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;

const partOf = (parameters: Json, keys: readonly string[]): JsonObject =>
  Object.fromEntries(
    keys.flatMap((key) => {
      const value = memberOf(parameters, key);
      return value === undefined ? [] : [[key, value] as const];
    }),
  );

/** Whether these parts of their parameters alone tell all activities apart. */
const tells = (all: readonly Json[], keys: readonly string[]): boolean =>
  new Set(all.map((value) => printJson(partOf(value, keys)))).size === all.length;

/** One part of the parameters that tells activities apart, else all; what has no secret in it is better. */
const tellingKeys = (all: readonly Json[]): readonly string[] | undefined => {
  const keys = [
    ...new Set(all.flatMap((value) => (isJsonObject(value) ? Object.keys(value) : []))),
  ];
  const isOpen = (key: string): boolean =>
    all.every((value) => !printJson(memberOf(value, key) ?? null).includes(masked));
  const open = keys.filter(isOpen);
  const candidates = [...open.map((key) => [key]), open, ...keys.map((key) => [key]), keys];
  return candidates.find((candidate) => tells(all, candidate));
};

const answerOf = ({ answer }: RecordedAttempt): JsonObject => {
  const { afterSeconds, ...said } = answer;
  return {
    ...(said as JsonObject),
    ...(afterSeconds !== undefined && afterSeconds > 0 && { afterSeconds }),
  };
};

const answersOf = (
  attempts: readonly RecordedAttempt[],
  list: "attempts" | "calls",
): JsonObject => {
  const answers = attempts.map(answerOf);
  return answers.length === 1 ? (answers[0] ?? {}) : { [list]: answers };
};

/** The mocks of one state: one for each of its activities that parameters tell apart, else one for all. */
const mocksOf = (state: string, attempts: readonly RecordedAttempt[]): readonly JsonObject[] => {
  const activities = [...Map.groupBy(attempts, (attempt) => attempt.enteredEventId).values()];
  if (activities.length === 1) return [{ state, ...answersOf(attempts, "attempts") }];
  const given = activities.map(([first]) => first?.parameters ?? null);
  const keys = tellingKeys(given);
  if (keys !== undefined)
    return activities.map((members, index) => ({
      state,
      where: partOf(given[index] ?? null, keys),
      ...answersOf(members, "attempts"),
    }));
  const asCalled = [...attempts].sort((a, b) => a.begunEventId - b.begunEventId);
  return [{ state, ...answersOf(asCalled, "calls") }];
};

const endAnswer = ({ status, output, error, cause }: RecordedEnd): JsonObject =>
  status === "SUCCEEDED"
    ? { result: output ?? null }
    : { error: error ?? "States.TaskFailed", ...(cause !== undefined && { cause }) };

/** A map run is mocked by what came of it: its items are executions of their own. */
const mapMocks = (events: readonly RecordedEvent[], ends: RecordedExecution["mapRuns"]) => {
  const byId = new Map(events.map((event) => [event.id, event]));
  const stateOf = (event: RecordedEvent): string | undefined => {
    let at: RecordedEvent | undefined = event;
    while (at !== undefined && at.type !== "MapStateEntered") at = byId.get(at.previousEventId);
    const name = at?.details["name"];
    return typeof name === "string" ? name : undefined;
  };
  const runs = events.flatMap((event) => {
    const state = stateOf(event);
    const end = ends.get(mapRunIn(event) ?? "");
    return state === undefined || end === undefined ? [] : [{ state, answer: endAnswer(end) }];
  });
  return [...Map.groupBy(runs, ({ state }) => state)].map(([state, members]) =>
    members.length === 1
      ? { state, ...members[0]?.answer }
      : { state, calls: members.map(({ answer }) => answer) },
  );
};

/** The test, without anything that looks secret. */
export const recordTest = (execution: RecordedExecution) => {
  const { executionId, status, startedAt, input, output, error, cause, mapRuns } = execution;
  const clean = maskSecrets({
    input,
    ...(output !== undefined && { output }),
    ...(error !== undefined && { error }),
    ...(cause !== undefined && { cause }),
    events: execution.events as unknown as Json,
    ends: [...mapRuns].map(([id, end]) => [id, { ...end }]) as unknown as Json,
  });
  const events = clean.events as unknown as readonly RecordedEvent[];
  const ends = new Map(clean.ends as unknown as readonly (readonly [string, RecordedEnd])[]);
  const states = Map.groupBy(attemptsIn(events), ({ state }) => state);
  return {
    name: `goes as ${executionId} did`,
    now: startedAt,
    input: clean.input,
    mocks: [
      ...[...states].flatMap(([state, attempts]) => mocksOf(state, attempts)),
      ...mapMocks(events, ends),
    ],
    expect: {
      status,
      ...(clean.output !== undefined && { output: clean.output }),
      ...(clean.error !== undefined && { error: clean.error }),
      ...(clean.cause !== undefined && { cause: clean.cause }),
    },
  };
};
