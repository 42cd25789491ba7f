/** What is seen of a state under test, and the context object that stands around it. */
import type { State } from "../asl/definition.ts";
import { arnOf } from "../execution/arns.ts";
import type { Inspection } from "../execution/interpreter.ts";
import type { Program } from "../execution/program.ts";
import type { ExecutionState } from "../execution/state.ts";
import type { Json, JsonObject } from "../json.ts";
import { loneStateName } from "./tested-place.ts";

/** Stages that the service does not show for a type of state. */
const hidden: Readonly<Partial<Record<State["Type"], readonly string[]>>> = {
  Parallel: ["afterInputPath", "afterParameters", "afterArguments"],
};

/** The context object of a test that brings none along. */
const ownContext = (
  program: Program,
  execution: ExecutionState,
  tested: { readonly state: State; readonly roleArn: string | undefined },
): JsonObject => {
  const startedAt = new Date(execution.startedAtMs).toISOString();
  const isCalling = ["Task", "Map", "Parallel"].includes(tested.state.Type);
  return {
    Execution: {
      Id: arnOf(program.identity, "express", `${program.process}:${execution.name}`),
      Input: execution.input,
      Name: execution.name,
      RoleArn: tested.roleArn ?? null,
      StartTime: startedAt,
    },
    StateMachine: {
      Id: arnOf(program.identity, "stateMachine", program.process),
      Name: program.process,
    },
    State: { Name: loneStateName, EnteredTime: startedAt, ...(isCalling && { RetryCount: 0 }) },
  };
};

/** Collects the values of each stage into `stages`. */
export const inspect = (
  program: Program,
  execution: ExecutionState,
  tested: {
    readonly state: State;
    readonly roleArn: string | undefined;
    readonly context: JsonObject | undefined;
    readonly stages: Record<string, Json>;
  },
): Inspection => {
  const base = tested.context ?? ownContext(program, execution, tested);
  return {
    see: (stage, value) => {
      if (hidden[tested.state.Type]?.includes(stage) !== true) tested.stages[stage] = value;
    },
    context: ({ item, token }) => ({
      ...base,
      ...(token !== undefined && tested.context === undefined && { Task: { Token: token } }),
      ...(item !== undefined && { Map: { Item: { Index: item.index, Value: item.value } } }),
    }),
  };
};
