import { type Check, checkObject, type Field, type Fields, kindOf } from "../fields.ts";
import { secondsMax, stateNameLengthMax } from "../limits.ts";
import { error } from "../scope.ts";
import { anything, integerFrom, text } from "../values.ts";

const startPoint: Check = (scope, value) => {
  const isName = typeof value === "string" && value !== "" && value.length <= stateNameLengthMax;
  if (isName || typeof value === "boolean" || value === null) return;
  error(
    scope,
    `expected a name of 1 to ${stateNameLengthMax} characters, or true, found ${kindOf(value)}`,
  );
};

/** A pool that is not there would be passed over silently: the activity would run where it must not. */
const pool: Check = (scope, value) => {
  text(scope, value);
  const { pools } = scope.options;
  if (typeof value !== "string" || pools === undefined || pools.includes(value)) return;
  error(
    scope,
    `there is no pool "${value}" here, only ${pools.map((name) => `"${name}"`).join(", ")}; remove the word, or let workers do it: "Resource": "holdfast:activity:NAME"`,
    "UNKNOWN_POOL",
  );
};

const fields: Fields = {
  StartPoint: { check: startPoint },
  Target: { check: anything },
  RunAs: { check: text },
  Pool: { check: pool },
};

/** The words of states that wait. */
export const waitWords: Fields = { WaitDeadlineSeconds: { check: integerFrom(1, secondsMax) } };

/** Words of single types of state (ADR 7 and 10), for whoever writes them elsewhere. */
const hints = {
  Completed: "it belongs to a Fail state",
  Join: "it belongs to a Parallel state",
  While: "it belongs to a Map state",
  Break: "it belongs to a Succeed state",
  OnInterrupted: "it belongs to a Task state",
  Verify: "it belongs to a Task state",
  AskTimeoutSeconds: "it belongs to a Task state",
  WaitDeadlineSeconds: "it belongs to a Task or a Wait state",
};

/** The one field that Holdfast adds to the language (architecture, Process documents), with the words of a type of state. */
export const orchestration = (words: Fields = {}): Field => ({
  check: (scope, value) => {
    const noun = 'field "Orchestration"';
    checkObject(scope, value, { noun, fields: { ...fields, ...words }, hints });
  },
});
