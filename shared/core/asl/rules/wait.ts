import { dynamic, path } from "../expressions.ts";
import { checkOneOf } from "../fields.ts";
import { secondsMax } from "../limits.ts";
import { integerFrom, timestamp } from "../values.ts";
import { assigning, everyState, inputOutput, transition } from "./common-fields.ts";
import { orchestration, waitWords } from "./orchestration.ts";
import type { StateRule } from "./state-rule.ts";

/** Wait. */
export const waitRule: StateRule = {
  fields: {
    ...everyState,
    ...transition,
    ...inputOutput,
    ...assigning,
    Seconds: { check: dynamic(integerFrom(0, secondsMax)) },
    SecondsPath: { check: path, language: "JSONPath" },
    Timestamp: { check: dynamic(timestamp) },
    TimestampPath: { check: path, language: "JSONPath" },
    Orchestration: orchestration(waitWords),
  },
  leaves: "by-next-or-end",
  check: (scope, state) => {
    const names =
      scope.language === "JSONata"
        ? ["Seconds", "Timestamp"]
        : ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"];
    checkOneOf(scope, state, { names, noun: "Wait state", isRequired: true });
  },
};
