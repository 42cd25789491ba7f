import { OrchestratorError } from "#core/errors.ts";
import { definitionOf } from "#core/execution/branches/machine.ts";
import type { ExecutionRedriven } from "#core/execution/facts.ts";
import { hasMapRun } from "#core/execution/map-run/map-state.ts";
import type { Program } from "#core/execution/program.ts";
import type { ExecutionState } from "#core/execution/state.ts";
import { executionNotFound } from "./execution-not-found.ts";
import type { Loaded } from "./loading.ts";
import type { Turns } from "./turns.ts";

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

/** Lets an execution that failed, timed out or was stopped go on where it stood. */
export const redriveExecution = async (
  turns: Turns,
  executionId: string,
  by: string,
): Promise<void> => {
  const fact: ExecutionRedriven = { kind: "ExecutionRedriven", by };
  const isThere = await turns.reopen(executionId, fact, mustBeRedrivable);
  if (!isThere) throw executionNotFound(executionId);
};
