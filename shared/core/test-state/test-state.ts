/**
 * TestState: one state of a definition, run by the interpreter's own functions with a mock for what it
 * would call. Nothing outside is called and a Wait takes no time; whoever wants to call it for real does,
 * and asks again with the answer as the mock.
 */
import type { State } from "../asl/definition.ts";
import { behaviourVersion, initialState } from "../execution/advance.ts";
import { begin } from "../execution/branches/begin.ts";
import { guarded } from "../execution/branches/guarded.ts";
import { openBranch } from "../execution/branches/lives.ts";
import { languageOf } from "../execution/branches/machine.ts";
import type { DataFlow, Flowing } from "../execution/flow/data-flow.ts";
import { flowOf } from "../execution/flow/language.ts";
import { seen } from "../execution/flow/seen.ts";
import type { Exits, Fails, Interpreter } from "../execution/interpreter.ts";
import { valueIn } from "../execution/measure.ts";
import type { Identity, Program } from "../execution/program.ts";
import { matchesError } from "../execution/recovery/error-match.ts";
import { catchFailure } from "../execution/recovery/recover.ts";
import { covers, nextRetryDelayMs } from "../execution/recovery/retry.ts";
import type { Activity, ExecutionState } from "../execution/state.ts";
import { isLoop } from "../execution/states/loop.ts";
import { endWait } from "../execution/states/wait.ts";
import type { Evaluating } from "../expressions/evaluation.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { transitionsPerAdvanceMax } from "../limits.ts";
import {
  isRefusal,
  refused,
  type TestedState,
  type TestStateAnswer,
  type TestStateCall,
  type TestStateRefusal,
  type TestStateRequest,
} from "./answer.ts";
import { type CheckedMock, checkMock } from "./check-mock.ts";
import { inspect } from "./inspection.ts";
import { testMap } from "./test-map.ts";
import { holdsState, placeOf, type TestedPlace } from "./tested-place.ts";

/** What the core can not know by itself. */
export interface TestEnvironment {
  readonly nowMs: number;
  /** 32 hexadecimal digits, for random draws. */
  readonly seed: string;
  readonly identity?: Identity;
}

interface Given {
  readonly input: Json;
  readonly variables: JsonObject;
  readonly context: JsonObject | undefined;
}

const objectIn = (text: string | undefined, name: string): JsonObject | TestStateRefusal => {
  const value = valueIn(text ?? "{}");
  return value !== undefined && isJsonObject(value)
    ? value
    : refused(`Invalid ${name} object provided: it must be a JSON object`);
};

const givenBy = (request: TestStateRequest): Given | TestStateRefusal => {
  const input = valueIn(request.input ?? "{}");
  if (input === undefined)
    return refused("Invalid State Machine Execution Input: not JSON", "InvalidExecutionInput");
  const variables = objectIn(request.variables, "Variables");
  if (isRefusal(variables)) return variables;
  if (request.context === undefined) return { input, variables, context: undefined };
  const context = objectIn(request.context, "Context");
  return isRefusal(context) ? context : { input, variables, context };
};

interface Tested {
  readonly request: TestStateRequest;
  readonly place: TestedPlace;
  readonly mock: CheckedMock | undefined;
  readonly flow: DataFlow;
  readonly flowing: Flowing;
  /** Filled on the way. */
  readonly stages: Record<string, Json>;
}

const openExecution = (place: TestedPlace, given: Given, environment: TestEnvironment) => {
  const { nowMs, seed, identity } = environment;
  const program: Program = {
    process: "TestState",
    version: 1,
    definition: place.definition,
    ...(identity !== undefined && { identity }),
  };
  const name = `test-${seed.slice(0, 8)}`;
  const start = { kind: "ExecutionStarted", process: program.process, version: 1 } as const;
  const state: ExecutionState = initialState(
    name,
    { ...start, name, input: given.input, startedBy: "test", seed, behaviour: behaviourVersion },
    nowMs,
  );
  return { program, state };
};

const prepare = (
  request: TestStateRequest,
  checked: {
    readonly place: TestedPlace;
    readonly given: Given;
    readonly mock: CheckedMock | undefined;
  },
  environment: TestEnvironment,
): Tested => {
  const { place, given, mock } = checked;
  const stages: Record<string, Json> = { input: given.input };
  const { program, state } = openExecution(place, given, environment);
  const { roleArn } = request;
  const interpreter: Interpreter = {
    program,
    state,
    sink: undefined,
    commands: [],
    ready: [],
    fallen: new Map(),
    transitionsLeft: transitionsPerAdvanceMax,
    secret: undefined,
    inspection: inspect(program, state, {
      state: place.state,
      roleArn,
      context: given.context,
      stages,
    }),
  };
  const branch = openBranch(interpreter, {
    machine: place.machine,
    index: 0,
    startAt: place.name,
    input: given.input,
    lastEventId: 0,
  });
  branch.enteredAtMs = state.nowMs;
  branch.variables = given.variables;
  const flowing = { interpreter, branch, fields: place.state as object };
  return { request, place, mock, stages, flowing, flow: flowOf(program, place.state) };
};

const dataOf = ({ request, stages, flowing }: Tested, more: JsonObject = {}) => {
  if ((request.inspectionLevel ?? "INFO") === "INFO") return {};
  const { variables } = flowing.branch;
  const shown = Object.keys(variables).length > 0 ? { variables } : {};
  return { inspectionData: { ...stages, ...shown, ...more } };
};

