/** Calls of the AWS Step Functions protocol that are nearly right. */
import type { Random } from "../sim/random.ts";
import { jsonFor, mutated } from "./bad-values.ts";
import type { Schema, ServedDocument } from "./served-document.ts";

const operations = [
  "CreateStateMachine",
  "UpdateStateMachine",
  "DescribeStateMachine",
  "ListStateMachines",
  "DeleteStateMachine",
  "StartExecution",
  "StartSyncExecution",
  "StopExecution",
  "RedriveExecution",
  "DescribeExecution",
  "ListExecutions",
  "GetExecutionHistory",
  "DescribeStateMachineForExecution",
  "ListMapRuns",
  "DescribeMapRun",
  "UpdateMapRun",
  "CreateActivity",
  "DescribeActivity",
  "SendTaskSuccess",
  "SendTaskFailure",
  "SendTaskHeartbeat",
  "TestState",
  "ValidateStateMachineDefinition",
  "PublishStateMachineVersion",
  "CreateStateMachineAlias",
  "ListStateMachineAliases",
  "TagResource",
  "UntagResource",
  "ListTagsForResource",
  "Unheard",
];

const arn = "arn:aws:states:local:000000000000";
const text = (...examples: readonly string[]): Schema => ({ type: "string", enum: examples });
const definition = '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}';

/** Fields of all operations: one of them at least is wrong in any call. */
const fields: Schema = {
  type: "object",
  properties: {
    stateMachineArn: text(`${arn}:stateMachine:quick`, `${arn}:stateMachine:none`, "arn:aws", arn),
    executionArn: text(`${arn}:execution:quick:a`, `${arn}:execution:rest:`, "::::::::"),
    activityArn: text(`${arn}:activity:print`, `${arn}:activity:`),
    resourceArn: text(`${arn}:stateMachine:quick`, `${arn}:activity:print`),
    mapRunArn: text(`${arn}:mapRun:quick/Map:a`),
    name: text("made", "quick", "a b", ""),
    definition: text(definition, "{", "null", '{"StartAt":1}'),
    roleArn: text("arn:aws:iam::000000000000:role/any", ""),
    type: text("STANDARD", "EXPRESS", "OTHER"),
    input: text("{}", "[", '{"a":1}', "1e400"),
    output: text("{}", "["),
    taskToken: text("rest:b/0.1/5f0c3c1e", "x"),
    statusFilter: text("RUNNING", "running"),
    maxResults: { type: "integer", minimum: 0, maximum: 1000 },
    nextToken: text("", "x"),
    routingConfiguration: { type: "array", items: { type: "object" } },
    tags: { type: "array", items: { type: "object" } },
    tagKeys: { type: "array", items: { type: "string" } },
  },
};

/** A body, and the operation that it is sent to. */
export const badServiceCall = (document: ServedDocument, random: Random) => {
  const value = jsonFor(document, random, { badness: random.pick([0.02, 0.1, 0.3]) });
  const bytes = Buffer.from(value(fields));
  return {
    target: `AWSStepFunctions.${random.pick(operations)}`,
    body: random.chance(0.1) ? mutated(bytes, random) : bytes,
  };
};
