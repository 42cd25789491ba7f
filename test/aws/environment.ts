/** A deployed environment, as its users and its operators reach it. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Agent as HttpAgent } from "node:http";
import type { LookupFunction } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CloudFormationClient, ListStackResourcesCommand } from "@aws-sdk/client-cloudformation";
import {
  CreateAliasCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  ListAliasesCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SFNClient } from "@aws-sdk/client-sfn";
import { Agent, fetch } from "undici";
import { sign } from "../contract/sign-request.ts";
import { cdk, type Ended, region } from "./cdk-command.ts";
import { activityPolicyArn, clerkArn } from "./granted.ts";
import { type Testbed, testbed } from "./testbed.ts";

/** For SDK clients of the tests themselves: their calls belong to no function. */
export const clientConfig = () => ({
  region,
  endpoint: testbed().endpoint,
  credentials: { accessKeyId: "tester", secretAccessKey: "test" },
});

/** The emulator's APIs have host names that no name server knows. */
const lookup: LookupFunction = (_host, _options, callback) =>
  callback(null, [{ address: "127.0.0.1", family: 4 }]);

const dispatcher = new Agent({
  connect: { lookup },
  headersTimeout: 60_000,
});

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of the API are looked at field by field
  readonly body: any;
  readonly text: string;
}

export interface SigningKey {
  readonly keyId: string;
  readonly secret: string;
}

export interface DeployedEnvironment {
  readonly name: string;
  readonly stackName: string;
  readonly url: string;
  readonly token: string;
  /** Physical ids by logical id. */
  readonly resources: ReadonlyMap<string, string>;
  /** The physical id of the one resource with such a logical id. */
  readonly resource: (logicalId: RegExp) => string;
  readonly call: (path: string, body?: unknown) => Promise<Answer>;
  readonly api: (path: string, body?: unknown) => Promise<Answer["body"]>;
  readonly remove: (path: string) => Promise<Answer>;
  /** The same API with another token. */
  readonly with: (token: string) => Pick<DeployedEnvironment, "call">;
  /** The same API, called as AWS clients do that have such a key. */
  readonly signedBy: (key: SigningKey) => Pick<DeployedEnvironment, "call">;
  /** The memory in MiB of the version that an alias leads to. */
  readonly liveMemory: (logicalId: RegExp) => Promise<number>;
}

const outdirOf = ({ directory }: Testbed, name: string): string =>
  join(directory, `cdk.out-${name}`);

/** The template that was deployed. */
export const templateOf = (
  name: string,
): { readonly Resources: Readonly<Record<string, unknown>> } =>
  JSON.parse(
    readFileSync(join(outdirOf(testbed(), name), `Holdfast-${name}.template.json`), "utf8"),
  );

interface AlarmProperties {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
}

/** The alarms in the template that was deployed. */
export const alarmsOf = (name: string): readonly AlarmProperties[] =>
  Object.values(templateOf(name).Resources)
    .map((each) => each as { readonly Type: string; readonly Properties: AlarmProperties })
    .filter(({ Type }) => Type === "AWS::CloudWatch::Alarm")
    .map(({ Properties }) => Properties);

