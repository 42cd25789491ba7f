/** The AWS SDK and the AWS CLI, as they are, on a deployed environment: signed calls of the Step Functions protocol. */
import {
  CreateActivityCommand,
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetActivityTaskCommand,
  GetExecutionHistoryCommand,
  paginateListExecutions,
  SendTaskSuccessCommand,
  type SFNClient,
  SFNServiceException,
  StartExecutionCommand,
  StartSyncExecutionCommand,
  TestStateCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { awsCommand } from "../e2e/step-functions/aws-command.ts";
import { serviceEvent, valueIn } from "../e2e/step-functions/driver.ts";
import { awsStepFunctions } from "../e2e/step-functions/drivers.ts";
import { accountId } from "./aws-call.ts";
import { region } from "./cdk-command.ts";
import {
  awsKey,
  type DeployedEnvironment,
  environmentNamed,
  type SigningKey,
  sfnClient,
  until,
} from "./environment.ts";
import { testbed } from "./testbed.ts";

const roleArn = `arn:aws:iam::${accountId}:role/any`;
const arn = (kind: string, name: string): string =>
  `arn:aws:states:${region}:${accountId}:${kind}:${name}`;

let first: DeployedEnvironment;
let key: SigningKey;
let sdk: SFNClient;
const clients: SFNClient[] = [];

const clientOf = (of: SigningKey): SFNClient => {
  const client = sfnClient(first, of);
  clients.push(client);
  return client;
};

const definition = {
  QueryLanguage: "JSONata",
  StartAt: "Rest",
  States: {
    Rest: { Type: "Wait", Seconds: 1, Next: "Name" },
    Name: {
      Type: "Pass",
      Output: {
        execution: "{% $states.context.Execution.Id %}",
        process: "{% $states.context.StateMachine.Id %}",
        sum: "{% $sum($states.input.numbers) %}",
      },
      End: true,
    },
  },
};

const create = async (name: string, states: object, type: "STANDARD" | "EXPRESS" = "STANDARD") => {
  const given = { name, roleArn, type, definition: JSON.stringify(states) };
  return (await sdk.send(new CreateStateMachineCommand(given))).stateMachineArn;
};

const ended = (executionArn: string) =>
  until(
    () => sdk.send(new DescribeExecutionCommand({ executionArn })),
    ({ status }) => status !== "RUNNING",
  );

const refusal = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "none",
    (error: unknown) => {
      if (error instanceof SFNServiceException) return error.name;
      throw error;
    },
  );

beforeAll(async () => {
  first = await environmentNamed("First");
  key = await awsKey(first, "protocol");
  sdk = clientOf(key);
});

afterAll(() => {
  for (const client of clients) client.destroy();
});

describe("ARNs", () => {
  it("have the account and the region of the deployment, whoever gives them", async () => {
    expect(await create("named", definition)).toBe(arn("stateMachine", "named"));
    const { executionArn = "" } = await sdk.send(
      new StartExecutionCommand({
        stateMachineArn: arn("stateMachine", "named"),
        name: "one",
        input: '{"numbers":[1,2.5]}',
      }),
    );
    expect(executionArn).toBe(arn("execution", "named:one"));
    // What executions see is told by the turn function, behind a timer of the queue.
    expect(valueIn((await ended(executionArn)).output)).toEqual({
      execution: executionArn,
      process: arn("stateMachine", "named"),
      sum: 3.5,
    });
  });

  it("of another region or account are refused", async () => {
    for (const [own, other] of [
      [region, "eu-west-2"],
      [region, "local"],
      [accountId, "000000000000"],
    ] as const) {
      const executionArn = arn("execution", "named:one").replace(own, other);
      expect(await refusal(sdk.send(new DescribeExecutionCommand({ executionArn })))).toBe(
        "InvalidArn",
      );
    }
  });
});

