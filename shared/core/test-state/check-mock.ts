/** What a mock may be for the state that it stands in for. */
import type { State, TaskState } from "../asl/definition.ts";
import { valueIn } from "../execution/measure.ts";
import { isLoop } from "../execution/states/loop.ts";
import { isJsonObject, type Json } from "../json.ts";
import { refused, type StateMock, type TestStateRefusal, type TestStateRequest } from "./answer.ts";
import { responseFault } from "./check-response.ts";

/** A mock that fits: a result or an error. */
export type CheckedMock =
  | { readonly kind: "result"; readonly result: Json }
  | {
      readonly kind: "error";
      readonly error: string | undefined;
      readonly cause: string | undefined;
    };

type Mocked = Extract<State, { Type: "Task" | "Map" | "Parallel" }>;

const isMocked = (state: State): state is Mocked =>
  state.Type === "Task" || state.Type === "Map" || state.Type === "Parallel";

const onlyOne = "A test mock should have only one of the following fields: [result, errorOutput].";

const mapFault = (result: Json, hasWriter: boolean): string | undefined => {
  if (hasWriter) return isJsonObject(result) ? undefined : "Mocked result must be a JSON object.";
  return Array.isArray(result) ? undefined : "Mocked result must be an array.";
};

const taskFault = (state: TaskState, result: Json, mock: StateMock): string | undefined => {
  const mode = mock.fieldValidationMode ?? "STRICT";
  const fault = mode === "NONE" ? undefined : responseFault(state.Resource, result, mode);
  return fault === undefined ? undefined : `Mock result schema validation error: ${fault}`;
};

const resultFault = (state: Mocked, result: Json, mock: StateMock): string | undefined => {
  if (state.Type === "Task") return taskFault(state, result, mock);
  if (state.Type === "Map")
    return isLoop(state) ? undefined : mapFault(result, state.ResultWriter !== undefined);
  if (!Array.isArray(result)) return mapFault(result, false);
  return result.length === state.Branches.length
    ? undefined
    : "Mocked result must contain the same number of items as number of Parallel branches.";
};

const checkResult = (
  state: Mocked,
  mock: StateMock,
  text: string,
): CheckedMock | TestStateRefusal => {
  const result = valueIn(text);
  if (result === undefined) return refused("Mocked result must be valid JSON");
  const fault = resultFault(state, result, mock);
  return fault === undefined ? { kind: "result", result } : refused(fault);
};

/** Activities and calls that go on elsewhere are not made by a test. */
const needsMock = (state: State): string | undefined => {
  if (state.Type === "Map" || state.Type === "Parallel")
    return "TestState API does not support Map or Parallel states. Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]";
  if (state.Type !== "Task") return undefined;
  return /\.(sync(:2)?|waitForTaskToken)$/.test(state.Resource) || /:activity:/.test(state.Resource)
    ? "TestState API does not support activities, '.sync' or '.waitForTaskToken' without a mock."
    : undefined;
};

/** The mock of a request, `undefined` where it has and needs none. */
export const checkMock = (
  state: State,
  { mock, revealSecrets }: TestStateRequest,
): CheckedMock | TestStateRefusal | undefined => {
  if (mock === undefined) {
    const message = needsMock(state);
    return message === undefined ? undefined : refused(message, "InvalidDefinition");
  }
  if (!isMocked(state))
    return refused(`State type '${state.Type}' is not supported when a mock is specified`);
  if (revealSecrets === true)
    return refused("TestState does not support RevealSecrets when a mock is specified.");
  const { result, errorOutput } = mock;
  if ((result === undefined) === (errorOutput === undefined)) return refused(onlyOne);
  if (result !== undefined) return checkResult(state, mock, result);
  return { kind: "error", error: errorOutput?.error, cause: errorOutput?.cause };
};