/** What the state leaves behind with the answer to its call. */
function* withMock(tested: Tested, mock: CheckedMock): Evaluating<Exits | Fails> {
  const { flow, flowing, place } = tested;
  if (mock.kind === "error") return { kind: "fails", failure: mock };
  const state = place.state as State & { readonly Next?: string };
  if (state.Type === "Task") seen(flowing, "result", mock.result);
  const left = yield* flow.leaveWith(flowing, mock.result);
  return { kind: "exits", ...left, next: state.Next };
}

/** What an activity calls; of a state that calls nothing itself, nothing. */
const callOf = ({ nowMs }: ExecutionState, activity: Activity | undefined) => {
  const { resource = "", parameters = null, credentials, timeoutAtMs } = activity ?? {};
  return {
    resource,
    parameters,
    ...(credentials !== undefined && { credentials }),
    ...(timeoutAtMs !== undefined && { timeoutMs: timeoutAtMs - nowMs }),
  };
};

function* work(tested: Tested): Evaluating<Exits | Fails | TestStateCall | TestStateRefusal> {
  const { place, mock, flow, flowing } = tested;
  const { state } = place;
  const { interpreter, branch } = flowing;
  if (state.Type === "Map" && !isLoop(state) && mock !== undefined)
    return yield* testMap(state, { flow, flowing, mock }, tested.request.stateConfiguration ?? {});
  if (state.Type === "Fail" && languageOf(interpreter.program, state) === "JSONPath")
    seen(flowing, "afterInputPath", branch.input);
  if (state.Type === "Pass") seen(flowing, "result", state.Result);
  const begun = yield* begin(interpreter, branch, state);
  if (begun.kind !== "waits") return begun;
  if (state.Type === "Wait") return yield* endWait(state, flow, flowing);
  if (mock !== undefined) return yield* withMock(tested, mock);
  const [activity] = Object.values(interpreter.state.activities);
  return { kind: "calls", ...callOf(interpreter.state, activity), ...dataOf(tested) };
}

const failed = (tested: Tested, fails: Fails, details: JsonObject): TestedState => ({
  kind: "tested",
  status: "FAILED",
  ...errorOf(fails),
  ...dataOf(tested, errorDetails(details)),
});

const errorOf = ({ failure: { error, cause } }: Fails) => ({
  ...(error !== undefined && { error }),
  ...(cause !== undefined && { cause }),
});

const errorDetails = (details: JsonObject): JsonObject =>
  Object.keys(details).length > 0 ? { errorDetails: details } : {};

const exited = (
  tested: Tested,
  exits: Exits,
  more: Pick<TestedState, "status" | "error" | "cause"> & { readonly details?: JsonObject },
): TestedState => {
  const { details = {}, ...fields } = more;
  const { branch } = tested.flowing;
  if (exits.assigned !== undefined) branch.variables = { ...branch.variables, ...exits.assigned };
  return {
    kind: "tested",
    ...fields,
    output: exits.output,
    ...(exits.next !== undefined && { nextState: exits.next }),
    ...dataOf(tested, errorDetails(details)),
  };
};

/** Asks Retry and then Catch. */
function* recover(tested: Tested, fails: Fails): Evaluating<TestedState> {
  const { state } = tested.place;
  const { interpreter, branch } = tested.flowing;
  if (state.Type !== "Task" && state.Type !== "Map" && state.Type !== "Parallel")
    return failed(tested, fails, {});
  const retriers = state.Retry ?? [];
  const retryIndex = retriers.findIndex((retrier) => covers(retrier, fails));
  branch.retries = retriers.map(() => tested.request.stateConfiguration?.retrierRetryCount ?? 0);
  const delayMs = nextRetryDelayMs(interpreter, branch, { retriers, fails });
  const retry: JsonObject = retryIndex < 0 ? {} : { retryIndex };
  if (delayMs !== undefined) {
    const details = { ...retry, retryBackoffIntervalSeconds: Math.floor(delayMs / 1000) };
    return { ...failed(tested, fails, details), status: "RETRIABLE" };
  }
  const catchIndex = state.Catch?.findIndex((catcher) => matchesError(catcher.ErrorEquals, fails));
  const caught = yield* guarded(
    interpreter,
    branch,
    catchFailure(interpreter, branch, { state, fails }),
  );
  if (caught?.kind === "fails") return failed(tested, caught, {});
  if (caught?.kind !== "exits") return failed(tested, fails, retry);
  const details = { catchIndex: catchIndex ?? 0 };
  return exited(tested, caught, { status: "CAUGHT_ERROR", ...errorOf(fails), details });
}

const checkConfiguration = (
  { stateConfiguration }: TestStateRequest,
  state: State,
): TestStateRefusal | undefined => {
  const name = stateConfiguration?.errorCausedByState;
  return name === undefined || holdsState(state, name)
    ? undefined
    : refused(`The state '${name}' named by errorCausedByState does not exist in the tested state`);
};

/** Tests a state as the TestState API does; the same request and environment give the same answer. */
export function* testState(
  request: TestStateRequest,
  environment: TestEnvironment,
): Evaluating<TestStateAnswer> {
  const place = placeOf(request);
  if (isRefusal(place)) return place;
  const mock = checkMock(place.state, request);
  if (mock?.kind === "refused") return mock;
  const given = checkConfiguration(request, place.state) ?? givenBy(request);
  if (isRefusal(given)) return given;
  const tested = prepare(request, { place, given, mock }, environment);
  const { interpreter, branch } = tested.flowing;
  const outcome = yield* guarded(interpreter, branch, work(tested));
  switch (outcome.kind) {
    case "exits":
      return exited(tested, outcome, { status: "SUCCEEDED" });
    case "fails":
      return yield* recover(tested, outcome);
    default:
      return outcome;
  }
}
