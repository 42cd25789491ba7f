import { assert, OrchestratorError } from "#core/errors.ts";
import { behaviourVersion, initialState } from "#core/execution/advance.ts";
import { executionIdOf } from "#core/execution/execution-id.ts";
import type { ExecutionStarted, ParentActivity, ProcessPart } from "#core/execution/facts.ts";
import type { Program } from "#core/execution/program.ts";
import type { EngineContext } from "./context.ts";
import type { Started, StartRequest } from "./engine.ts";
import { programOf } from "./program-of.ts";
import { repeatedStart } from "./repeated-start.ts";
import { stateOfStartPoint } from "./restart/start-point.ts";
import { isRestartable } from "./restartable.ts";
import type { Turns } from "./turns.ts";

const namePattern = /^[A-Za-z0-9_-]{1,80}$/;

/** A start, by an activity of another execution perhaps. */
export interface ChildStart extends StartRequest {
  readonly parent?: ParentActivity;
  readonly part?: ProcessPart;
}

/** Starts an execution, or answers the one that was started under the same name before (G6). */
export const startExecution = async (
  context: EngineContext,
  turns: Turns,
  request: ChildStart,
): Promise<Started> => {
  const name = request.name ?? freshName(context);
  if (!namePattern.test(name)) throw invalidName(name);
  const version = request.version ?? request.resolvedVersion;
  // Only its map run starts a part of a process.
  const found =
    request.part === undefined
      ? context.program(request.process, version)
      : programOf(context, request.process, version);
  const program = found instanceof Promise ? await found : found;
  if (program === undefined) throw unknownProcess(request);
  const executionId = executionIdOf(program.process, name);
  const fact: ExecutionStarted = {
    kind: "ExecutionStarted",
    process: program.process,
    version: program.version,
    name,
    input: request.input,
    startedBy: request.startedBy,
    seed: context.entropy.hex(16),
    behaviour: behaviourVersion,
    ...(request.parent !== undefined && { parent: request.parent }),
    ...(request.part !== undefined && { part: request.part }),
    ...(request.alias !== undefined && { alias: request.alias }),
    ...beginningOf(program, request),
    ...(request.tags !== undefined && { tags: request.tags }),
  };
  const startedAtMs = context.clock.nowMs();
  const state = initialState(executionId, fact, startedAtMs);
  // Its caller does not wait for ever, and what runs then is interrupted.
  const isAwaited = request.isAwaited === true && isRestartable(program, context.runner);
  const outcome = await turns.start({ program, state, seq: -1 }, fact, isAwaited);
  if (outcome.kind === "written") return { executionId, startedAtMs, isNew: true };
  assert(outcome.kind === "occupied", "a start is only refused where there is a start");
  return repeatedStart(context, request, outcome.found);
};

/** Where it begins if not at the top of its process. */
const beginningOf = (
  program: Program,
  { startPoint, restart }: StartRequest,
): Pick<ExecutionStarted, "beginsAt" | "restartOf"> => {
  if (restart !== undefined) return { beginsAt: restart.at, restartOf: restart.of };
  if (startPoint === undefined) return {};
  return { beginsAt: { state: stateOfStartPoint(program, startPoint), startPoint } };
};

/** Sorts by time, so that executions that start together lie together. */
export const freshName = ({ clock, entropy }: Pick<EngineContext, "clock" | "entropy">): string =>
  `${clock.nowMs().toString(16).padStart(12, "0")}-${entropy.hex(8)}`;

const invalidName = (name: string) =>
  new OrchestratorError(
    "execution-name-invalid",
    `the execution name ${JSON.stringify(name.slice(0, 100))} is not allowed`,
    { action: "use 1 to 80 of the characters A-Z a-z 0-9 - _" },
  );

const unknownProcess = ({ process, version }: StartRequest) =>
  new OrchestratorError(
    "process-not-found",
    version === undefined
      ? `there is no process ${process}`
      : `there is no version ${version} of a process ${process}`,
    { action: "deploy it first, or list the processes", details: { process } },
  );
