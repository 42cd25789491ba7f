import { numberOf } from "../../exact-json/exact-number.ts";
import type { Json } from "../../json.ts";
import { assignment, nullable, referencePath, template } from "../expressions.ts";
import { type Check, checkObject, type Fields, own } from "../fields.ts";
import { retryDelaySecondsMax, secondsMax } from "../limits.ts";
import { error, type Scope, warning, within } from "../scope.ts";
import { suggestion } from "../suggest.ts";
import { filledText, integerFrom, listOf, numberFrom, oneOf, text } from "../values.ts";

/** Error names that the language reserves. Source: Step Functions developer guide, error names. */
const reservedErrors = [
  "States.ALL",
  "States.BranchFailed",
  "States.DataLimitExceeded",
  "States.ExceedToleratedFailureThreshold",
  "States.HeartbeatTimeout",
  "States.Http.Socket",
  "States.IntrinsicFailure",
  "States.ItemReaderFailed",
  "States.NoChoiceMatched",
  "States.ParameterPathFailure",
  "States.Permissions",
  "States.QueryEvaluationError",
  "States.ResultPathMatchFailure",
  "States.ResultWriterFailed",
  "States.Runtime",
  "States.TaskFailed",
  "States.Timeout",
];

const errorName: Check = (scope, value) => {
  text(scope, value);
  if (typeof value !== "string" || !value.startsWith("States.")) return;
  if (reservedErrors.includes(value) || value.startsWith("States.Http.StatusCode.")) return;
  const near = suggestion(value, reservedErrors);
  warning(scope, `nothing fails with the error "${value}"${near}`, "UNKNOWN_ERROR_NAME");
};

const errorEquals: Check = (scope, value) => {
  listOf(errorName, { minCount: 1 })(scope, value);
  if (Array.isArray(value) && value.includes("States.ALL") && value.length > 1)
    error(scope, '"States.ALL" matches every error and must stand alone');
};

const retrier: Fields = {
  ErrorEquals: { check: errorEquals, isRequired: true },
  IntervalSeconds: { check: integerFrom(1, secondsMax) },
  MaxAttempts: { check: integerFrom(0, secondsMax) },
  BackoffRate: { check: numberFrom(1) },
  MaxDelaySeconds: { check: integerFrom(1, retryDelaySecondsMax) },
  JitterStrategy: { check: oneOf("FULL", "NONE") },
  Comment: { check: text },
};

const catcher: Fields = {
  ErrorEquals: { check: errorEquals, isRequired: true },
  Next: { check: filledText, isRequired: true },
  ResultPath: { check: nullable(referencePath), language: "JSONPath" },
  Output: { check: template, language: "JSONata" },
  Assign: { check: assignment },
  Comment: { check: text },
};

const checkRetrier: Check = (scope, value) => {
  const object = checkObject(scope, value, { noun: "retrier", fields: retrier });
  if (object === undefined) return;
  const interval = numberOf(own(object, "IntervalSeconds") ?? 1);
  const longest = numberOf(own(object, "MaxDelaySeconds"));
  if (longest !== undefined && interval !== undefined && 0 < longest && longest <= interval)
    warning(
      within(scope, "MaxDelaySeconds"),
      `MaxDelaySeconds (${longest}) should be more than IntervalSeconds (${interval}): the delay never grows`,
      "DELAY_NEVER_GROWS",
    );
};

const checkCatcher: Check = (scope, value) => {
  checkObject(scope, value, { noun: "catcher", fields: catcher });
};

const matchesAll = (entry: Json): boolean => {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return false;
  const names = (entry as { readonly ErrorEquals?: Json }).ErrorEquals;
  return Array.isArray(names) && names.includes("States.ALL");
};

/** What follows an entry for every error is never looked at. */
const checkAllIsLast = (scope: Scope, value: Json, noun: string): void => {
  if (!Array.isArray(value)) return;
  const first = value.findIndex(matchesAll);
  if (first >= 0 && first < value.length - 1)
    error(
      within(scope, first, "ErrorEquals"),
      `the ${noun} for "States.ALL" must be the last; those after it would never be reached`,
    );
};

const listChecked =
  (check: Check, noun: string): Check =>
  (scope, value) => {
    listOf(check, { minCount: 0 })(scope, value);
    checkAllIsLast(scope, value, noun);
  };

/** Fields of states that may fail and be tried again. */
export const failing: Fields = {
  Retry: { check: listChecked(checkRetrier, "retrier") },
  Catch: { check: listChecked(checkCatcher, "catcher") },
};
