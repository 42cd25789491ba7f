import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { describe, expect, test } from "vitest";
import type { Grant } from "#access/permissions.ts";
import { accessEnvironment, administratorToken } from "./access-environment.ts";
import { type AwsKey, sfnClient } from "./step-functions-client.ts";

const roleArn = "arn:aws:iam::000000000000:role/any";
const everything: Grant = { role: "Administrator", scope: { kind: "all" } };

const environment = async () => {
  const made = await accessEnvironment(undefined);
  const keyFor = async (name: string, ...grants: readonly Grant[]): Promise<AwsKey> => {
    const body = { name, isForAws: true, grants };
    const path = "/v1/access-keys";
    const created = await made.call(administratorToken, { method: "POST", path, body });
    return created.body as AwsKey;
  };
  const key = await keyFor("aws", everything);
  return { ...made, key, keyFor, client: sfnClient(made.url, key) };
};

const text = (definition: object): string => JSON.stringify(definition);

const double = text({
  QueryLanguage: "JSONata",
  StartAt: "Double",
  States: { Double: { Type: "Pass", Output: { n: "{% $states.input.n * 2 %}" }, End: true } },
});

describe("a state machine of the protocol", () => {
  test("is a process: it is created, started, described, and its history is read", async () => {
    const { client, call } = await environment();
    const created = await client.send(
      new CreateStateMachineCommand({ name: "double", definition: double, roleArn }),
    );
    expect(created.stateMachineArn).toBe("arn:aws:states:local:000000000000:stateMachine:double");
    const { stateMachineArn } = created;
    const described = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(described).toMatchObject({
      name: "double",
      definition: double,
      roleArn,
      type: "STANDARD",
      status: "ACTIVE",
      creationDate: created.creationDate,
    });
    const started = await client.send(
      new StartExecutionCommand({ stateMachineArn, name: "one", input: '{"n":21}' }),
    );
    const { executionArn } = started;
    expect(executionArn).toBe("arn:aws:states:local:000000000000:execution:double:one");
    await call(administratorToken, { method: "GET", path: "/v1/executions/double:one" });
    await expect
      .poll(async () => (await client.send(new DescribeExecutionCommand({ executionArn }))).status)
      .toBe("SUCCEEDED");
    expect(await client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
      executionArn,
      stateMachineArn,
      name: "one",
      input: '{"n":21}',
      output: '{"n":42}',
      startDate: started.startDate,
      redriveCount: 0,
      redriveStatus: "NOT_REDRIVABLE",
    });
    const { events } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events?.map(({ id, type }) => [id, type])).toEqual([
      [1, "ExecutionStarted"],
      [2, "PassStateEntered"],
      [3, "PassStateExited"],
      [4, "ExecutionSucceeded"],
    ]);
    expect(events?.[0]?.executionStartedEventDetails).toEqual({
      input: '{"n":21}',
      inputDetails: { truncated: false },
      roleArn,
    });
    expect(events?.[2]?.stateExitedEventDetails).toMatchObject({
      name: "Double",
      output: '{"n":42}',
    });
    const listed = await client.send(new ListExecutionsCommand({ stateMachineArn }));
    expect(listed.executions?.map(({ name, status }) => [name, status])).toEqual([
      ["one", "SUCCEEDED"],
    ]);
    const machines = await client.send(new ListStateMachinesCommand({}));
    expect(machines.stateMachines?.map(({ name }) => name)).toEqual(["double"]);
  });
});
