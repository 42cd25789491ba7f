import type { Processes, ProcessVersion } from "#catalog/processes.ts";
import type { StateMachineCatalog } from "#catalog/state-machine-catalog.ts";
import { OrchestratorError } from "#core/errors.ts";
import { executionArnOf } from "#core/execution/arns.ts";
import type { Identity } from "#core/execution/program.ts";
import type { Engine } from "#engine/engine.ts";
import type { ExecutionDescription, Executions } from "#engine/executions.ts";
import type { MapRunDescription } from "#engine/map-run-description.ts";
import type { Trials } from "#engine/trials.ts";
import type { Head } from "#ports/heads.ts";
import type { Arns } from "./arns.ts";
import { noResource, noStateMachine } from "./service-fault.ts";

/** What the protocol speaks for. */
export interface ServiceOptions {
  readonly engine: Engine;
  readonly executions: Executions;
  readonly processes: Processes;
  readonly stateMachines: StateMachineCatalog;
  /** Carries out what a tested state calls; absent: a test needs a mock for it. */
  readonly trials?: Trials;
  readonly nowMs: () => number;
  readonly identity: Identity;
  readonly arns: Arns;
  /** How long a worker waits for a task, ms. */
  readonly pollMsMax: number;
  /** How long a caller waits for the end of a synchronous execution, ms. */
  readonly syncMsMax: number;
}

/** The version of a state machine that is there. Throws `StateMachineDoesNotExist`, and names the ARN. */
export const existingMachine = async (
  { processes }: Pick<ServiceOptions, "processes">,
  {
    name,
    version,
    arn,
  }: { readonly name: string; readonly version?: number; readonly arn: string },
): Promise<ProcessVersion> => {
  const found = await processes.get(name, version);
  if (found !== undefined) return found;
  throw noStateMachine(arn);
};

/** A map run that is there. Throws `ResourceNotFound`. */
export const existingMapRun = async (
  { arns, executions }: Pick<ServiceOptions, "arns" | "executions">,
  arn: string,
): Promise<{ readonly shown: ExecutionDescription; readonly run: MapRunDescription }> => {
  try {
    const shown = await executions.describe(arns.read(arn, "mapRun").mapRunId);
    if (shown.mapRun !== undefined) return { shown, run: shown.mapRun };
  } catch (error) {
    if (!(error instanceof OrchestratorError && error.code === "execution-not-found")) throw error;
  }
  throw noResource(arn);
};

/** ARN of an execution, which tells whether its process is EXPRESS. */
export const executionArn = async (
  { processes, identity }: Pick<ServiceOptions, "processes" | "identity">,
  execution: Pick<Head, "process" | "version" | "name" | "startedAtMs">,
): Promise<string> => {
  const program = await processes.program(execution.process, execution.version);
  const type = program?.type;
  return executionArnOf({ identity, ...(type !== undefined && { type }) }, execution);
};
