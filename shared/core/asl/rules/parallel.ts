import { objectTemplate } from "../expressions.ts";
import { own } from "../fields.ts";
import { anything, listOf } from "../values.ts";
import { assigning, everyState, inputOutput, transition, working } from "./common-fields.ts";
import { failing } from "./errors-and-retries.ts";
import type { StateRule } from "./state-rule.ts";

/** Parallel. */
export const parallelRule: StateRule = {
  fields: {
    ...everyState,
    ...transition,
    ...inputOutput,
    ...assigning,
    ...working,
    ...failing,
    Arguments: { check: objectTemplate, language: "JSONata" },
    Branches: { check: listOf(anything, { minCount: 1 }), isRequired: true },
  },
  leaves: "by-next-or-end",
  machines: (state) => {
    const branches = own(state, "Branches");
    if (!Array.isArray(branches)) return [];
    return branches.map((_, index) => ({ keys: ["Branches", index], kind: "branch" }));
  },
};
