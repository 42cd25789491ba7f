import { expect, test } from "vitest";
import { covers, type DrainScope } from "#engine/drain.ts";

const drain = (scope: DrainScope, name: string) => ({
  ...{ drainId: `${scope}:${name}`, scope, name, by: "ann", beganAtMs: 0 },
  onDeadline: "wait" as const,
});
const attempt = (resource: string) => ({ process: "p", resource, parameters: null });

test.each([
  ["holdfast:http:request", "http", true],
  ["holdfast:http:request", "aws", false],
  ["arn:aws:states:::sqs:sendMessage.waitForTaskToken", "aws", true],
  ["arn:aws:lambda:us-east-1:123456789012:function:f", "aws", true],
  ["arn:aws:states:::states:startExecution", "aws", false],
  ["arn:aws:states:us-east-1:123456789012:activity:a", "aws", false],
])("of %s the adapter %s: %s", (resource, name, isCovered) => {
  expect(covers(drain("adapter", name), attempt(resource), () => undefined)).toBe(isCovered);
});
