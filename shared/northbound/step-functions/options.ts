import type { Processes } from "#catalog/processes.ts";
import type { StateMachineCatalog } from "#catalog/state-machine-catalog.ts";
import { executionArnOf } from "#core/execution/arns.ts";
import type { Identity } from "#core/execution/program.ts";
import type { Engine } from "#engine/engine.ts";
import type { Executions } from "#engine/executions.ts";
import type { Head } from "#ports/heads.ts";
import type { Arns } from "./arns.ts";

/** What the protocol speaks for. */
export interface ServiceOptions {
  readonly engine: Engine;
  readonly executions: Executions;
  readonly processes: Processes;
  readonly stateMachines: StateMachineCatalog;
  readonly nowMs: () => number;
  readonly identity: Identity;
  readonly arns: Arns;
  /** How long a worker waits for a task, ms. */
  readonly pollMsMax: number;
  /** How long a caller waits for the end of a synchronous execution, ms. */
  readonly syncMsMax: number;
}

/** ARN of an execution, which tells whether its process is EXPRESS. */
export const executionArn = async (
  { processes, identity }: Pick<ServiceOptions, "processes" | "identity">,
  execution: Pick<Head, "process" | "version" | "name" | "startedAtMs">,
): Promise<string> => {
  const program = await processes.program(execution.process, execution.version);
  const type = program?.type;
  return executionArnOf({ identity, ...(type !== undefined && { type }) }, execution);
};
