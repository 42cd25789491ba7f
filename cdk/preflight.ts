import {
  CloudFormationClient,
  DescribeStacksCommand,
  ListStacksCommand,
  type Stack,
} from "@aws-sdk/client-cloudformation";
import { ListScheduleGroupsCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { InvalidDeployment } from "./invalid-deployment.ts";
import type { Settings } from "./settings.ts";
import { stackNameOf } from "./stack-name.ts";

/** Where a deployment goes; `account` is what the CDK command found, if it found any. */
export interface Destination {
  readonly region: string;
  readonly account?: string;
}

/** The names of the stack's outputs that hold what is fixed at the first deployment. */
export const fixedOutputs = { shards: "Shards", homeRegion: "HomeRegion" } as const;

/** Two attempts: a deployer waits, and what fails twice is to be said. */
const client = (region: string) => ({ region, maxAttempts: 2 });

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "Error");
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : `${error}`);

/** Names of errors by which services and the SDK say that the credentials are of no use. */
const badCredentials: Readonly<Record<string, string>> = {
  ExpiredToken: "the AWS credentials have expired",
  ExpiredTokenException: "the AWS credentials have expired",
  RequestExpired: "the AWS credentials have expired",
  TokenProviderError: "the session of the AWS profile has expired",
  InvalidClientTokenId: "the AWS credentials are not known to AWS",
  UnrecognizedClientException: "the AWS credentials are not known to AWS",
  SignatureDoesNotMatch: "the secret access key does not fit the access key",
  CredentialsProviderError: "there are no AWS credentials",
};

const checkCredentials = async ({ region, account }: Destination): Promise<string> => {
  try {
    const identity = await new STSClient(client(region)).send(new GetCallerIdentityCommand({}));
    const found = identity.Account ?? "";
    if (account === undefined || account === found) return found;
    throw new InvalidDeployment(
      `the environment's variables lead to account ${found}, the CDK command to account ${account}`,
      { action: "Name the profile in the variable AWS_PROFILE instead of by --profile." },
    );
  } catch (error) {
    if (error instanceof InvalidDeployment) throw error;
    const what = badCredentials[nameOf(error)] ?? "AWS does not answer who is asking";
    throw new InvalidDeployment(`${what} (${nameOf(error)}: ${messageOf(error)})`, {
      action:
        "Sign in again (aws sso login, or new access keys) and repeat the command. To synthesise without an account: -c check=false.",
      cause: error,
    });
  }
};

const checkScheduler = async ({ region }: Destination): Promise<void> => {
  try {
    const scheduler = new SchedulerClient(client(region));
    await scheduler.send(new ListScheduleGroupsCommand({ MaxResults: 1 }));
  } catch (error) {
    if (nameOf(error) === "AccessDeniedException") {
      throw new InvalidDeployment(
        `EventBridge Scheduler in ${region} cannot be asked: ${messageOf(error)}`,
        {
          action: "Grant the deployer scheduler:ListScheduleGroups.",
          cause: error,
        },
      );
    }
    throw new InvalidDeployment(
      `EventBridge Scheduler, which Holdfast needs, cannot be reached in the region ${region} (${nameOf(error)}: ${messageOf(error)})`,
      {
        action:
          "Choose a region that has it, in the variable AWS_REGION; see the table of regions of EventBridge Scheduler.",
        cause: error,
      },
    );
  }
};

/** States of a stack from which CloudFormation can only make it anew: nothing was deployed. */
const isNothing = (status: string | undefined): boolean =>
  ["DELETE_COMPLETE", "ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"].includes(status ?? "");

const namesOfStacks = async (cloudFormation: CloudFormationClient): Promise<readonly string[]> => {
  const names: string[] = [];
  let next: string | undefined;
  do {
    const page = await cloudFormation.send(new ListStacksCommand({ NextToken: next }));
    const there = (page.StackSummaries ?? []).filter((stack) => !isNothing(stack.StackStatus));
    names.push(...there.map((stack) => stack.StackName ?? ""));
    next = page.NextToken;
  } while (next !== undefined);
  return names;
};

