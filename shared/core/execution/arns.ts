import { digest } from "../expressions/digest.ts";
import type { Identity, ProcessType } from "./program.ts";
import type { ExecutionState } from "./state.ts";

/** Of an environment that has none of its own. */
export const defaultIdentity: Identity = { account: "000000000000", region: "local" };

/** The part of AWS that a region belongs to, of which other parts know nothing. */
const partitionOf = (region: string): string => {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
};

/** ARN of a thing of an environment, in the form that Step Functions has for it. */
export const arnOf = (
  { account, region }: Identity = defaultIdentity,
  kind: string,
  name: string,
): string => `arn:${partitionOf(region)}:states:${region}:${account}:${kind}:${name}`;

/** The role that executions have: none is needed, but Step Functions has one. */
export const roleArnOf = ({ account, region }: Identity = defaultIdentity): string =>
  `arn:${partitionOf(region)}:iam::${account}:role/holdfast`;

/** An EXPRESS execution of the service may share its name with others; its ARN ends with what tells them apart. */
export const executionArnOf = (
  { identity, type }: { readonly identity?: Identity; readonly type?: ProcessType },
  { process, name, startedAtMs }: Pick<ExecutionState, "process" | "name" | "startedAtMs">,
): string => {
  if (type !== "EXPRESS") return arnOf(identity, "execution", `${process}:${name}`);
  const hash = digest(`${process}:${name}:${startedAtMs}`, "SHA-256") ?? "";
  const uuid = hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
  return arnOf(identity, "express", `${process}:${name}:${uuid}`);
};
