/**
 * Events as the service writes them: `details` is an object named by the type of the event, and values are
 * JSON text. What only Holdfast has, the history of the REST API shows.
 */
import type { HistoryEvent } from "#core/execution/history-event.ts";
import type { Identity } from "#core/execution/program.ts";
import { isJsonObject, type Json, type JsonObject, printJson } from "#core/json.ts";
import { secondsOf } from "./service-operation.ts";

const failure = ["error", "cause"];
const called = ["resourceType", "resource"];

/** Fields of the details that are plain. */
const fields: Readonly<Record<string, readonly string[]>> = {
  activityFailed: failure,
  activityScheduleFailed: failure,
  activityScheduled: ["resource", "timeoutInSeconds", "heartbeatInSeconds"],
  activityStarted: ["workerName"],
  activitySucceeded: [],
  activityTimedOut: failure,
  evaluationFailed: [...failure, "location", "state"],
  executionAborted: failure,
  executionFailed: failure,
  executionRedriven: ["redriveCount"],
  executionStarted: [],
  executionSucceeded: [],
  executionTimedOut: failure,
  lambdaFunctionFailed: failure,
  lambdaFunctionScheduleFailed: failure,
  lambdaFunctionScheduled: ["resource", "timeoutInSeconds"],
  lambdaFunctionStartFailed: failure,
  lambdaFunctionSucceeded: [],
  lambdaFunctionTimedOut: failure,
  mapIterationAborted: ["name", "index"],
  mapIterationFailed: ["name", "index"],
  mapIterationStarted: ["name", "index"],
  mapIterationSucceeded: ["name", "index"],
  mapRunFailed: failure,
  mapRunRedriven: ["mapRunArn", "redriveCount"],
  mapRunStarted: ["mapRunArn"],
  mapStateStarted: ["length"],
  stateEntered: ["name"],
  stateExited: ["name"],
  taskFailed: [...called, ...failure],
  taskScheduled: [...called, "timeoutInSeconds", "heartbeatInSeconds"],
  taskStartFailed: [...called, ...failure],
  taskStarted: called,
  taskSubmitFailed: [...called, ...failure],
  taskSubmitted: called,
  taskSucceeded: called,
  taskTimedOut: [...called, ...failure],
};

const kindOf = (type: string): string => {
  if (type.endsWith("StateEntered")) return "stateEntered";
  if (type.endsWith("StateExited")) return "stateExited";
  return type.charAt(0).toLowerCase() + type.slice(1);
};

/** `input` and `output` as text, each with the note that nothing is cut off. */
const values = (details: JsonObject, isWithData: boolean) =>
  Object.fromEntries(
    ["input", "output"].flatMap((name): [string, unknown][] => {
      const value = details[name];
      if (value === undefined) return [];
      const note: [string, unknown] = [`${name}Details`, { truncated: false }];
      return isWithData ? [[name, printJson(value)], note] : [];
    }),
  );

const assigned = (variables: Json | undefined, isWithData: boolean) => {
  if (!isWithData || !isJsonObject(variables)) return {};
  const texts = Object.entries(variables).map(([name, value]) => [name, printJson(value)]);
  return {
    assignedVariables: Object.fromEntries(texts),
    assignedVariablesDetails: { truncated: false },
  };
};

const plain = (details: JsonObject, names: readonly string[]) =>
  Object.fromEntries(
    names.flatMap((name) => (details[name] === undefined ? [] : [[name, details[name]]])),
  );

export interface EventView {
  readonly identity: Identity;
  readonly roleArn: string;
  /** Whether inputs and outputs are shown. */
  readonly isWithData: boolean;
}

const detailsOf = (kind: string, details: JsonObject, view: EventView) => ({
  ...plain(details, fields[kind] ?? []),
  ...values(details, view.isWithData),
  ...assigned(details["assignedVariables"], view.isWithData),
  ...(kind === "executionStarted" && { roleArn: view.roleArn }),
  ...(kind === "taskScheduled" && {
    region: view.identity.region,
    parameters: view.isWithData ? printJson(details["parameters"] ?? {}) : "",
  }),
});

/** An event as GetExecutionHistory shows it. */
export const eventView = (event: HistoryEvent, view: EventView) => {
  const kind = kindOf(event.type);
  return {
    timestamp: secondsOf(event.timestampMs),
    type: event.type,
    id: event.id,
    previousEventId: event.previousEventId,
    ...(fields[kind] !== undefined && {
      [`${kind}EventDetails`]: detailsOf(kind, event.details, view),
    }),
  };
};
