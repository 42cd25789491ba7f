/**
 * What a distributed Map state asks of its map run, evaluated once: the input of the execution that
 * the map run is. It is plain data.
 */
import type { Json, JsonObject } from "../../json.ts";
import type { BatchLimits } from "../../map-run/batches.ts";
import type { WriterConfig } from "../../map-run/results.ts";
import type { Tolerance } from "../../map-run/tolerance.ts";
import type { ProcessPart } from "../facts.ts";
import type { ExecutionState } from "../state.ts";

/** Where items are read from. */
export interface PlanReader {
  readonly resource: string;
  readonly arguments: JsonObject;
  /** ReaderConfig without what says how many items. */
  readonly config: JsonObject;
  /** 0: all. */
  readonly maxItems: number;
}

/** What becomes of the results. Without a resource they are the output of the Map state. */
export interface PlanWriter extends WriterConfig {
  /** Whether children that failed are in the output of the Map state. */
  readonly keepsFailed: boolean;
  readonly resource?: string;
  readonly arguments?: Json;
}

/** What expressions of the Map state see; only there where the state selects from its items. */
export interface PlanScope {
  readonly input: Json;
  readonly variables: JsonObject;
  readonly context: JsonObject;
  readonly enteredEventId: number;
}

export interface MapRunPlan {
  /** Name that the map run and its children are listed under: `order/ProcessItems`. */
  readonly process: string;
  readonly part: ProcessPart;
  /** Items that the state had at hand; else there is a reader. */
  readonly items?: readonly Json[];
  readonly reader?: PlanReader;
  readonly concurrency: number;
  readonly tolerance: Tolerance;
  readonly batch?: BatchLimits;
  readonly writer: PlanWriter;
  readonly scope?: PlanScope;
}

/** What can be changed of a plan while the map run is at work. */
export interface MapRunChange {
  readonly concurrency?: number;
  readonly tolerance?: Tolerance;
}

/** The plan that a map run follows, with what was changed since it began. */
export const planOf = ({
  input,
  mapRunChange,
}: Pick<ExecutionState, "input" | "mapRunChange">): MapRunPlan => {
  const plan = input as unknown as MapRunPlan;
  if (mapRunChange === undefined) return plan;
  const tolerance = { ...plan.tolerance, ...mapRunChange.tolerance };
  return { ...plan, ...mapRunChange, tolerance };
};