const context = (values: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(values).flatMap(([name, value]) => ["--context", `${name}=${value}`]);

/** Runs `cdk deploy` for an environment, of the profile for development unless `values` say otherwise. Activities may call AWS in First. */
export const deploy = async (
  name: string,
  values: Readonly<Record<string, string>> = {},
): Promise<Ended> => {
  const ended = await cdk(
    [
      "deploy",
      ...context({
        environment: name,
        profile: "development",
        ...(name === "First" && {
          activityPolicies: activityPolicyArn,
          activityRoles: clerkArn,
        }),
        ...values,
      }),
      "--require-approval",
      "never",
      "--outputs-file",
      join(testbed().directory, `${name}.outputs.json`),
    ],
    { endpoint: testbed().endpoint, outdir: outdirOf(testbed(), name) },
  );
  if (ended.code === 0) await putAliasesBack(`Holdfast-${name}`);
  return ended;
};

const resourcesOf = async (stackName: string): Promise<ReadonlyMap<string, string>> => {
  const client = new CloudFormationClient(clientConfig());
  const { StackResourceSummaries: found = [] } = await client.send(
    new ListStackResourcesCommand({ StackName: stackName }),
  );
  return new Map(
    found.map((each) => [each.LogicalResourceId ?? "", each.PhysicalResourceId ?? ""]),
  );
};

/**
 * What CloudFormation does and the emulator does not: there a function that an update changes is made anew,
 * without its aliases, and its versions are counted from 1 again.
 */
const putAliasesBack = async (stackName: string): Promise<void> => {
  const client = new LambdaClient(clientConfig());
  for (const [logicalId, arn] of await resourcesOf(stackName)) {
    if (!/Live[0-9A-F]{8}$/.test(logicalId)) continue;
    const [Name = "", FunctionName] = arn.split(":").reverse();
    const { Aliases = [] } = await client.send(new ListAliasesCommand({ FunctionName }));
    if (Aliases.length > 0) continue;
    await client.send(new CreateAliasCommand({ FunctionName, Name, FunctionVersion: "1" }));
  }
};

/** Follows the output that says how to read the token. */
const tokenBy = async (command: string): Promise<string> => {
  const SecretId = /--secret-id (\S+)/.exec(command)?.[1];
  const client = new SecretsManagerClient(clientConfig());
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
  return SecretString ?? "";
};

type Headers = Readonly<Record<string, string>>;

interface UnsignedRequest {
  readonly url: string;
  readonly method: string;
  readonly body?: string;
}

const json: Headers = { "content-type": "application/json" };

/** Signs as AWS clients do. */
const signing =
  (key: SigningKey) =>
  ({ url, ...request }: UnsignedRequest): Headers => {
    const { host, pathname: path } = new URL(url);
    return { ...json, ...sign(key, host, { ...request, path }) };
  };

/** Reaches an environment that was deployed, by what the deployment put out. */
export const environmentNamed = async (name: string): Promise<DeployedEnvironment> => {
  const stackName = `Holdfast-${name}`;
  const outputs = JSON.parse(
    readFileSync(join(testbed().directory, `${name}.outputs.json`), "utf8"),
  )[stackName] as Readonly<Record<string, string>>;
  const url = outputs["ApiUrl"] ?? "";
  const token = await tokenBy(outputs["TokenCommand"] ?? "");
  const resources = await resourcesOf(stackName);
  const resourceNamed = (logicalId: RegExp): string => {
    const found = [...resources].filter(([id]) => logicalId.test(id));
    const [only] = found;
    if (only === undefined || found.length > 1)
      throw new Error(`${stackName} has ${found.length} resources ${logicalId}`);
    return only[1];
  };
  const callerWith =
    (headersOf: (request: UnsignedRequest) => Headers) =>
    async (
      path: string,
      body?: unknown,
      method = body === undefined ? "GET" : "POST",
    ): Promise<Answer> => {
      const sent = { method, ...(body !== undefined && { body: JSON.stringify(body) }) };
      const headers = headersOf({ url: url + path, ...sent });
      const response = await fetch(url + path, { dispatcher, headers, ...sent });
      const text = await response.text();
      try {
        return { status: response.status, body: JSON.parse(text), text };
      } catch {
        return { status: response.status, body: text, text };
      }
    };
  const caller = (bearer: string) =>
    callerWith(() => ({ ...json, authorization: `Bearer ${bearer}` }));
  const call = caller(token);
  return {
    name,
    stackName,
    url,
    token,
    resources,
    resource: resourceNamed,
    call,
    api: async (path, body) => (await call(path, body)).body,
    remove: (path) => call(path, undefined, "DELETE"),
    with: (bearer) => ({ call: caller(bearer) }),
    signedBy: (key) => ({ call: callerWith(signing(key)) }),
    liveMemory: async (logicalId) => {
      const FunctionName = resourceNamed(logicalId);
      const client = new LambdaClient(clientConfig());
      const found = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
      return found.MemorySize ?? 0;
    },
  };
};

/** The AWS SDK for Step Functions on a deployed environment, signing with one of its keys. */
export const sfnClient = ({ url }: DeployedEnvironment, key: SigningKey): SFNClient =>
  new SFNClient({
    endpoint: url,
    region,
    credentials: { accessKeyId: key.keyId, secretAccessKey: key.secret },
    disableHostPrefix: true,
    requestHandler: { httpAgent: new HttpAgent({ lookup, keepAlive: true, maxSockets: 20 }) },
  });

/** A key of an administrator for AWS clients. */
export const awsKey = async (environment: DeployedEnvironment, name: string): Promise<SigningKey> =>
  environment.api("/v1/access-keys", {
    name,
    isForAws: true,
    grants: [{ role: "Administrator", scope: { kind: "all" } }],
  });

/** What a function wrote into its log. */
export const logLines = async (
  environment: DeployedEnvironment,
  logicalId: RegExp,
): Promise<readonly string[]> => {
  const credential = `tester/20260101/${region}/logs/aws4_request`;
  const response = await fetch(testbed().endpoint, {
    method: "POST",
    headers: {
      // The emulator looks at the service in it, and at no signature.
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`,
      "x-amz-target": "Logs_20140328.FilterLogEvents",
      "content-type": "application/x-amz-json-1.1",
    },
    body: JSON.stringify({ logGroupName: environment.resource(logicalId) }),
  });
  const { events } = (await response.json()) as { events: readonly { message: string }[] };
  return events.map(({ message }) => message);
};

/** Lets a queue call its function, or not: then its items lie where they are. */
export const setTrigger = async (
  environment: DeployedEnvironment,
  unit: string,
  isEnabled: boolean,
): Promise<void> => {
  const client = new LambdaClient(clientConfig());
  const UUID = environment.resource(new RegExp(`^${unit}Trigger[0-9A-F]{8}$`));
  await client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: isEnabled }));
};

/** Tries every 250 ms for as long as the test may take; the last failure is the test's. */
export const until = async <T>(
  look: () => Promise<T>,
  isIt: (found: T) => boolean,
  limitMs = 120_000,
): Promise<T> => {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (isIt(found)) return found;
    if (performance.now() > endMs) {
      throw new Error(
        `not within ${limitMs} ms; at last: ${JSON.stringify(found).slice(0, 2_000)}`,
      );
    }
    await sleep(250);
  }
};

/** Process ids of the workers that run a function in the emulator. */
export const workersOf = (functionName: string): readonly number[] =>
  execFileSync("ps", ["-axww", "-o", "pid=,command="], { encoding: "utf8" })
    .split("\n")
    .filter(
      (line) => line.includes(`ministack-lambda-${functionName}-`) && line.includes("_worker"),
    )
    .filter((line) => line.includes(testbed().directory))
    .map((line) => Number.parseInt(line, 10));
