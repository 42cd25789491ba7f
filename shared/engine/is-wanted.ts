import type { Command } from "#core/execution/commands.ts";
import type { ExecutionState } from "#core/execution/state.ts";

/** False for the start of an attempt that the same decision has seen the end of. */
export const isWanted = (state: ExecutionState, command: Command): boolean => {
  if (command.kind !== "RunActivity") return true;
  const activity = state.activities[command.activity];
  return activity?.attempt === command.attempt && activity.phase === "running";
};
