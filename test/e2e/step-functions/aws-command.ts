/**
 * The AWS CLI that the tests drive: `aws` where it is installed, else one of its own from PyPI, once, in a
 * cache directory. Without either the tests fail and say what to do: they are never passed over.
 */
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execute, root } from "../holdfast-command.ts";

const pinned = "1.45.11";
const environment = join(root, `node_modules/.cache/awscli-${pinned}`);
/** It is there when all the rest is. */
const complete = join(environment, "complete");

const succeeds = async (command: string, ...rest: readonly string[]): Promise<boolean> => {
  const ended = await execute(command, rest).ended.catch(() => undefined);
  return ended?.code === 0;
};

const mustSucceed = async (command: string, ...rest: readonly string[]): Promise<void> => {
  const { code, stderr } = await execute(command, rest).ended.catch((error: Error) => ({
    code: -1,
    stderr: error.message,
  }));
  if (code === 0) return;
  throw new Error(
    `the AWS CLI is needed by this test and cannot be had: "${command} ${rest.join(" ")}" ended with ${code}: ${stderr}\n` +
      "Install it (Debian: apt-get install awscli), or let python3 with venv and pip reach PyPI.",
  );
};

/** The command by which the AWS CLI is called. */
export const awsCommand = async (): Promise<string> => {
  if (await succeeds("aws", "--version")) return "aws";
  const command = join(environment, "bin/aws");
  if (existsSync(complete)) return command;
  await rm(environment, { recursive: true, force: true });
  await mkdir(dirname(environment), { recursive: true });
  await mustSucceed("python3", "-m", "venv", environment);
  await mustSucceed(join(environment, "bin/pip"), "install", "--quiet", `awscli==${pinned}`);
  await writeFile(complete, "");
  return command;
};
