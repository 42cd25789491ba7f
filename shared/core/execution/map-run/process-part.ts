/** Executions that are a part of a process: its map runs and their children. */
import { digest } from "../../expressions/digest.ts";
import { executionIdOf } from "../execution-id.ts";
import type { ProcessPart } from "../facts.ts";
import type { Activity, ExecutionState } from "../state.ts";
import { mapRunResource } from "./part-resource.ts";
import type { MapRunPlan } from "./plan.ts";

/** `order/ProcessItems` is a part of the process `order`. */
export const baseProcessOf = (process: string): string => process.split("/", 1)[0] ?? process;

/** What of an execution its parts derive from. */
export type PartStarter = Pick<
  ExecutionState,
  "executionId" | "process" | "name" | "version" | "part"
>;
type Starting = Pick<Activity, "id" | "attempt" | "resource" | "parameters">;

const partOf = (starter: PartStarter, activity: Starting): ProcessPart => {
  if (activity.resource === mapRunResource)
    return (activity.parameters as unknown as MapRunPlan).part;
  const { machine, state } = starter.part ?? { machine: [], state: "" };
  return { kind: "item", machine, state };
};

/** Name of the child of a map run by its index. */
export const itemName = (mapRunName: string, index: number): string =>
  `${mapRunName.slice("map-".length)}-${index}`;

/** Id of the child of a map run by its index. */
export const itemExecutionId = (
  mapRun: Pick<ExecutionState, "process" | "name">,
  index: number,
): string => executionIdOf(mapRun.process, itemName(mapRun.name, index));

const mapRunName = ({ executionId }: PartStarter, { id, attempt }: Starting): string => {
  const key = digest(`${executionId}/${id}/${attempt}`, "SHA-256") ?? "";
  return `map-${key.slice(0, 32)}`;
};

/** The execution that an activity starts as a part of the process of its own. */
export interface PartRequest {
  readonly process: string;
  readonly version: number;
  readonly name: string;
  readonly input: Activity["parameters"];
  readonly part: ProcessPart;
}

/** The part that an activity of one of the resources for parts is to start. */
export const partRequest = (starter: PartStarter, activity: Starting): PartRequest => {
  const isRun = activity.resource === mapRunResource;
  return {
    process: isRun ? (activity.parameters as unknown as MapRunPlan).process : starter.process,
    version: starter.version,
    name: isRun
      ? mapRunName(starter, activity)
      : itemName(starter.name, Number(activity.id.slice(itemActivityPrefix.length))),
    input: activity.parameters,
    part: partOf(starter, activity),
  };
};

const itemActivityPrefix = "item.";

/** Id of the activity by which a map run has its child. */
export const itemActivityId = (index: number): string => `${itemActivityPrefix}${index}`;
