import { Queue } from "aws-cdk-lib/aws-sqs";
import { describe, expect, it } from "vitest";
import { appWith, synthesise } from "./synthesise.ts";

describe("the rules of AwsSolutions", () => {
  it.each(["production", "development"])(
    "are met or acknowledged in a %s environment",
    (profile) => {
      expect(() => synthesise({ profile, alarmsTo: "on-call@example.org" })).not.toThrow();
    },
  );

  it("would stop a stack that broke one", () => {
    const { app, stack } = appWith();
    new Queue(stack, "Open");
    expect(() => app.synth()).toThrow("AwsSolutions-SQS3");
  });
});
