import type { Check } from "../fields.ts";
import { error } from "../scope.ts";
import { flag } from "../values.ts";
import { everyState, inputOutput } from "./common-fields.ts";
import { orchestration } from "./orchestration.ts";
import type { StateRule } from "./state-rule.ts";

const breaks: Check = (scope, value) => {
  flag(scope, value);
  if (value === true && !scope.isIteration)
    error(
      scope,
      '"Break" ends the loop that a state stands in, and this one stands in none: put it directly into the processor of a Map state that is not DISTRIBUTED',
    );
};

/** Succeed. */
export const succeedRule: StateRule = {
  fields: {
    ...everyState,
    ...inputOutput,
    Orchestration: orchestration({ Break: { check: breaks } }),
  },
  leaves: "never",
};
