import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { accountId } from "./aws-call.ts";

export const region = "eu-west-1";

export const repositoryRoot = fileURLToPath(new URL("../../", import.meta.url));

/** By which the recorded calls of the deployer's own are known; the CDK command remembers an account by its key. */
export const deployerKey = `deployer-${accountId}`;

/** The variables by which AWS's SDKs, and so the CDK command, talk to the emulator. */
export const awsVariables = (endpoint: string): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: deployerKey,
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_REGION: region,
  AWS_EC2_METADATA_DISABLED: "true",
});

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

const cdkFile = join(
  dirname(createRequire(import.meta.url).resolve("aws-cdk/package.json")),
  "bin",
  "cdk",
);

/** Runs the real CDK command with the repository's `cdk.json`. */
export const cdk = async (
  args: readonly string[],
  options: { readonly endpoint: string; readonly outdir: string },
): Promise<Ended> => {
  const child = spawn(
    process.execPath,
    [cdkFile, ...args, "--output", options.outdir, "--no-notices", "--no-color"],
    {
      cwd: repositoryRoot,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...awsVariables(options.endpoint),
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        CI: "true",
        CDK_DISABLE_CLI_TELEMETRY: "true",
      },
    },
  );
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on("close", resolve)),
  ]);
  return { code, output: `${out}${err}` };
};
