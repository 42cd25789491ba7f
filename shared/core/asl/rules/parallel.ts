import { numberOf } from "../../exact-json/exact-number.ts";
import { isJsonObject } from "../../json.ts";
import { objectTemplate } from "../expressions.ts";
import { type Check, own } from "../fields.ts";
import { error, within } from "../scope.ts";
import { anything, integerFrom, listOf, oneOf } from "../values.ts";
import { assigning, everyState, inputOutput, transition, working } from "./common-fields.ts";
import { failing } from "./errors-and-retries.ts";
import { orchestration } from "./orchestration.ts";
import type { StateRule } from "./state-rule.ts";

const join: Check = (scope, value) =>
  (typeof value === "string" ? oneOf("all", "any") : integerFrom(1))(scope, value);

/** Parallel. */
export const parallelRule: StateRule = {
  fields: {
    ...everyState,
    Orchestration: orchestration({ Join: { check: join } }),
    ...transition,
    ...inputOutput,
    ...assigning,
    ...working,
    ...failing,
    Arguments: { check: objectTemplate, language: "JSONata" },
    Branches: { check: listOf(anything, { minCount: 1 }), isRequired: true },
  },
  leaves: "by-next-or-end",
  check: (scope, state) => {
    const branches = own(state, "Branches");
    const orchestrated = own(state, "Orchestration");
    const count = isJsonObject(orchestrated) ? numberOf(own(orchestrated, "Join")) : undefined;
    if (count !== undefined && Array.isArray(branches) && count > branches.length)
      error(
        within(scope, "Orchestration", "Join"),
        `${count} branches can not succeed, there are only ${branches.length}`,
      );
  },
  machines: (state) => {
    const branches = own(state, "Branches");
    if (!Array.isArray(branches)) return [];
    return branches.map((_, index) => ({ keys: ["Branches", index], kind: "branch" }));
  },
};
