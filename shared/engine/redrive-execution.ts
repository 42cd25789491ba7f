import { OrchestratorError } from "#core/errors.ts";
import { definitionOf } from "#core/execution/branches/machine.ts";
import { hasMapRun } from "#core/execution/map-run/map-state.ts";
import type { Program } from "#core/execution/program.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import type { EngineContext } from "./context.ts";
import { executionNotFound } from "./execution-not-found.ts";
import { reopenedHead } from "./head-of.ts";
import { leasedUntilMs } from "./lease-of.ts";
import { type Loaded, loadExecution } from "./loading.ts";
import { tellTries, tooFast } from "./telling.ts";
import type { Turns } from "./turns.ts";
import { sleep } from "./write-until-done.ts";

/** Where an execution stood within a distributed Map state; `undefined`: nowhere. */
const distributedMapOf = (program: Program, { left, behaviour }: ExecutionState) =>
  Object.values(left ?? {}).find((branch) => {
    if (branch.waiting.kind !== "retry") return false;
    const definition = definitionOf(program, branch);
    return definition.Type === "Map" && hasMapRun({ state: { behaviour } }, definition);
  })?.state;

/** Why an execution cannot go on where it stood; `undefined`: it can. */
const obstacleOf = ({ program, state }: Loaded): { why: string; action: string } | undefined => {
  if (state.status === "RUNNING") return { why: "it runs", action: "wait for its end, or stop it" };
  if (state.status === "SUCCEEDED")
    return { why: "it has succeeded", action: "start a new execution" };
  if (program.type === "EXPRESS")
    return { why: "its process is EXPRESS", action: "start a new execution" };
  if (state.isCondensed === true)
    return {
      why: "nothing is kept of it but its start and its end (persistence)",
      action: "start a new execution",
    };
  if (state.part !== undefined)
    return {
      why: "it is a part of another execution",
      action: "start the execution again that it belongs to",
    };
  const map = distributedMapOf(program, state);
  if (map !== undefined)
    return {
      why: `it stood in the distributed Map state "${map}", whose items would all run again`,
      action: "start a new execution",
    };
  if (state.left === undefined)
    return { why: "nothing is known of where it stood", action: "start a new execution" };
  return undefined;
};

const mustBeRedrivable = (loaded: Loaded): void => {
  const obstacle = obstacleOf(loaded);
  if (obstacle === undefined) return;
  const { executionId, status } = loaded.state;
  const { why, action } = obstacle;
  throw new OrchestratorError(
    "execution-not-redrivable",
    `the execution ${executionId} cannot be redriven: ${why}`,
    { action, details: { executionId, status } },
  );
};

/** Between two looks at an execution whose end is being carried out. */
const lookAgainMs = 50;

/**
 * Whether the end is still being carried out: the parent is told of that end, not of the next one.
 * Only a closed head says that all is done.
 */
const isEnding = async ({ platform }: EngineContext, turns: Turns, { state }: Loaded) => {
  if (turns.of(state.executionId) !== undefined) return true;
  if (state.owed === undefined) return false;
  const stored = await platform.heads.get(state.executionId);
  if (stored !== undefined && stored.head.status !== "RUNNING") return false;
  await turns.take(state.executionId);
  return true;
};

/** How long what was in flight at the end may still go on, here or elsewhere. */
const busyForMs = async (context: EngineContext, turns: Turns, loaded: Loaded): Promise<number> => {
  const nowMs = context.clock.nowMs();
  const leftMs = (await leasedUntilMs(context, loaded, nowMs)) - nowMs;
  if (leftMs > 0) return leftMs;
  return (await isEnding(context, turns, loaded)) ? lookAgainMs : 0;
};

/** False: somebody else was faster. */
const reopen = async (
  { clock, settings, platform }: EngineContext,
  turns: Turns,
  { loaded, by }: { readonly loaded: Loaded; readonly by: string },
): Promise<boolean> => {
  // First of all it is looked at again in any case (G5); whoever finds no redrive closes the head again.
  const nowMs = clock.nowMs();
  const nextCheckAtMs = nowMs + settings.headCheckMs;
  const head = reopenedHead(loaded.state, loaded.seq, { nowMs, nextCheckAtMs });
  const opened = await platform.journal.write([{ kind: "PutHead", head }]);
  if (opened.kind !== "written") return false;
  // The head was closed: everything is carried out, and the record says so.
  delete loaded.state.owed;
  const { kind } = await turns.begin(loaded, [{ kind: "ExecutionRedriven", by }]);
  return kind === "written";
};

/** Lets an execution that failed, timed out or was stopped go on where it stood. */
export const redriveExecution = async (
  context: EngineContext,
  turns: Turns,
  { executionId, by }: { readonly executionId: string; readonly by: string },
): Promise<void> => {
  for (let tries = 0; tries < tellTries; tries += 1) {
    const loaded = await loadExecution(context, executionId);
    if (loaded === undefined) throw executionNotFound(executionId);
    mustBeRedrivable(loaded);
    const busyMs = await busyForMs(context, turns, loaded);
    if (busyMs > 0) await sleep(context, busyMs);
    else if (await reopen(context, turns, { loaded, by })) return;
  }
  throw tooFast(executionId);
};
