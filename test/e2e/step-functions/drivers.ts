import * as sfn from "@aws-sdk/client-sfn";
import { execute } from "../holdfast-command.ts";
import { type Driver, executionArn, machineArn, roleArn, serviceEvent, valueIn } from "./driver.ts";

export interface AwsKey {
  readonly keyId: string;
  readonly secret: string;
}

/** The names that the errors of the REST API have in the protocol. */
const sameErrors: Readonly<Record<string, string>> = {
  "execution-not-found": "ExecutionDoesNotExist",
  "execution-name-taken": "ExecutionAlreadyExists",
  "execution-not-redrivable": "ExecutionNotRedrivable",
  "process-not-found": "StateMachineDoesNotExist",
};

class Refused extends Error {}

const refusal = async (call: () => Promise<unknown>): Promise<string> => {
  try {
    await call();
    return "none";
  } catch (error) {
    if (error instanceof Refused) return error.message;
    if (error instanceof sfn.SFNServiceException) return error.name;
    throw error;
  }
};

const msOf = (instant: string | undefined): number | undefined =>
  instant === undefined ? undefined : Date.parse(instant);

/** `/v1`, with a bearer token. */
export const restDriver = (url: string, token: string): Driver => {
  const call = async (path: string, body?: unknown) => {
    const response = await fetch(`${url}/v1/${path}`, {
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: answers of the API are looked at field by field
    const answer = (await response.json()) as any;
    if (!response.ok) throw new Refused(sameErrors[answer.code] ?? answer.code);
    return answer;
  };
  return {
    title: "the REST API",
    create: async (process, definition) => {
      const document = JSON.stringify({ kind: "Process", name: process, definition });
      await call("processes", { document });
    },
    start: (process, name, input) => call("executions", { process, name, input }),
    describe: async (process, name) => {
      const shown = await call(`executions/${process}:${name}`);
      return {
        name: shown.name,
        status: shown.status,
        startedAtMs: Date.parse(shown.startedAt),
        stoppedAtMs: msOf(shown.stoppedAt),
        input: shown.input,
        output: shown.output,
        error: shown.error,
        cause: shown.cause,
        redriveCount: shown.redriveCount ?? 0,
      };
    },
    history: async (process, name) => {
      const { events } = await call(`executions/${process}:${name}/history?limit=1000`);
      return events.map(
        (
          event: { id: number; previousEventId: number; type: string; timestamp: string } & {
            details: Record<string, string>;
          },
        ) => ({
          id: event.id,
          previousEventId: event.previousEventId,
          type: event.type,
          atMs: Date.parse(event.timestamp),
          name: event.details["name"],
          input: event.details["input"],
          output: event.details["output"],
          error: event.details["error"],
          cause: event.details["cause"],
        }),
      );
    },
    stop: (process, name, reason) => call(`executions/${process}:${name}/stop`, reason),
    redrive: (process, name) => call(`executions/${process}:${name}/redrive`, {}),
    list: async (process, pageSize) => {
      const names: string[] = [];
      for (let after = ""; ; ) {
        const page = await call(`executions?process=${process}&limit=${pageSize}${after}`);
        names.push(...page.executions.map(({ name }: { name: string }) => name));
        if (page.next === undefined) return names;
        after = `&after=${page.next}`;
      }
    },
    refusal,
  };
};

/** The AWS SDK for JavaScript. */
export const sdkDriver = (url: string, { keyId, secret }: AwsKey): Driver => {
  const client = new sfn.SFNClient({
    endpoint: url,
    region: "local",
    credentials: { accessKeyId: keyId, secretAccessKey: secret },
    disableHostPrefix: true,
  });
  return {
    title: "the AWS SDK for JavaScript",
    create: async (name, definition) => {
      const given = { name, roleArn, definition: JSON.stringify(definition) };
      await client.send(new sfn.CreateStateMachineCommand(given));
    },
    start: async (process, name, input) => {
      const given = { stateMachineArn: machineArn(process), name, input: JSON.stringify(input) };
      await client.send(new sfn.StartExecutionCommand(given));
    },
    describe: async (process, name) => {
      const given = { executionArn: executionArn(process, name) };
      const shown = await client.send(new sfn.DescribeExecutionCommand(given));
      return {
        name: shown.name ?? "",
        status: shown.status ?? "",
        startedAtMs: shown.startDate?.getTime() ?? 0,
        stoppedAtMs: shown.stopDate?.getTime(),
        input: valueIn(shown.input),
        output: valueIn(shown.output),
        error: shown.error,
        cause: shown.cause,
        redriveCount: shown.redriveCount ?? 0,
      };
    },
    history: async (process, name) => {
      const given = { executionArn: executionArn(process, name) };
      const found = [];
      for await (const { events = [] } of sfn.paginateGetExecutionHistory({ client }, given))
        found.push(...events.map((event) => serviceEvent(event, event.timestamp?.getTime() ?? 0)));
      return found;
    },
    stop: async (process, name, reason) => {
      const given = { executionArn: executionArn(process, name), ...reason };
      await client.send(new sfn.StopExecutionCommand(given));
    },
    redrive: async (process, name) => {
      const given = { executionArn: executionArn(process, name) };
      await client.send(new sfn.RedriveExecutionCommand(given));
    },
    list: async (process, pageSize) => {
      const names: string[] = [];
      const given = { stateMachineArn: machineArn(process) };
      for await (const { executions = [] } of sfn.paginateListExecutions(
        { client, pageSize },
        given,
      ))
        names.push(...executions.map(({ name }) => name ?? ""));
      return names;
    },
    refusal,
  };
};

/** `aws stepfunctions`, with its options as arguments. */
export const awsStepFunctions =
  (aws: string, url: string, { keyId, secret }: AwsKey) =>
  async (operation: string, options: Readonly<Record<string, string>>, env = {}) => {
    const given = Object.entries({ ...options, "endpoint-url": url, output: "json" });
    const { code, stdout, stderr } = await execute(
      aws,
      ["stepfunctions", operation, ...given.flatMap(([name, value]) => [`--${name}`, value])],
      {
        env: {
          AWS_ACCESS_KEY_ID: keyId,
          AWS_SECRET_ACCESS_KEY: secret,
          AWS_DEFAULT_REGION: "local",
          AWS_PAGER: "",
          AWS_MAX_ATTEMPTS: "1",
          // Nothing of whoever runs the tests.
          AWS_CONFIG_FILE: "/dev/null",
          AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
          NO_PROXY: "127.0.0.1",
          ...env,
        },
      },
    ).ended;
    const [, name] = /An error occurred \((\w+)\)/.exec(stderr) ?? [];
    if (name !== undefined) throw new Refused(name);
    if (code !== 0) throw new Error(`aws stepfunctions ${operation} ended with ${code}: ${stderr}`);
    return stdout.trim() === "" ? {} : JSON.parse(stdout);
  };

/** Version 1 of the AWS CLI shows instants as they are sent, version 2 in ISO 8601. */
const cliMs = (instant: number | string | undefined): number | undefined => {
  if (instant === undefined) return undefined;
  return typeof instant === "number" ? Math.round(instant * 1000) : Date.parse(instant);
};

/** The AWS CLI. */
export const cliDriver = (aws: string, url: string, key: AwsKey): Driver => {
  const call = awsStepFunctions(aws, url, key);
  return {
    title: "the AWS CLI",
    create: (name, definition) =>
      call("create-state-machine", {
        name,
        "role-arn": roleArn,
        definition: JSON.stringify(definition),
      }),
    start: (process, name, input) =>
      call("start-execution", {
        "state-machine-arn": machineArn(process),
        name,
        input: JSON.stringify(input),
      }),
    describe: async (process, name) => {
      const shown = await call("describe-execution", {
        "execution-arn": executionArn(process, name),
      });
      return {
        name: shown.name,
        status: shown.status,
        startedAtMs: cliMs(shown.startDate) ?? 0,
        stoppedAtMs: cliMs(shown.stopDate),
        input: valueIn(shown.input),
        output: valueIn(shown.output),
        error: shown.error,
        cause: shown.cause,
        redriveCount: shown.redriveCount,
      };
    },
    history: async (process, name) => {
      const { events } = await call("get-execution-history", {
        "execution-arn": executionArn(process, name),
      });
      return events.map((event: { id: number; timestamp: number | string }) =>
        serviceEvent(event, cliMs(event.timestamp) ?? 0),
      );
    },
    stop: (process, name, reason) =>
      call("stop-execution", { "execution-arn": executionArn(process, name), ...reason }),
    redrive: (process, name) =>
      call("redrive-execution", { "execution-arn": executionArn(process, name) }),
    list: async (process, pageSize) => {
      const { executions } = await call("list-executions", {
        "state-machine-arn": machineArn(process),
        "page-size": String(pageSize),
      });
      return executions.map(({ name }: { name: string }) => name);
    },
    refusal,
  };
};
