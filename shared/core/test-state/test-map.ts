/** A Map state whose items are not run: what they are, what they begin with, how many may fail. */
import type { MapState } from "../asl/definition.ts";
import type { DataFlow, Flowing } from "../execution/flow/data-flow.ts";
import { seen } from "../execution/flow/seen.ts";
import type { Exits, Fails } from "../execution/interpreter.ts";
import { valueIn } from "../execution/measure.ts";
import { concurrencyOf, itemsOf, toleratedOf } from "../execution/states/map-fields.ts";
import type { Evaluating } from "../expressions/evaluation.ts";
import { isJsonObject, type Json } from "../json.ts";
import { refused, type StateConfiguration, type TestStateRefusal } from "./answer.ts";
import type { CheckedMock } from "./check-mock.ts";

/** Items as the ItemReader finds them; the other types of input are refused by name. */
const readItems = (
  reader: Readonly<Record<string, Json>>,
  data: string | undefined,
): readonly Json[] | TestStateRefusal => {
  if (data === undefined)
    return refused(
      "ItemReader data must be specified when testing a Map state with ItemReader specified.",
    );
  const config = isJsonObject(reader["ReaderConfig"]) ? reader["ReaderConfig"] : {};
  const type = config["InputType"] ?? "JSON";
  if (type !== "JSON" && type !== "JSONL")
    return refused(`mapItemReaderData of the type ${String(type)} is not supported yet`);
  const items =
    type === "JSON"
      ? valueIn(data)
      : data
          .split("\n")
          .filter((line) => line.trim() !== "")
          .map((line) => valueIn(line) ?? null);
  return Array.isArray(items) ? items : refused("mapItemReaderData must be an array of items");
};

const hasThreshold = (state: MapState): boolean =>
  [
    state.ToleratedFailureCount,
    state.ToleratedFailureCountPath,
    state.ToleratedFailurePercentage,
    state.ToleratedFailurePercentagePath,
  ].some((field) => field !== undefined);

function* inputsOf(
  flow: DataFlow,
  flowing: Flowing,
  given: { readonly input: Json; readonly items: readonly Json[] },
): Evaluating<void> {
  if (flowing.fields.ItemSelector === undefined) return;
  const inputs: Json[] = [];
  for (const [index, value] of given.items.entries())
    inputs.push(yield* flow.itemInput(flowing, given.input, { index, value }));
  seen(flowing, "afterItemSelector", inputs);
}

const tooManyFailed: Fails = {
  kind: "fails",
  failure: {
    error: "States.ExceedToleratedFailureThreshold",
    cause: "The specified tolerated failure threshold was exceeded",
  },
};

/** What comes of a Map state by its mock. */
export function* testMap(
  state: MapState,
  tested: { readonly flow: DataFlow; readonly flowing: Flowing; readonly mock: CheckedMock },
  configuration: StateConfiguration,
): Evaluating<Exits | Fails | TestStateRefusal> {
  const { flow, flowing, mock } = tested;
  const input = flow.effectiveInput(flowing);
  const items =
    state.ItemReader === undefined
      ? yield* itemsOf(state, flowing, input)
      : readItems(state.ItemReader, configuration.mapItemReaderData);
  if ("kind" in items) return items;
  yield* concurrencyOf(state, flowing, input);
  const tolerated = yield* toleratedOf(state, flowing, { input, size: items.length });
  yield* inputsOf(flow, flowing, { input, items });
  const failureCount = configuration.mapIterationFailureCount ?? 0;
  if (failureCount > items.length)
    return refused(
      "Map iteration failure count must be less than or equal to the number of Map iterations",
    );
  if (hasThreshold(state) && failureCount > (tolerated ?? items.length)) return tooManyFailed;
  if (mock.kind === "error") return { kind: "fails", failure: mock };
  const left = yield* flow.leaveWith(flowing, mock.result);
  return { kind: "exits", ...left, next: state.Next };
}
