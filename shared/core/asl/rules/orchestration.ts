import { checkObject, type Field, type Fields } from "../fields.ts";
import { anything, object, oneOf, text } from "../values.ts";

const fields: Fields = {
  StartPoint: { check: anything },
  OnInterrupted: { check: oneOf("restart", "fail", "ask", "verify") },
  Verify: { check: object },
  Target: { check: anything },
  RunAs: { check: text },
  Pool: { check: text },
};

/** Words of single types of state (ADR 7), for whoever writes them elsewhere. */
const hints = {
  Completed: "it belongs to a Fail state",
  Join: "it belongs to a Parallel state",
  While: "it belongs to a Map state",
  Break: "it belongs to a Succeed state",
};

/** The one field that Holdfast adds to the language (architecture, Process documents), with the words of a type of state. */
export const orchestration = (words: Fields = {}): Field => ({
  check: (scope, value) => {
    const noun = 'field "Orchestration"';
    checkObject(scope, value, { noun, fields: { ...fields, ...words }, hints });
  },
});
