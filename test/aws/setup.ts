/** Runs before the test files: bootstraps the account, and deploys the environment First that they share. */
import { accountId } from "./aws-call.ts";
import { cdk, region } from "./cdk-command.ts";
import { deploy } from "./environment.ts";
import { grantActivities } from "./granted.ts";
import { testbed } from "./testbed.ts";

export const setup = async (): Promise<void> => {
  const { endpoint, directory } = testbed();
  const where = { endpoint, outdir: `${directory}/cdk.out-bootstrap` };
  const bootstrapped = await cdk(["bootstrap", `aws://${accountId}/${region}`], where);
  if (bootstrapped.code !== 0) throw new Error(bootstrapped.output);
  await grantActivities();
  const deployed = await deploy("First");
  if (deployed.code !== 0) throw new Error(deployed.output);
};
