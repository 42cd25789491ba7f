import type { Action } from "#access/actions.ts";
import type { NeededPermission } from "../needs.ts";
import type { Arns } from "./arns.ts";
import { noResource, ServiceFault } from "./service-fault.ts";

/** The alias that an ARN names. Throws `InvalidArn`. */
export const aliasIn = (
  arns: Arns,
  arn: string,
): { readonly process: string; readonly name: string } => {
  const { name: process, alias: name } = arns.read(arn, "stateMachine");
  if (name !== undefined) return { process, name };
  throw new ServiceFault("InvalidArn", `Invalid Arn: '${arn}' names no alias`);
};

/** Needs an action on the process of an alias. */
export const onAliasArn = (
  { arns }: { readonly arns: Arns },
  action: Action,
): NeededPermission<{ readonly body: { readonly stateMachineAliasArn: string } }> => ({
  action,
  object: ({ body }) => ({
    kind: "process",
    name: aliasIn(arns, body.stateMachineAliasArn).process,
  }),
  hidden: ({ body }) => noResource(body.stateMachineAliasArn),
});
