import { OrchestratorError } from "#core/errors.ts";
import type { ExecutionStarted, ParentActivity } from "#core/execution/facts.ts";
import type { LogRecord } from "#core/execution/record.ts";
import { sameJson } from "#core/json.ts";
import { completeStart } from "./complete-start.ts";
import type { EngineContext } from "./context.ts";
import type { Started, StartRequest } from "./engine.ts";
import { applyRecord, pinnedProgram, startOf } from "./loading.ts";

/** Whether it is to begin at the same place. */
const isSameBeginning = (
  start: ExecutionStarted,
  { startPoint, restart }: StartRequest,
): boolean =>
  restart === undefined
    ? start.restartOf === undefined && start.beginsAt?.startPoint === startPoint
    : sameJson({ ...start.restartOf }, { ...restart.of }) &&
      sameJson({ ...start.beginsAt }, { ...restart.at });

/** The answer to a start under the name of another execution. */
export const executionNameTaken = (executionId: string): OrchestratorError =>
  new OrchestratorError(
    "execution-name-taken",
    `an execution ${executionId} was started before with another input, version or beginning`,
    { action: "choose another name, or repeat the start unchanged", details: { executionId } },
  );

/** Only the activity that started an execution is told of its end. */
const isSameParent = (first: ParentActivity | undefined, again: ParentActivity | undefined) =>
  again?.isAwaited !== true ||
  (first?.executionId === again.executionId &&
    first.activity === again.activity &&
    first.attempt === again.attempt);

/**
 * A start whose name is there already (G6): the same execution if the input is the same, and then
 * what the first start may have left undone when it died, head and work item, is completed before
 * anybody gets an acknowledgement.
 */
export const repeatedStart = async (
  context: EngineContext,
  request: StartRequest & { readonly parent?: ParentActivity },
  first: LogRecord,
): Promise<Started> => {
  const { executionId } = first;
  const start = startOf(first);
  const isSame =
    sameJson(start.input, request.input) &&
    (request.version === undefined || request.version === start.version) &&
    isSameBeginning(start, request) &&
    isSameParent(start.parent, request.parent);
  if (!isSame) throw executionNameTaken(executionId);
  await completeStart(context, executionId, async () => {
    const program = await pinnedProgram(context, start);
    return applyRecord({ program, state: undefined, record: first });
  });
  return { executionId, startedAtMs: first.atMs, isNew: false };
};
