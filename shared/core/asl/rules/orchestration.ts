import { type Check, checkObject, type Fields } from "../fields.ts";
import { anything, object, oneOf, text } from "../values.ts";

const fields: Fields = {
  StartPoint: { check: anything },
  OnInterrupted: { check: oneOf("restart", "fail", "ask", "verify") },
  Verify: { check: object },
  Target: { check: anything },
  RunAs: { check: text },
  Pool: { check: text },
};

/** The one field that Holdfast adds to the language (architecture, Process documents). */
export const orchestration: Check = (scope, value) => {
  checkObject(scope, value, { noun: 'field "Orchestration"', fields });
};
