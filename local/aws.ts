import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AwsAdapterOptions } from "#adapters/aws/aws-adapter.ts";

const { env } = process;

const set = (name: string): boolean => (env[name] ?? "") !== "";

/**
 * How this server calls AWS, by the environment variables that every AWS tool has. Without a region it
 * does not: nothing is to look for credentials on a machine that has nothing to do with AWS.
 */
export const awsOptions = (): AwsAdapterOptions => ({
  region: env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || undefined,
  isElsewhere: (service) =>
    set("AWS_ENDPOINT_URL") || set(`AWS_ENDPOINT_URL_${service.toUpperCase()}`),
  searchFrom: [fileURLToPath(import.meta.url), join(process.cwd(), "package.json")],
});