describe("the AWS SDK for JavaScript", () => {
  it("starts synchronously and is answered with the output", async () => {
    const stateMachineArn = await create("quick", definition, "EXPRESS");
    const answered = await sdk.send(
      new StartSyncExecutionCommand({ stateMachineArn, name: "now", input: '{"numbers":[4]}' }),
    );
    expect(answered).toMatchObject({ status: "SUCCEEDED", stateMachineArn, name: "now" });
    expect(valueIn(answered.output)).toMatchObject({ sum: 4, execution: answered.executionArn });
    const broken = {
      StartAt: "No",
      States: { No: { Type: "Fail", Error: "No", Cause: "Never." } },
    };
    const failed = await sdk.send(
      new StartSyncExecutionCommand({ stateMachineArn: await create("broken", broken, "EXPRESS") }),
    );
    expect(failed).toMatchObject({ status: "FAILED", error: "No", cause: "Never." });
  });

  it("works on activities", async () => {
    const { activityArn } = await sdk.send(new CreateActivityCommand({ name: "pack" }));
    expect(activityArn).toBe(arn("activity", "pack"));
    const states = { Pack: { Type: "Task", Resource: activityArn, End: true } };
    const stateMachineArn = await create("packing", { StartAt: "Pack", States: states });
    const { executionArn = "" } = await sdk.send(
      new StartExecutionCommand({ stateMachineArn, input: '{"box":7}' }),
    );
    const { taskToken, input } = await sdk.send(
      new GetActivityTaskCommand({ activityArn, workerName: "hand" }),
    );
    expect(valueIn(input)).toEqual({ box: 7 });
    await sdk.send(new SendTaskSuccessCommand({ taskToken, output: '"packed"' }));
    expect(await ended(executionArn)).toMatchObject({ status: "SUCCEEDED", output: '"packed"' });
  });

  it("tries a state", async () => {
    const tried = await sdk.send(
      new TestStateCommand({
        definition: '{"Type":"Pass","Parameters":{"b.$":"$.a"},"Next":"X"}',
        input: '{"a":1}',
      }),
    );
    expect(tried).toMatchObject({ status: "SUCCEEDED", output: '{"b":1}', nextState: "X" });
  });

  it("is refused by the names that the service has for it", async () => {
    const describeOne = new DescribeExecutionCommand({
      executionArn: arn("execution", "named:one"),
    });
    const wrong = clientOf({ ...key, secret: "x".repeat(40) });
    expect(await refusal(wrong.send(describeOne))).toBe("UnrecognizedClientException");
    const stranger = clientOf({ ...key, keyId: `HF${"A".repeat(18)}` });
    expect(await refusal(stranger.send(describeOne))).toBe("UnrecognizedClientException");
    const grants = [{ role: "Auditor", scope: { kind: "all" } }];
    const reader = clientOf(
      await first.api("/v1/access-keys", { name: "reader", isForAws: true, grants }),
    );
    expect(await refusal(reader.send(describeOne))).toBe("none");
    const start = new StartExecutionCommand({ stateMachineArn: arn("stateMachine", "named") });
    expect(await refusal(reader.send(start))).toBe("AccessDeniedException");
    const executionArn = arn("execution", "named:nobody");
    expect(await refusal(sdk.send(new DescribeExecutionCommand({ executionArn })))).toBe(
      "ExecutionDoesNotExist",
    );
  });
});

describe("the AWS CLI", () => {
  it("does and sees what the SDK does and sees", async () => {
    const call = awsStepFunctions(await awsCommand(), first.url, key);
    // Nobody resolves the emulator's names of APIs; as a proxy it is asked for them all the same.
    const proxy = testbed().endpoint;
    const env = {
      AWS_DEFAULT_REGION: region,
      ...{ HTTP_PROXY: proxy, http_proxy: proxy, NO_PROXY: "", no_proxy: "" },
    };
    const aws = (operation: string, options: Readonly<Record<string, string>>) =>
      call(operation, options, env);
    const made = await aws("create-state-machine", {
      name: "by-cli",
      "role-arn": roleArn,
      definition: JSON.stringify(definition),
    });
    expect(made.stateMachineArn).toBe(arn("stateMachine", "by-cli"));
    for (const name of ["a", "b", "c"])
      await aws("start-execution", {
        "state-machine-arn": made.stateMachineArn,
        name,
        input: '{"numbers":[1,2,3]}',
      });
    const executionArn = arn("execution", "by-cli:a");
    const shown = await ended(executionArn);
    const described = await aws("describe-execution", { "execution-arn": executionArn });
    expect(described).toMatchObject({ status: "SUCCEEDED", output: shown.output, name: "a" });
    const { events } = await aws("get-execution-history", { "execution-arn": executionArn });
    const history = await sdk.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events.map((event: object) => serviceEvent(event, 0))).toEqual(
      history.events?.map((event) => serviceEvent(event, 0)),
    );
    const listed = await aws("list-executions", {
      "state-machine-arn": made.stateMachineArn,
      "page-size": "2",
    });
    const names: (string | undefined)[] = [];
    for await (const { executions = [] } of paginateListExecutions(
      { client: sdk, pageSize: 2 },
      { stateMachineArn: made.stateMachineArn },
    ))
      names.push(...executions.map(({ name }) => name));
    expect(names).toEqual(["c", "b", "a"]);
    expect(listed.executions.map(({ name }: { name: string }) => name)).toEqual(names);
    const unknown = aws("describe-execution", { "execution-arn": arn("execution", "by-cli:x") });
    await expect(unknown).rejects.toThrow("ExecutionDoesNotExist");
  });
});
