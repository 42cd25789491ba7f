/** What a Resource that is an ARN asks of AWS. */
export type AwsResource =
  | { readonly kind: "function"; readonly functionArn: string }
  | {
      /** `sdk`: `aws-sdk:<service>:<action>`; `own`: an integration that Step Functions has of its own. */
      readonly kind: "sdk" | "own";
      readonly service: string;
      readonly action: string;
      /** `.sync`, `.sync:2`. */
      readonly pattern?: string;
    };

const functionArn = /^arn:[\w-]+:lambda:[\w-]*:\w*:function:[\w-]+(?::[\w$-]+)?$/;
const integration = /^arn:[\w-]+:states:[\w-]*:\w*:(aws-sdk:)?([\w-]+):(\w+)(\.sync(?::2)?)?$/;

/** `undefined`: it is no ARN of a Lambda function or of a call. */
export const awsResource = (resource: string): AwsResource | undefined => {
  if (functionArn.test(resource)) return { kind: "function", functionArn: resource };
  const [, sdk, service, action, pattern] = integration.exec(resource) ?? [];
  if (service === undefined || action === undefined) return undefined;
  return {
    kind: sdk === undefined ? "own" : "sdk",
    service,
    action,
    ...(pattern !== undefined && { pattern }),
  };
};
