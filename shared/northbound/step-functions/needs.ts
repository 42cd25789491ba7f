import type { Action } from "#access/actions.ts";
import { OrchestratorError } from "#core/errors.ts";
import type { NeededPermission } from "../needs.ts";
import type { Arns } from "./arns.ts";
import { noStateMachine } from "./service-fault.ts";

interface OfArns {
  readonly arns: Arns;
}

/** The answer to a call about an execution that is not there. */
export const noExecution = (arn: string): OrchestratorError =>
  new OrchestratorError("execution-not-found", `Execution Does Not Exist: '${arn}'`);

/** Needs an action on the execution that an ARN names. */
export const onExecutionArn = (
  { arns }: OfArns,
  action: Action,
): NeededPermission<{ readonly body: { readonly executionArn: string } }> => ({
  action,
  object: ({ body }) => ({
    kind: "execution",
    executionId: arns.read(body.executionArn, "execution").executionId,
  }),
  hidden: ({ body }) => noExecution(body.executionArn),
});

/** Needs an action on the process that the ARN of a state machine names. */
export const onStateMachineArn = (
  { arns }: OfArns,
  action: Action,
): NeededPermission<{ readonly body: { readonly stateMachineArn: string } }> => ({
  action,
  object: ({ body }) => ({
    kind: "process",
    name: arns.read(body.stateMachineArn, "stateMachine").name,
  }),
  hidden: ({ body }) => noStateMachine(body.stateMachineArn),
});
