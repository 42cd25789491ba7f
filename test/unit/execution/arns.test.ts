import { describe, expect, it } from "vitest";
import { arnOf, roleArnOf } from "#core/execution/arns.ts";

describe("an ARN", () => {
  const account = "123456789012";

  it.each([
    ["eu-west-1", "aws"],
    ["local", "aws"],
    ["cn-northwest-1", "aws-cn"],
    ["us-gov-east-1", "aws-us-gov"],
  ])("of %s begins with the part of AWS that it lies in, %s", (region, partition) => {
    expect(arnOf({ account, region }, "execution", "p:x")).toBe(
      `arn:${partition}:states:${region}:${account}:execution:p:x`,
    );
    expect(roleArnOf({ account, region })).toBe(`arn:${partition}:iam::${account}:role/holdfast`);
  });

  it("has an account and a region of nobody where the environment has none", () => {
    expect(arnOf(undefined, "activity", "copy")).toBe(
      "arn:aws:states:local:000000000000:activity:copy",
    );
    expect(roleArnOf()).toBe("arn:aws:iam::000000000000:role/holdfast");
  });
});
