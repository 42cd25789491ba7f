/** Evaluates the fields of a distributed Map state, in the Map state's own scope. */
import type { MapState } from "../../asl/definition.ts";
import type { Evaluating } from "../../expressions/evaluation.ts";
import { evaluateTemplate } from "../../expressions/jsonata-template.ts";
import { fillTemplate } from "../../expressions/payload-template.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { distributedConcurrencyMax } from "../../limits.ts";
import type { BatchLimits } from "../../map-run/batches.ts";
import { writerConfigOf } from "../../map-run/results.ts";
import { languageOf } from "../branches/machine.ts";
import { amountOf } from "../flow/amount.ts";
import type { Flowing } from "../flow/data-flow.ts";
import { scopeOf } from "../flow/scope.ts";
import { askedConcurrency, toleranceOf } from "../states/map-fields.ts";
import type { MapRunPlan, PlanReader, PlanScope, PlanWriter } from "./plan.ts";
import { baseProcessOf } from "./process-part.ts";

/** A Map state at work, and what it works on. */
interface Planning extends Flowing {
  readonly state: MapState;
  readonly input: Json;
}

type Field = string | number | undefined;

function* filled(
  planning: Planning,
  template: Json | undefined,
  location: string,
): Evaluating<Json | undefined> {
  if (template === undefined) return undefined;
  const { interpreter, branch, state, input } = planning;
  const scope = scopeOf(interpreter, branch, { input });
  return languageOf(interpreter.program, state) === "JSONata"
    ? yield* evaluateTemplate(template, scope, location)
    : fillTemplate(template, scope, location);
}

/** Arguments, in JSONPath Parameters, of a field that names a resource. */
const argumentsOf = (planning: Planning, field: JsonObject, location: string) =>
  filled(planning, field["Arguments"] ?? field["Parameters"], `${location}/Arguments`);

/** A whole number in a field or at the path in the field beside it. */
const countIn = (planning: Planning, fields: JsonObject, name: string) =>
  amountOf(planning.interpreter, planning.branch, {
    amount: {
      name,
      kind: "integer",
      value: fields[name] as Field,
      path: fields[`${name}Path`] as string | undefined,
    },
    input: planning.input,
  });

function* readerOf(planning: Planning): Evaluating<PlanReader | undefined> {
  const { ItemReader: field } = planning.state;
  if (field === undefined) return undefined;
  const given = isJsonObject(field["ReaderConfig"]) ? field["ReaderConfig"] : {};
  const { MaxItems, MaxItemsPath, ...others } = given;
  const maxItems = yield* countIn(planning, given, "MaxItems");
  const config = yield* filled(planning, others, "ItemReader/ReaderConfig");
  const args = yield* argumentsOf(planning, field, "ItemReader");
  return {
    resource: String(field["Resource"]),
    arguments: isJsonObject(args) ? args : {},
    config: isJsonObject(config) ? config : {},
    maxItems: maxItems ?? 0,
  };
}

function* batchOf(planning: Planning): Evaluating<BatchLimits | undefined> {
  const { ItemBatcher: field } = planning.state;
  if (field === undefined) return undefined;
  const itemCountMax = yield* countIn(planning, field, "MaxItemsPerBatch");
  const byteCountMax = yield* countIn(planning, field, "MaxInputBytesPerBatch");
  const batchInput = yield* filled(planning, field["BatchInput"], "ItemBatcher/BatchInput");
  return {
    ...(itemCountMax !== undefined && { itemCountMax }),
    ...(byteCountMax !== undefined && { byteCountMax }),
    ...(batchInput !== undefined && { batchInput }),
  };
}

function* writerOf(planning: Planning): Evaluating<PlanWriter> {
  const { ResultWriter: field } = planning.state;
  const resource = field?.["Resource"];
  const config = {
    ...writerConfigOf(field?.["WriterConfig"], resource !== undefined),
    keepsFailed: field !== undefined,
  };
  if (field === undefined || typeof resource !== "string") return config;
  const args = yield* argumentsOf(planning, field, "ResultWriter");
  return { ...config, resource, ...(args !== undefined && { arguments: args }) };
}

/** Nothing of it is needed where the items are handed on as they are. */
const planScopeOf = ({ interpreter, branch, state, input }: Planning): PlanScope | undefined => {
  if (state.ItemSelector === undefined && state.Parameters === undefined) return undefined;
  const { context, variables } = scopeOf(interpreter, branch, { input });
  return {
    input,
    variables,
    context: isJsonObject(context) ? context : {},
    enteredEventId: branch.enteredEventId,
  };
};

/** What a distributed Map state asks for; without `items` they are read by its ItemReader. */
export function* makePlan(
  planning: Planning,
  items: readonly Json[] | undefined,
): Evaluating<MapRunPlan> {
  const { interpreter, branch, state, input } = planning;
  const tolerance = yield* toleranceOf(state, planning, input);
  const asked = yield* askedConcurrency(state, planning, input);
  const reader = yield* readerOf(planning);
  const batch = yield* batchOf(planning);
  const scope = planScopeOf(planning);
  return {
    process: `${baseProcessOf(interpreter.state.process)}/${state.Label ?? branch.state}`,
    part: { kind: "mapRun", machine: branch.machine, state: branch.state },
    ...(items !== undefined && { items }),
    ...(reader !== undefined && { reader }),
    concurrency: Math.min(asked ?? distributedConcurrencyMax, distributedConcurrencyMax),
    tolerance,
    ...(batch !== undefined && { batch }),
    writer: yield* writerOf(planning),
    ...(scope !== undefined && { scope }),
  };
}
