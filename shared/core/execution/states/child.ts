/** What an activity that starts an execution asks for, and what it has of it in the end. */

import { digest } from "../../expressions/digest.ts";
import type { Failure } from "../../failure.ts";
import { isJsonObject, type Json, type JsonObject, parseJson, printJson } from "../../json.ts";
import { arnOf } from "../arns.ts";
import { executionIdOf } from "../execution-id.ts";
import type { ChildEnd, ProcessPart } from "../facts.ts";
import { startsPart } from "../map-run/part-resource.ts";
import { type PartStarter, partRequest } from "../map-run/process-part.ts";
import type { Program } from "../program.ts";
import { childForm, isAwaitedChild, isSynchronousStart, resourceKind } from "../resource-kind.ts";
import type { Activity, ExecutionState } from "../state.ts";

/** The execution that an activity is to start. */
export interface ChildRequest {
  readonly process: string;
  readonly version?: number;
  readonly name: string;
  readonly input: Json;
  readonly isAwaited: boolean;
  readonly part?: ProcessPart;
}

type Named = Pick<Activity, "id" | "attempt" | "resource" | "parameters">;

const parametersOf = ({ parameters }: Named): JsonObject =>
  isJsonObject(parameters) ? parameters : {};

const processArn = /^arn:[^:]*:states:[^:]*:[^:]*:stateMachine:([^:]+)(?::(\d+))?$/;

/** `StateMachineArn` is an ARN, of a version perhaps, or simply the name of a process. */
const processOf = (named: Named): Pick<ChildRequest, "process" | "version"> | undefined => {
  const { StateMachineArn: given } = parametersOf(named);
  if (typeof given !== "string") return undefined;
  const [, name, version] = processArn.exec(given) ?? [];
  if (name === undefined) return given.includes(":") ? undefined : { process: given };
  return version === undefined ? { process: name } : { process: name, version: Number(version) };
};

/** The same for every try of one attempt, and another for every other attempt of whatever execution (G6). */
const nameOf = ({ executionId }: Pick<ExecutionState, "executionId">, named: Named): string => {
  const { Name } = parametersOf(named);
  if (typeof Name === "string" && Name !== "") return Name;
  const key = digest(`${executionId}/${named.id}/${named.attempt}`, "SHA-256") ?? "";
  return `child-${key.slice(0, 32)}`;
};

/** The id of the execution that an activity starts; `undefined` if it starts none. */
export const childOf = (
  execution: Pick<ExecutionState, "executionId">,
  activity: Named,
): string | undefined => {
  if (resourceKind(activity.resource) !== "child") return undefined;
  const called = processOf(activity);
  return called && executionIdOf(called.process, nameOf(execution, activity));
};

/** The input as text: what stands under `Input` in the description of the child. */
const inputText = (named: Named): string => {
  const { Input } = parametersOf(named);
  if (typeof Input === "string") return Input;
  return printJson(Input ?? {});
};

const failure = (named: Named, error: string, cause: string): Failure => ({
  error: `${childForm(named.resource).service === "states" ? "StepFunctions" : "Sfn"}.${error}`,
  cause,
});

/** The failure of an activity that names no process there is. */
export const noSuchProcess = (named: Named): Failure => {
  const { StateMachineArn: given } = parametersOf(named);
  const asked = typeof given === "string" ? given : printJson(given ?? null);
  return failure(
    named,
    "StateMachineDoesNotExistException",
    `State Machine Does Not Exist: '${asked}'`,
  );
};

/** The failure of an activity whose child's name belongs to another execution. */
export const nameTaken = (named: Named, executionArn: string): Failure =>
  failure(named, "ExecutionAlreadyExistsException", `Execution Already Exists: '${executionArn}'`);

/** The failure of an activity whose child can not have the name that was asked for. */
export const nameInvalid = (named: Named): Failure => {
  const { Name } = parametersOf(named);
  return failure(named, "InvalidNameException", `Invalid Name: '${String(Name)}'`);
};

/** What an activity asks for, or why it can not have it. */
export const childRequest = (
  execution: PartStarter,
  activity: Named,
): ChildRequest | { readonly failure: Failure } => {
  if (startsPart(activity.resource))
    return { ...partRequest(execution, activity), isAwaited: true };
  const called = processOf(activity);
  if (called === undefined) return { failure: noSuchProcess(activity) };
  let input: Json;
  try {
    input = parseJson(inputText(activity));
  } catch {
    const cause = "Invalid State Machine Execution Input: the text is not JSON";
    return { failure: failure(activity, "InvalidExecutionInputException", cause) };
  }
  const isAwaited = isAwaitedChild(activity.resource);
  return { ...called, name: nameOf(execution, activity), input, isAwaited };
};

/** ARN of an execution, given by its id. */
export const executionArn = (program: Program, executionId: string): string =>
  arnOf(program.identity, "execution", executionId);

const asText = (atMs: number): string => new Date(atMs).toISOString();

/** What an activity has of the start itself: SDK v1 writes instants as milliseconds, SDK v2 as text. */
export const startedOutput = (
  program: Program,
  { resource }: Pick<Activity, "resource">,
  child: Pick<ChildEnd, "executionId" | "startedAtMs">,
): Json =>
  startsPart(resource)
    ? null
    : {
        ExecutionArn: executionArn(program, child.executionId),
        StartDate:
          childForm(resource).service === "states" ? child.startedAtMs : asText(child.startedAtMs),
      };

/** The child as DescribeExecution shows it, keys in the order of the alphabet as the service has them. */
const describe = (program: Program, activity: Activity, child: ChildEnd): JsonObject => {
  const isAnswer = isSynchronousStart(activity.resource);
  const instantOf = (atMs: number): Json => (isAnswer ? asText(atMs) : atMs);
  const asJson = childForm(activity.resource).suffix === ".sync:2";
  const input = inputText(activity);
  const { output } = child;
  return {
    ...(child.cause !== undefined && { Cause: child.cause }),
    ...(child.error !== undefined && { Error: child.error }),
    ExecutionArn: executionArn(program, child.executionId),
    Input: asJson ? parseJson(input) : input,
    InputDetails: { Included: true },
    Name: child.name,
    ...(output !== undefined && {
      Output: asJson ? output : printJson(output),
      OutputDetails: { Included: true },
    }),
    StartDate: instantOf(child.startedAtMs),
    StateMachineArn: arnOf(program.identity, "stateMachine", child.process),
    Status: child.status,
    StopDate: instantOf(child.stoppedAtMs),
  };
};

/** What an activity that waited for its child has of the child's end. */
export const endedResult = (
  program: Program,
  activity: Activity,
  child: ChildEnd,
):
  | { readonly kind: "succeeded"; readonly output: Json }
  | { readonly kind: "failed"; readonly error: string; readonly cause: string } => {
  const described = describe(program, activity, child);
  return child.status === "SUCCEEDED" || isSynchronousStart(activity.resource)
    ? { kind: "succeeded", output: described }
    : { kind: "failed", error: "States.TaskFailed", cause: printJson(described) };
};
