import { dynamic, path, template } from "../expressions.ts";
import { checkOneOf, type Fields } from "../fields.ts";
import { anything, integerFrom, numberFrom, objectOrList, text } from "../values.ts";
import { assigning, everyState, inputOutput, transition, working } from "./common-fields.ts";
import { failing } from "./errors-and-retries.ts";
import { itemFields } from "./item-fields.ts";
import type { StateRule } from "./state-rule.ts";

const count = dynamic(integerFrom(0));

const fields: Fields = {
  ...everyState,
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

/** Map. */
export const mapRule: StateRule = {
  fields,
  leaves: "by-next-or-end",
  check: (scope, state) => {
    const noun = "Map state";
    checkOneOf(scope, state, { names: ["ItemProcessor", "Iterator"], noun, isRequired: true });
    for (const names of exclusive) checkOneOf(scope, state, { names, noun });
  },
  machines: (state) =>
    ["ItemProcessor", "Iterator"]
      .filter((name) => Object.hasOwn(state, name))
      .map((name) => ({ keys: [name], kind: "processor" })),
};
