import { dynamic, pathOrIntrinsic } from "../expressions.ts";
import { checkOneOf } from "../fields.ts";
import { flag, text } from "../values.ts";
import { everyState } from "./common-fields.ts";
import { orchestration } from "./orchestration.ts";
import type { StateRule } from "./state-rule.ts";

/** Fail. */
export const failRule: StateRule = {
  fields: {
    ...everyState,
    Orchestration: orchestration({ Completed: { check: flag } }),
    Error: { check: dynamic(text) },
    ErrorPath: { check: pathOrIntrinsic, language: "JSONPath" },
    Cause: { check: dynamic(text) },
    CausePath: { check: pathOrIntrinsic, language: "JSONPath" },
  },
  leaves: "never",
  check: (scope, state) => {
    checkOneOf(scope, state, { names: ["Error", "ErrorPath"], noun: "Fail state" });
    checkOneOf(scope, state, { names: ["Cause", "CausePath"], noun: "Fail state" });
  },
};
