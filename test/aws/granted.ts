/** What the deployer of the environments grants their activities: a managed policy, and a role that states may name. */
import { accountId } from "./aws-call.ts";
import { region } from "./cdk-command.ts";
import { testbed } from "./testbed.ts";

const policyName = "HoldfastActivities";
const clerk = "activity-clerk";

/** Whose ARN the deployer gives as the context value `activityPolicies`. */
export const activityPolicyArn = `arn:aws:iam::${accountId}:policy/${policyName}`;

/** Whose ARN the deployer gives as the context value `activityRoles`. */
export const clerkArn = `arn:aws:iam::${accountId}:role/${clerk}`;

const on = (service: string, resource: string): string =>
  `arn:aws:${service}:${region}:${accountId}:${resource}`;

const allow = (action: string, resource: string) => ({
  Effect: "Allow" as const,
  Action: [action],
  Resource: [resource],
});

export const activityPolicy = {
  Version: "2012-10-17",
  Statement: [
    allow("lambda:InvokeFunction", on("lambda", "function:*")),
    allow("sqs:SendMessage", on("sqs", "activity-parcels")),
    allow("dynamodb:PutItem", on("dynamodb", "table/activity-orders")),
    allow("dynamodb:GetItem", on("dynamodb", "table/activity-orders")),
    allow("sns:Publish", on("sns", "activity-news")),
    allow("events:PutEvents", on("events", "event-bus/default")),
    allow("s3:GetObject", "arn:aws:s3:::recorded-*/*"),
  ],
};

/** The policy of the role that states name. */
export const clerkPolicy = {
  Version: "2012-10-17",
  Statement: [allow("dynamodb:PutItem", on("dynamodb", "table/activity-books"))],
};

const callIam = async (parameters: Readonly<Record<string, string>>): Promise<void> => {
  const response = await fetch(testbed().endpoint, {
    method: "POST",
    headers: {
      // The emulator looks at the service in it, and at no signature.
      authorization: `AWS4-HMAC-SHA256 Credential=tester/20260101/${region}/iam/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: new URLSearchParams({ ...parameters, Version: "2010-05-08" }),
  });
  if (!response.ok) throw new Error(await response.text());
};

/** Makes the policy and the role. */
export const grantActivities = async (): Promise<void> => {
  await callIam({
    Action: "CreatePolicy",
    PolicyName: policyName,
    PolicyDocument: JSON.stringify(activityPolicy),
  });
  const trusted = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { AWS: `arn:aws:iam::${accountId}:root` },
      },
    ],
  };
  await callIam({
    Action: "CreateRole",
    RoleName: clerk,
    AssumeRolePolicyDocument: JSON.stringify(trusted),
  });
  await callIam({
    Action: "PutRolePolicy",
    RoleName: clerk,
    PolicyName: "books",
    PolicyDocument: JSON.stringify(clerkPolicy),
  });
};
