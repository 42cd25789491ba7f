/** The AWS SDK for JavaScript on an environment. */
import { SFNClient, type SFNClientConfig } from "@aws-sdk/client-sfn";
import { onTestFinished } from "vitest";

/** An access key that was made for AWS clients. */
export interface AwsKey {
  readonly keyId: string;
  readonly secret: string;
}

/** A client that tries once, so that an error is the one that was answered. */
export const sfnClient = (
  url: string,
  { keyId, secret }: AwsKey,
  more: SFNClientConfig = {},
): SFNClient => {
  const client = new SFNClient({
    endpoint: url,
    region: "local",
    credentials: { accessKeyId: keyId, secretAccessKey: secret },
    disableHostPrefix: true,
    maxAttempts: 1,
    ...more,
  });
  onTestFinished(() => client.destroy());
  return client;
};
