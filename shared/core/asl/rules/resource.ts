import {
  activityNameOf,
  calledResource,
  resourceKind,
  waitsForToken,
} from "../../execution/resource-kind.ts";
import { type Check, kindOf } from "../fields.ts";
import { activityNameLengthMax } from "../limits.ts";
import { error, errorInBothWords, type Scope, warning } from "../scope.ts";
import { signalsResource } from "../signals-resource.ts";
import { suggestion } from "../suggest.ts";

/**
 * Calls of the optimised integrations whose list is short and stable. Of other services any call is
 * accepted. Source: Step Functions developer guide, integrating services.
 */
const optimisedCalls: Readonly<Record<string, readonly string[]>> = {
  dynamodb: ["getItem", "putItem", "updateItem", "deleteItem"],
  events: ["putEvents"],
  http: ["invoke"],
  lambda: ["invoke"],
  sns: ["publish"],
  sqs: ["sendMessage"],
  states: ["startExecution"],
};

const arn = /^arn:[\w-]+:([\w-]+):[\w-]*:[\w-]*:(.+)$/;
const integration = /^(?:(aws-sdk):)?([\w-]+):(\w+)(\.sync(?::2)?|\.waitForTaskToken)?$/;
const ours = /^holdfast:[\w-]+:[\w-]+$/;

const expressRefuses = (scope: Scope, what: string): void => {
  if (scope.isExpress)
    error(scope, `an Express workflow does not support ${what}; make the process STANDARD`);
};

/** Of what workers ask for. */
const checkActivity = (scope: Scope, value: string): void => {
  expressRefuses(scope, "activities");
  const name = activityNameOf(value) ?? "";
  if (name.length > activityNameLengthMax)
    error(
      scope,
      `the name of an activity has ${activityNameLengthMax} characters at most, and this one has ${name.length}; no worker could ask for it`,
    );
};

const checkOurs = (scope: Scope, value: string): void => {
  const known = [...(scope.options.knownResources?.() ?? []), signalsResource];
  const called = calledResource(value);
  if (waitsForToken(value)) expressRefuses(scope, '".waitForTaskToken"');
  if (activityNameOf(value) !== undefined) checkActivity(scope, value);
  else if (!ours.test(called))
    error(
      scope,
      `"${value}" is not a resource; write "holdfast:<adapter>:<activity>", for example "holdfast:http:request"`,
      "UNKNOWN_RESOURCE",
    );
  else if (scope.options.knowsResource?.(called) === false)
    error(
      scope,
      `no adapter of this environment offers "${value}"${suggestion(value, known)}`,
      "UNKNOWN_RESOURCE",
    );
};

const unrecognised = (value: string, advice: string) => ({
  message: `the resource "${value}" is not recognized${advice}`,
  serviceMessage: `The resource provided ${value} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.`,
});

const checkIntegration = (scope: Scope, value: string, call: string): void => {
  const [, sdk, service, action, pattern] = integration.exec(call) ?? [];
  if (service === undefined || action === undefined) {
    errorInBothWords(scope, unrecognised(value, '; write "arn:aws:states:::<service>:<call>"'));
    return;
  }
  const calls = Object.hasOwn(optimisedCalls, service) ? optimisedCalls[service] : undefined;
  if (sdk === undefined && calls !== undefined && !calls.includes(action))
    errorInBothWords(scope, unrecognised(value, suggestion(action, calls)));
  if (scope.isExpress && pattern !== undefined)
    errorInBothWords(scope, {
      message: `an Express workflow does not support "${pattern}"; make the process STANDARD, or call it without`,
      serviceMessage: `Express state machine does not support '${pattern.replace(":2", "")}' service integration `,
    });
};

const checkAvailable = (scope: Scope, value: string): void => {
  const { knowsResource } = scope.options;
  // Workers and nested executions need no adapter.
  if (resourceKind(value) !== "adapter" || knowsResource === undefined) return;
  if (knowsResource(calledResource(value)) === true) return;
  warning(
    scope,
    `the definition is valid, but this environment can not run "${value}": an execution that comes here fails`,
    "RESOURCE_NOT_AVAILABLE",
  );
};

/** `holdfast:<adapter>:<activity>`, or an ARN that Step Functions knows. */
export const resource: Check = (scope, value) => {
  if (typeof value !== "string") {
    error(scope, `expected a resource such as "holdfast:http:request", found ${kindOf(value)}`);
    return;
  }
  if (value === signalsResource) {
    expressRefuses(scope, "waiting for signals");
    return;
  }
  if (value.startsWith("holdfast:")) {
    checkOurs(scope, value);
    return;
  }
  const [, service, rest] = arn.exec(value) ?? [];
  if (service === undefined || rest === undefined) {
    const known = scope.options.knownResources?.() ?? [];
    error(
      scope,
      `"${value}" is not a resource; write "holdfast:<adapter>:<activity>" or an ARN${suggestion(`holdfast:${value}`, known)}`,
      "UNKNOWN_RESOURCE",
    );
    return;
  }
  if (service === "states" && rest.startsWith("activity:")) checkActivity(scope, value);
  else if (service === "states") checkIntegration(scope, value, rest);
  checkAvailable(scope, value);
};