const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const checkNewName = (settings: Settings, there: string, where: string): void => {
  const name = stackNameOf(settings.environment);
  if (there !== name) {
    throw new InvalidDeployment(
      `${where} has the stack ${there}, whose name differs from ${name} in upper and lower case only`,
      { action: "Choose a name that people can tell apart: -c environment=NAME." },
    );
  }
  if (settings.isExisting) return;
  throw new InvalidDeployment(`the environment ${settings.environment} is in ${where} already`, {
    action:
      "Choose another name for a new environment: -c environment=NAME. To upgrade, compare or remove this one: -c existing=true.",
  });
};

const homeRegionOf = ({ homeRegion }: Settings, region: string): string =>
  homeRegion === "" ? region : homeRegion;

/** Throws where a stack has something that is fixed at the first deployment in another way; `say` tells so. */
const checkFixed = (
  { shards, homeRegion }: Pick<Settings, "shards" | "homeRegion">,
  stack: Stack | undefined,
  say: (name: string, fixed: string, wanted: string) => string,
): void => {
  const wanted = { shards: String(shards), homeRegion };
  for (const name of ["shards", "homeRegion"] as const) {
    const output = stack?.Outputs?.find(({ OutputKey }) => OutputKey === fixedOutputs[name]);
    const fixed = output?.OutputValue;
    if (fixed === undefined || fixed === wanted[name]) continue;
    throw new InvalidDeployment(say(name, fixed, wanted[name]), {
      action: `Repeat the command with -c ${name}=${fixed}.`,
    });
  }
};

/**
 * Where the environment was made in another region, what is fixed is what its stack there says. There may be none: the
 * environment of that region is gone, and lives on here.
 */
const checkHome = async (settings: Settings): Promise<void> => {
  const { environment, homeRegion } = settings;
  const command = new DescribeStacksCommand({ StackName: stackNameOf(environment) });
  try {
    const { Stacks } = await new CloudFormationClient(client(homeRegion)).send(command);
    checkFixed(
      settings,
      Stacks?.[0],
      (name, fixed, wanted) =>
        `the environment ${environment} in ${homeRegion} has the ${name} ${fixed}, not ${wanted}`,
    );
  } catch (error) {
    if (error instanceof InvalidDeployment) throw error;
    if (nameOf(error) === "ValidationError" && messageOf(error).includes("does not exist")) return;
    throw new InvalidDeployment(
      `CloudFormation in the home region ${homeRegion} cannot be asked (${nameOf(error)}: ${messageOf(error)})`,
      {
        action: "Name the region that the environment was made in: -c homeRegion=REGION.",
        cause: error,
      },
    );
  }
};

const checkStack = async (settings: Settings, { region, account }: Destination): Promise<void> => {
  const cloudFormation = new CloudFormationClient(client(region));
  const where = `account ${account}, region ${region}`;
  const name = stackNameOf(settings.environment);
  const names = await namesOfStacks(cloudFormation);
  const there =
    names.find((found) => found === name) ?? names.find((found) => sameName(found, name));
  if (there !== undefined) {
    checkNewName(settings, there, where);
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: name }));
    checkFixed(
      { ...settings, homeRegion: homeRegionOf(settings, region) },
      Stacks?.[0],
      (fixedName, fixed, wanted) =>
        `the environment was made with ${fixedName} ${fixed}, which cannot be changed to ${wanted}`,
    );
    return;
  }
  if (!settings.isExisting) {
    if (homeRegionOf(settings, region) !== region) await checkHome(settings);
    return;
  }
  throw new InvalidDeployment(`there is no environment ${settings.environment} in ${where}`, {
    action: "Check account, region and name. To make a new environment: -c existing=false.",
  });
};

/**
 * Asks the account what would make the deployment fail or harm what is there, and throws an
 * {@link InvalidDeployment} before anything is made. Reads only.
 */
export const preflight = async (settings: Settings, destination: Destination): Promise<void> => {
  const account = await checkCredentials(destination);
  await checkScheduler(destination);
  await checkStack(settings, { ...destination, account });
};
