import { filledText, listOf } from "../values.ts";
import { choiceRule } from "./choice-rules.ts";
import { assigning, everyState, inputOutput } from "./common-fields.ts";
import type { StateRule } from "./state-rule.ts";

/** Choice. */
export const choiceStateRule: StateRule = {
  fields: {
    ...everyState,
    ...inputOutput,
    ...assigning,
    Choices: { check: listOf(choiceRule, { minCount: 1 }), isRequired: true },
    Default: { check: filledText },
  },
  hints: {
    Next: 'each of the "Choices" has its "Next"; where none applies, "Default" leads on',
    End: 'lead to a Succeed state by "Default"',
  },
  leaves: "by-choice",
};
