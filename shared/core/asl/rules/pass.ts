import { template } from "../expressions.ts";
import { anything } from "../values.ts";
import { assigning, everyState, inputOutput, resultPath, transition } from "./common-fields.ts";
import type { StateRule } from "./state-rule.ts";

/** Pass. */
export const passRule: StateRule = {
  fields: {
    ...everyState,
    ...transition,
    ...inputOutput,
    ...assigning,
    ...resultPath,
    Result: { check: anything, language: "JSONPath" },
    Parameters: { check: template, language: "JSONPath" },
  },
  leaves: "by-next-or-end",
};
