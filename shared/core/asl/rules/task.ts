import { numberOf } from "../../exact-json/exact-number.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { dynamic, path, template } from "../expressions.ts";
import { type Check, checkOneOf, type Fields, own } from "../fields.ts";
import { secondsMax } from "../limits.ts";
import { error, type Scope, within } from "../scope.ts";
import { integerFrom } from "../values.ts";
import { assigning, everyState, inputOutput, transition, working } from "./common-fields.ts";
import { failing } from "./errors-and-retries.ts";
import { checkInterruption, interruptionWords } from "./interruption.ts";
import { orchestration, waitWords } from "./orchestration.ts";
import { checkParameters } from "./parameters.ts";
import { resource } from "./resource.ts";
import { checkSignals } from "./signals.ts";
import type { StateRule } from "./state-rule.ts";

const seconds = dynamic(integerFrom(1, secondsMax));

/** The role to act as; further fields are left to the service. */
const credentials: Check = dynamic((scope, value) => {
  template(scope, value);
  const isNamed =
    isJsonObject(value) && (Object.hasOwn(value, "RoleArn") || Object.hasOwn(value, "RoleArn.$"));
  if (!isNamed) error(scope, "The field 'RoleArn' is required but was missing");
});

const fields: Fields = {
  ...everyState,
  ...transition,
  ...inputOutput,
  ...assigning,
  ...working,
  ...failing,
  Resource: { check: resource, isRequired: true },
  Arguments: { check: template, language: "JSONata" },
  TimeoutSeconds: { check: seconds },
  TimeoutSecondsPath: { check: path, language: "JSONPath" },
  HeartbeatSeconds: { check: seconds },
  HeartbeatSecondsPath: { check: path, language: "JSONPath" },
  Credentials: { check: credentials },
  Orchestration: orchestration({ ...interruptionWords, ...waitWords }),
};

const checkHeartbeat = (scope: Scope, state: JsonObject): void => {
  const timeout = numberOf(own(state, "TimeoutSeconds"));
  const heartbeat = numberOf(own(state, "HeartbeatSeconds"));
  if (timeout !== undefined && heartbeat !== undefined && heartbeat >= timeout)
    error(
      within(scope, "HeartbeatSeconds"),
      `HeartbeatSeconds (${heartbeat}) must be less than TimeoutSeconds (${timeout})`,
    );
};

/** Task. */
export const taskRule: StateRule = {
  fields,
  leaves: "by-next-or-end",
  check: (scope, state) => {
    const noun = "Task state";
    checkOneOf(scope, state, { names: ["TimeoutSeconds", "TimeoutSecondsPath"], noun });
    checkOneOf(scope, state, { names: ["HeartbeatSeconds", "HeartbeatSecondsPath"], noun });
    checkHeartbeat(scope, state);
    checkSignals(scope, state);
    checkInterruption(scope, state);
    checkParameters(scope, state);
  },
};
