import { everyState, inputOutput } from "./common-fields.ts";
import type { StateRule } from "./state-rule.ts";

/** Succeed. */
export const succeedRule: StateRule = {
  fields: { ...everyState, ...inputOutput },
  leaves: "never",
};
