import type { AwsAdapterOptions } from "./aws-adapter.ts";

/**
 * How AWS is called, by the environment variables that every AWS tool has. Without a region it is not:
 * nothing is to look for credentials on a machine that has nothing to do with AWS.
 */
export const awsOptionsOf = (
  variables: Readonly<Record<string, string | undefined>>,
  searchFrom: readonly string[],
): AwsAdapterOptions => {
  const isSet = (name: string): boolean => (variables[name] ?? "") !== "";
  return {
    region: variables["AWS_REGION"] || variables["AWS_DEFAULT_REGION"] || undefined,
    isElsewhere: (service) =>
      isSet("AWS_ENDPOINT_URL") || isSet(`AWS_ENDPOINT_URL_${service.toUpperCase()}`),
    searchFrom,
  };
};
