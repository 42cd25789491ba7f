/** What the deployer of the environment First grants its activities: a managed policy. */
import { accountId } from "./aws-call.ts";
import { region } from "./cdk-command.ts";
import { testbed } from "./testbed.ts";

const name = "HoldfastActivities";

/** Whose ARN the deployer gives as the context value `activityPolicies`. */
export const activityPolicyArn = `arn:aws:iam::${accountId}:policy/${name}`;

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
    allow("s3:GetObject", "arn:aws:s3:::recorded-*/*"),
  ],
};

/** Makes the policy. */
export const grantActivities = async (): Promise<void> => {
  const response = await fetch(testbed().endpoint, {
    method: "POST",
    headers: {
      // The emulator looks at the service in it, and at no signature.
      authorization: `AWS4-HMAC-SHA256 Credential=tester/20260101/${region}/iam/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: new URLSearchParams({
      Action: "CreatePolicy",
      Version: "2010-05-08",
      PolicyName: name,
      PolicyDocument: JSON.stringify(activityPolicy),
    }),
  });
  if (!response.ok) throw new Error(await response.text());
};
