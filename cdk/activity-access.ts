import { Validations } from "aws-cdk-lib";
import { Grant, ManagedPolicy, type Role } from "aws-cdk-lib/aws-iam";
import type { Settings } from "./settings.ts";

/**
 * What activities that call AWS may do: nothing but what the deployer grants, by policies for calls
 * of the function's own and by roles that a state may name in `Credentials`.
 */
export const grantActivities = (
  role: Role,
  { activityPolicies, activityRoles }: Settings,
): void => {
  activityPolicies.forEach((arn, index) => {
    role.addManagedPolicy(ManagedPolicy.fromManagedPolicyArn(role, `ActivityPolicy${index}`, arn));
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM4[Policy::${arn}]`,
      reason: "The deployer named it, for what activities are to do.",
    });
  });
  if (activityRoles.length === 0) return;
  Grant.addToPrincipal({
    grantee: role,
    actions: ["sts:AssumeRole"],
    resourceArns: [...activityRoles],
  });
};
