/** Decides on calls of activities as IAM does, which the emulator lets pass: those on what has `activity-` before its name. */
import type { ServerResponse } from "node:http";
import { runSimulation } from "@cloud-copilot/iam-simulate";
import { type AwsCall, accountId } from "./aws-call.ts";
import { activityPolicy, clerkArn, clerkPolicy } from "./granted.ts";

const actsOn = /[:/]activity-/;

/** What the functions' own role allows of it: the managed policy, and to act in the role of the clerk. */
const ownPolicy = {
  ...activityPolicy,
  Statement: [
    ...activityPolicy.Statement,
    { Effect: "Allow", Action: ["sts:AssumeRole"], Resource: [clerkArn] },
  ],
};

/** The emulator signs a function's own calls with the account's number. */
const isOwn = ({ accessKey }: AwsCall): boolean => accessKey === accountId;

const mayCall = async (call: AwsCall, resource: string): Promise<boolean> => {
  const decided = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${accountId}:role/turn`,
        action: call.action,
        resource: { resource, accountId },
        contextVariables: {},
      },
      identityPolicies: [{ name: "role", policy: isOwn(call) ? ownPolicy : clerkPolicy }],
      // Of a role whom it trusts: the account's roles.
      ...(call.action === "sts:AssumeRole" && {
        resourcePolicy: {
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: accountId } }],
        },
      }),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  return decided.resultType !== "error" && decided.overallResult === "Allowed";
};

/** The call of an activity that IAM would refuse: what it would say. */
export const refusalOf = async (call: AwsCall | undefined): Promise<string | undefined> => {
  if (call === undefined || call.caller === "") return undefined;
  for (const resource of call.resources.filter((each) => actsOn.test(each))) {
    if (await mayCall(call, resource)) continue;
    return `User: arn:aws:sts::${accountId}:assumed-role/turn/turn is not authorized to perform: ${call.action} on resource: ${resource} because no identity-based policy allows the ${call.action} action`;
  }
  return undefined;
};

/** Answers as services do that speak JSON, and as those that speak XML. */
export const refuse = (response: ServerResponse, action: string, message: string): void => {
  if (/^(sts|sns):/.test(action)) {
    const code = "<Type>Sender</Type><Code>AccessDenied</Code>";
    response
      .writeHead(403, { "content-type": "text/xml" })
      .end(
        `<ErrorResponse><Error>${code}<Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
      );
    return;
  }
  const type = "AccessDeniedException";
  response
    .writeHead(action.startsWith("lambda:") ? 403 : 400, {
      "content-type": "application/x-amz-json-1.0",
      "x-amzn-errortype": type,
      "x-amzn-requestid": "r",
    })
    .end(JSON.stringify({ __type: `com.amazon.coral.service#${type}`, message }));
};
