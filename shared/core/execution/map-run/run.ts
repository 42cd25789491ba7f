/**
 * A map run: an execution whose only branch stands in a Map state and works on its items. Each child
 * is an activity, of which as many live at once as the Map state lets; everything else is counted.
 * So neither its state nor the time a fact takes grows with the number of items.
 *
 * I30 Every item is in exactly one child, and the children's inputs follow from the items and the plan alone.
 */
import type { MapState } from "../../asl/definition.ts";
import type { Evaluating } from "../../expressions/evaluation.ts";
import type { Failure } from "../../failure.ts";
import type { Json, JsonObject } from "../../json.ts";
import {
  addItem,
  type Batch,
  type BatchLimits,
  batchInputOf,
  emptyBatch,
  isFull,
} from "../../map-run/batches.ts";
import { itemReaderFailure } from "../../map-run/item-reader-failure.ts";
import { isExceeded } from "../../map-run/tolerance.ts";
import { openBranch } from "../branches/lives.ts";
import { definitionOf } from "../branches/machine.ts";
import { executionIdOf } from "../execution-id.ts";
import type {
  ActivityFailed,
  ActivitySucceeded,
  ChildEnd,
  ChildEnded,
  ProcessPart,
} from "../facts.ts";
import { flowOf } from "../flow/language.ts";
import { type Interpreter, type Outcome, waits } from "../interpreter.ts";
import type { Activity, Branch } from "../state.ts";
import { mapRunArn } from "../states/map-events.ts";
import { mapItemResource, mapResultsResource } from "./part-resource.ts";
import { type MapRunPlan, type PlanReader, planOf } from "./plan.ts";
import { itemActivityId, itemName } from "./process-part.ts";
import { firstPage, pageIn, readingOf, type SourceCursor } from "./source.ts";
import type { MapRunWork } from "./work.ts";

/** A map run at work. */
interface Run {
  readonly interpreter: Interpreter;
  readonly branch: Branch;
  readonly plan: MapRunPlan;
  readonly work: MapRunWork;
}

const collecting = "results";

const tooManyFailed: Failure = {
  error: "States.ExceedToleratedFailureThreshold",
  cause: "The specified tolerated failure threshold was exceeded",
};

const start = (
  { interpreter, branch }: Run,
  activity: Pick<Activity, "id" | "resource" | "parameters" | "child">,
): void => {
  const { state, commands } = interpreter;
  state.activities[activity.id] = {
    ...activity,
    branch: branch.id,
    state: branch.state,
    attempt: 1,
    phase: "running",
    startedAtMs: state.nowMs,
  };
  commands.push({ kind: "RunActivity", activity: activity.id, attempt: 1 });
};

/** The next item as the children see it; `undefined`: the page has no more. */
function* nextItem({ interpreter, branch, plan, work }: Run): Evaluating<Json | undefined> {
  const value = (work.page ?? plan.items ?? [])[work.taken];
  if (value === undefined) return undefined;
  const index = work.itemCount - (work.page ?? plan.items ?? []).length + work.taken;
  const state = definitionOf(interpreter.program, branch) as MapState;
  const flow = flowOf(interpreter.program, state);
  const flowing = { interpreter, branch, fields: state };
  const item = yield* flow.itemInput(flowing, plan.scope?.input ?? null, { index, value });
  work.taken += 1;
  return item;
}

/** Fills the batch; answers whether it is complete. */
function* fillBatch(run: Run, limits: BatchLimits, batch: Batch): Evaluating<boolean> {
  const { work } = run;
  while (!isFull(limits, batch)) {
    const item: Json | undefined = work.held === undefined ? yield* nextItem(run) : work.held[0];
    delete work.held;
    // More may come with the next page.
    if (item === undefined) return work.cursor === undefined && batch.items.length > 0;
    if (addItem(limits, batch, item)) continue;
    work.held = [item];
    return true;
  }
  return true;
}

/** What a child begins with, and how many items that is. */
interface ChildInput {
  readonly input: Json;
  readonly size: number;
}

/** The input of the next child; `undefined`: there is none, or not yet. */
function* nextInput(run: Run): Evaluating<ChildInput | undefined> {
  const { plan, work } = run;
  if (plan.batch === undefined) {
    const item = yield* nextItem(run);
    return item === undefined ? undefined : { input: item, size: 1 };
  }
  work.batch ??= emptyBatch(plan.batch);
  if (!(yield* fillBatch(run, plan.batch, work.batch))) return undefined;
  const { items } = work.batch;
  delete work.batch;
  return { input: batchInputOf(plan.batch, items), size: items.length };
}

const startChild = (run: Run, { input, size }: ChildInput): void => {
  const { work, interpreter } = run;
  const { process, name } = interpreter.state;
  const id = itemActivityId(work.childCount);
  if (size !== 1) {
    work.sizes ??= {};
    work.sizes[id] = size;
  }
  const child = executionIdOf(process, itemName(name, work.childCount));
  start(run, { id, resource: mapItemResource, parameters: input, child });
  work.childCount += 1;
  work.startedItemCount += size;
  work.runningCount += 1;
};

const isExceededIn = ({ plan, work }: Run): boolean =>
  isExceeded(plan.tolerance, {
    failed: work.failedItemCount,
    total: work.cursor === undefined ? work.itemCount : undefined,
  });

