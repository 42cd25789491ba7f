/**
 * A distributed Map state as its own execution sees it: one activity, whose child is the map run. So
 * what it costs does not depend on how many items there are.
 */
import type { MapState } from "../../asl/definition.ts";
import type { Evaluating } from "../../expressions/evaluation.ts";
import type { Failure } from "../../failure.ts";
import type { Json } from "../../json.ts";
import { dropActivity } from "../branches/lives.ts";
import { executionIdOf } from "../execution-id.ts";
import type { ChildEnd } from "../facts.ts";
import type { DataFlow, Flowing } from "../flow/data-flow.ts";
import { note } from "../history/note.ts";
import { type Interpreter, type Outcome, ready, waits } from "../interpreter.ts";
import type { Activity, Branch } from "../state.ts";
import {
  isDistributed,
  mapRunArn,
  noteMapStarted,
  noteMapSucceeded,
} from "../states/map-events.ts";
import { itemsOf } from "../states/map-fields.ts";
import { makePlan } from "./make-plan.ts";
import { mapRunResource } from "./part-resource.ts";
import { partRequest } from "./process-part.ts";

/** The first behaviour with map runs. */
export const mapRunBehaviour = 2;

/** Map runs of an execution that its description names. */
const mapRunsNamedMax = 100;

/**
 * Whether a Map state has a map run. Under earlier behaviours the items of a distributed one were
 * branches of its own execution.
 */
export const hasMapRun = (
  { state }: { readonly state: Pick<Interpreter["state"], "behaviour"> },
  map: MapState,
): boolean => isDistributed(map) && state.behaviour >= mapRunBehaviour;

/** Starts the map run. */
export function* beginDistributedMap(
  state: MapState,
  flow: DataFlow,
  flowing: Flowing,
): Evaluating<Outcome> {
  const { interpreter, branch } = flowing;
  const execution = interpreter.state;
  const input = flow.effectiveInput(flowing);
  const items = state.ItemReader === undefined ? yield* itemsOf(state, flowing, input) : undefined;
  noteMapStarted(interpreter, branch, items?.length ?? 0);
  const plan = yield* makePlan({ ...flowing, state, input }, items);
  const activity: Activity = {
    id: `${branch.id}.${branch.entries}`,
    branch: branch.id,
    state: branch.state,
    resource: mapRunResource,
    parameters: plan as unknown as Json,
    attempt: 1 + (branch.retries?.reduce((sum, count) => sum + count, 0) ?? 0),
    phase: "running",
    startedAtMs: execution.nowMs,
  };
  const { process, name } = partRequest(execution, activity);
  activity.child = executionIdOf(process, name);
  execution.activities[activity.id] = activity;
  execution.mapRuns = [...(execution.mapRuns ?? []), activity.child].slice(-mapRunsNamedMax);
  branch.waiting = { kind: "activity", activity: activity.id };
  const { id, attempt, child } = activity;
  interpreter.commands.push({ kind: "RunActivity", activity: id, attempt });
  note(interpreter, branch, {
    type: "MapRunStarted",
    details: () => ({ mapRunArn: mapRunArn(interpreter.program, child) }),
  });
  return waits;
}

/** The map run could not be started, or has failed. */
export const failDistributedMap = (
  interpreter: Interpreter,
  branch: Branch,
  { error, cause }: Partial<Failure>,
): Outcome => {
  const failure = { error, cause };
  dropActivity(interpreter.state, branch);
  branch.waiting = ready;
  note(interpreter, branch, { type: "MapRunFailed", details: () => ({ ...failure }) });
  return { kind: "fails", failure };
};

const abortMap = ({ interpreter, branch }: Flowing): Outcome => {
  dropActivity(interpreter.state, branch);
  branch.waiting = ready;
  note(interpreter, branch, { type: "MapRunAborted" });
  return {
    kind: "fails",
    failure: { error: "States.TaskFailed", cause: "The map run was stopped." },
  };
};

/** The map run has ended. */
export function* endDistributedMap(
  state: MapState,
  flow: DataFlow,
  ended: Flowing & { readonly child: ChildEnd },
): Evaluating<Outcome> {
  const { interpreter, branch, child } = ended;
  if (child.status === "ABORTED") return abortMap(ended);
  if (child.status !== "SUCCEEDED") return failDistributedMap(interpreter, branch, child);
  dropActivity(interpreter.state, branch);
  branch.waiting = ready;
  noteMapSucceeded(interpreter, branch, state);
  const left = yield* flow.leaveWith(ended, child.output ?? null);
  return { kind: "exits", ...left, next: state.Next };
}
