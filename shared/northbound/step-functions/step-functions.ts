/** The AWS Step Functions JSON protocol at `POST /`, for the embedded server and the Lambda alike. */
import { defaultIdentity } from "#core/execution/arns.ts";
import type { Identity } from "#core/execution/program.ts";
import { type Edge, type EdgeOptions, type Handler, requestIdOf } from "../edge.ts";
import type { Operation } from "../operation.ts";
import { activityOperations } from "./activities.ts";
import { aliasOperations } from "./aliases.ts";
import { Arns } from "./arns.ts";
import { describedStateMachineOperations } from "./described-state-machines.ts";
import { awsJson } from "./dialect.ts";
import { executionOperations } from "./executions.ts";
import { historyOperation } from "./history.ts";
import { mapRunOperations } from "./map-runs.ts";
import type { ServiceOptions } from "./options.ts";
import { ServiceFault } from "./service-fault.ts";
import { stateMachineOperations } from "./state-machines.ts";
import { tagOperations } from "./tags.ts";
import { trialOperations } from "./test-state.ts";
import { versionOperations } from "./versions.ts";

const targetPattern = /^AWSStepFunctions\.([A-Za-z]{1,64})$/;

/** What the service lets a worker wait, ms. */
const pollMsMax = 60_000;

export interface StepFunctionsOptions
  extends Omit<ServiceOptions, "arns" | "identity" | "pollMsMax" | "syncMsMax"> {
  readonly identity?: Identity;
  readonly waitMsMax: number;
}

/** The operations of the protocol, by the names that they have there. */
export const stepFunctionsOperations = (given: StepFunctionsOptions): readonly Operation[] => {
  const { identity = defaultIdentity, waitMsMax } = given;
  const options: ServiceOptions = {
    ...given,
    identity,
    pollMsMax: Math.min(pollMsMax, waitMsMax),
    syncMsMax: waitMsMax,
    arns: new Arns(identity),
  };
  return [
    ...stateMachineOperations(options),
    ...describedStateMachineOperations(options),
    ...versionOperations(options),
    ...executionOperations(options),
    historyOperation(options),
    ...aliasOperations(options),
    ...mapRunOperations(options),
    ...activityOperations(options),
    ...trialOperations(options),
    ...tagOperations(options),
  ];
};

export interface StepFunctionsEdge {
  readonly handlerOf: Edge;
  readonly log: EdgeOptions["log"];
  readonly otherwise: Handler;
}

/** The handler of `POST /`; what is no request of the protocol goes to `otherwise`. */
export const stepFunctions = (
  operations: readonly Operation[],
  { handlerOf, log, otherwise }: StepFunctionsEdge,
): Handler => {
  const handlers = new Map(
    operations.map((operation) => [operation.operationId, handlerOf(operation, awsJson)]),
  );
  return async (request, params) => {
    const target = request.headers.get("x-amz-target");
    if (target === null) return otherwise(request, params);
    const [, name = ""] = targetPattern.exec(target) ?? [];
    const handler = handlers.get(name);
    if (handler !== undefined) return handler(request, params);
    const said = `There is no operation ${target.slice(0, 100)}`;
    const unknown = new ServiceFault("UnknownOperationException", said);
    return awsJson.refuse(unknown, { requestId: requestIdOf(request) }, log);
  };
};
