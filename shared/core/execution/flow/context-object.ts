import type { Json, JsonObject } from "../../json.ts";
import { arnOf, executionArnOf, roleArnOf } from "../arns.ts";
import { definitionOf } from "../branches/machine.ts";
import { planOf } from "../map-run/plan.ts";
import type { Program } from "../program.ts";
import { type Branch, type Children, type ExecutionState, isOfMap } from "../state.ts";

const isoTime = (atMs: number): string => new Date(atMs).toISOString();

const executionContext = (program: Program, execution: ExecutionState): JsonObject => ({
  Id: executionArnOf(program, execution),
  Input: execution.input,
  StartTime: isoTime(execution.startedAtMs),
  Name: execution.name,
  RoleArn: roleArnOf(program.identity),
  RedriveCount: execution.redriveCount ?? 0,
});

const retryCount = (branch: Branch): number =>
  branch.retries?.reduce((sum, count) => sum + count, 0) ?? 0;

const itemOf = ({ items, carried }: Children, index: number): Json =>
  items === undefined ? (carried ?? null) : (items[index] ?? null);

/** The Map item that a branch works on, its own or that of the nearest branch above it. */
const mapItem = (execution: ExecutionState, branch: Branch): JsonObject | undefined => {
  for (let at: Branch | undefined = branch; at?.parent !== undefined; ) {
    const parent: Branch | undefined = execution.branches[at.parent];
    if (parent?.waiting.kind === "children" && isOfMap(parent.waiting))
      return { Item: { Index: at.index, Value: itemOf(parent.waiting, at.index) } };
    at = parent;
  }
  return undefined;
};

/** What a state may see besides where it stands: the item it selects, the token it gives away. */
export interface ContextExtras {
  readonly item?: { readonly index: number; readonly value: Json };
  readonly token?: string;
}

/** The context object, `$$` in JSONPath and `$states.context` in JSONata, of the state that a branch is in. */
export const contextObject = (
  place: { readonly program: Program; readonly state: ExecutionState },
  branch: Branch,
  extras: ContextExtras,
): JsonObject => {
  const { program, state: execution } = place;
  const map =
    extras.item === undefined
      ? mapItem(execution, branch)
      : { Item: { Index: extras.item.index, Value: extras.item.value } };
  // What a map run evaluates belongs to the Map state of another execution.
  if (execution.part?.kind === "mapRun")
    return { ...planOf(execution).scope?.context, Map: map ?? {} };
  return {
    Execution: executionContext(program, execution),
    StateMachine: {
      Id: arnOf(program.identity, "stateMachine", execution.process),
      Name: execution.process,
    },
    State: {
      Name: branch.state,
      EnteredTime: isoTime(branch.enteredAtMs),
      ...(definitionOf(program, branch).Type === "Task" && { RetryCount: retryCount(branch) }),
    },
    ...(extras.token !== undefined && { Task: { Token: extras.token } }),
    ...(map !== undefined && { Map: map }),
  };
};
