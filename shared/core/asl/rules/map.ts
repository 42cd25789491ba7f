import { isJsonObject, type JsonObject } from "../../json.ts";
import { dynamic, path, template } from "../expressions.ts";
import { checkOneOf, type Fields, own } from "../fields.ts";
import { error, type Scope, within } from "../scope.ts";
import { anything, integerFrom, numberFrom, objectOrList, text } from "../values.ts";
import { loopRule } from "./choice-rules.ts";
import { assigning, everyState, inputOutput, transition, working } from "./common-fields.ts";
import { failing } from "./errors-and-retries.ts";
import { itemFields } from "./item-fields.ts";
import { orchestration } from "./orchestration.ts";
import type { StateRule } from "./state-rule.ts";

const count = dynamic(integerFrom(0));

const fields: Fields = {
  ...everyState,
  Orchestration: orchestration({ While: { check: loopRule } }),
  ...transition,
  ...inputOutput,
  ...assigning,
  ...working,
  ...failing,
  ...itemFields,
  ItemProcessor: { check: anything },
  Iterator: { check: anything },
  ItemsPath: { check: path, language: "JSONPath" },
  Items: {
    check: dynamic((scope, value) => {
      objectOrList(scope, value);
      template(scope, value);
    }),
    language: "JSONata",
  },
  ItemSelector: { check: template },
  MaxConcurrency: { check: count },
  MaxConcurrencyPath: { check: path, language: "JSONPath" },
  ToleratedFailureCount: { check: count },
  ToleratedFailureCountPath: { check: path, language: "JSONPath" },
  ToleratedFailurePercentage: { check: dynamic(numberFrom(0, 100)) },
  ToleratedFailurePercentagePath: { check: path, language: "JSONPath" },
  Label: { check: text },
};

const exclusive = [
  ["MaxConcurrency", "MaxConcurrencyPath"],
  ["ToleratedFailureCount", "ToleratedFailureCountPath"],
  ["ToleratedFailurePercentage", "ToleratedFailurePercentagePath"],
  ["Parameters", "ItemSelector"],
];

/** Fields about items, of which a loop has none. */
const aboutItems = [
  ...exclusive.flat().filter((name) => name !== "Parameters" && name !== "ItemSelector"),
  ...Object.keys(itemFields),
  "ItemsPath",
  "Items",
  "Label",
];

/** The object in a field, an empty one where there is none. */
const objectIn = (object: JsonObject, name: string): JsonObject => {
  const value = own(object, name) ?? null;
  return isJsonObject(value) ? value : {};
};

/** Whether what a processor does for each item is an execution of its own. */
export const isDistributedProcessor = (processor: JsonObject): boolean =>
  own(objectIn(processor, "ProcessorConfig"), "Mode") === "DISTRIBUTED";

const checkLoop = (scope: Scope, state: JsonObject): void => {
  if (!Object.hasOwn(objectIn(state, "Orchestration"), "While")) return;
  for (const name of aboutItems.filter((field) => Object.hasOwn(state, field)))
    error(
      within(scope, name),
      `a Map state with "While" has no items, and so no "${name}"; remove one of the two`,
    );
  if (["ItemProcessor", "Iterator"].some((name) => isDistributedProcessor(objectIn(state, name))))
    error(
      within(scope, "Orchestration", "While"),
      'the iterations of a loop come one after the other; remove "Mode": "DISTRIBUTED" from the processor',
    );
};

/** Map. */
export const mapRule: StateRule = {
  fields,
  leaves: "by-next-or-end",
  check: (scope, state) => {
    const noun = "Map state";
    checkOneOf(scope, state, { names: ["ItemProcessor", "Iterator"], noun, isRequired: true });
    for (const names of exclusive) checkOneOf(scope, state, { names, noun });
    checkLoop(scope, state);
  },
  machines: (state) =>
    ["ItemProcessor", "Iterator"]
      .filter((name) => Object.hasOwn(state, name))
      .map((name) => ({ keys: [name], kind: "processor" })),
};