/** Reads the next page where there is one and the last is used up. */
const readOn = (run: Run, reader: PlanReader, cursor: SourceCursor): void => {
  const { work } = run;
  if (work.isReading === true || work.taken < (work.page?.length ?? 0)) return;
  work.isReading = true;
  work.pageCount += 1;
  const parameters = readingOf(reader, cursor);
  start(run, { id: `read.${work.pageCount}`, resource: reader.resource, parameters });
};

/** What is asked of whoever collects the results. */
const resultsOf = ({ interpreter, plan, work }: Run): JsonObject => {
  const { process, name, executionId } = interpreter.state;
  return {
    process,
    name,
    mapRunArn: mapRunArn(interpreter.program, executionId),
    childCount: work.childCount,
    writer: { ...plan.writer },
  };
};

/** Starts whatever may be started now. */
function* goOn(run: Run): Evaluating<Outcome> {
  const { plan, work } = run;
  if (isExceededIn(run)) return { kind: "fails", failure: tooManyFailed };
  while (work.runningCount < plan.concurrency) {
    const next = yield* nextInput(run);
    if (next === undefined) break;
    startChild(run, next);
  }
  if (work.cursor !== undefined && plan.reader !== undefined) readOn(run, plan.reader, work.cursor);
  else if (work.runningCount === 0)
    start(run, {
      id: collecting,
      resource: mapResultsResource,
      parameters: resultsOf(run),
    });
  return waits;
}

const runOf = (interpreter: Interpreter, branch: Branch): Run => {
  const { state } = interpreter;
  const plan = planOf(state);
  const items = plan.items?.length ?? 0;
  state.mapRun ??= {
    pageCount: 0,
    taken: 0,
    itemCount: items,
    startedItemCount: 0,
    childCount: 0,
    runningCount: 0,
    succeededCount: 0,
    failedCount: 0,
    timedOutCount: 0,
    abortedCount: 0,
    failedItemCount: 0,
    succeededItemCount: 0,
    resultsWritten: 0,
  };
  return { interpreter, branch, plan, work: state.mapRun };
};

/** Opens the branch that stands in the Map state; it has no history of its own. */
export const openMapRun = (interpreter: Interpreter, { machine, state }: ProcessPart): void => {
  const { scope } = planOf(interpreter.state);
  const root = openBranch(interpreter, {
    machine,
    index: 0,
    startAt: state,
    input: null,
    lastEventId: 0,
    isApart: true,
  });
  if (scope !== undefined) root.variables = scope.variables;
};

/** Begins the work on the items. */
export function* beginMapRun(interpreter: Interpreter, branch: Branch): Evaluating<Outcome> {
  const run = runOf(interpreter, branch);
  branch.waiting = { kind: "mapRun" };
  branch.enteredEventId = run.plan.scope?.enteredEventId ?? 0;
  if (run.plan.reader !== undefined) run.work.cursor = firstPage(run.plan.reader);
  return yield* goOn(run);
}

/** Goes on with another plan: it starts more, or none for a while, or has failed by now. */
export function* goOnOtherwise(interpreter: Interpreter, branch: Branch): Evaluating<Outcome> {
  // Nothing is left to be started or tolerated while its results are collected.
  if (interpreter.state.activities[collecting] !== undefined) return waits;
  return yield* goOn(runOf(interpreter, branch));
}

const takePage = ({ plan, work }: Run, answer: Json): void => {
  const { reader } = plan;
  if (reader === undefined || work.cursor === undefined) return;
  const { items, next } = pageIn(reader, work.cursor, answer);
  const left = reader.maxItems === 0 ? items.length : reader.maxItems - work.itemCount;
  work.page = items.slice(0, left);
  work.taken = 0;
  delete work.isReading;
  work.itemCount += work.page.length;
  if (next === undefined || (left <= items.length && reader.maxItems > 0)) delete work.cursor;
  else work.cursor = next;
};

const countChild = (work: MapRunWork, id: string, status: ChildEnd["status"]): void => {
  const size = work.sizes?.[id] ?? 1;
  delete work.sizes?.[id];
  work.runningCount -= 1;
  if (status === "SUCCEEDED") {
    work.succeededCount += 1;
    work.succeededItemCount += size;
    return;
  }
  work.failedItemCount += size;
  if (status === "FAILED") work.failedCount += 1;
  else if (status === "TIMED_OUT") work.timedOutCount += 1;
  else work.abortedCount += 1;
};

const failedReading = ({ error, cause }: ActivityFailed): never => {
  const what = [error, cause].filter((text) => text !== undefined).join(": ");
  throw itemReaderFailure(what);
};

/** An activity of a map run has ended: a page was read, a child has ended, the results are there. */
export function* endMapRunActivity(
  interpreter: Interpreter,
  { activity, branch }: { readonly activity: Activity; readonly branch: Branch },
  fact: ActivitySucceeded | ActivityFailed | ChildEnded,
): Evaluating<Outcome> {
  const run = runOf(interpreter, branch);
  delete interpreter.state.activities[activity.id];
  if (fact.kind === "ChildEnded") countChild(run.work, activity.id, fact.child.status);
  else if (activity.resource === mapItemResource) countChild(run.work, activity.id, "FAILED");
  else if (activity.id === collecting) {
    if (fact.kind === "ActivityFailed")
      return { kind: "fails", failure: { error: fact.error, cause: fact.cause } };
    run.work.resultsWritten = run.work.childCount;
    return { kind: "exits", output: fact.output, assigned: undefined, next: undefined };
  } else if (fact.kind === "ActivityFailed") failedReading(fact);
  else takePage(run, fact.output);
  return yield* goOn(run);
}
