/** Recorded cases on the deployed functions: the same results and histories as on the real service and on one machine (G12). */
import { writeFileSync } from "node:fs";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  CreateStateMachineCommand,
  type SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Json, parseJson, printJson } from "#core/json.ts";
import { levels, type Replayed } from "../conformance/case.ts";
import { compareReplayed, flattened } from "../conformance/compare-replayed.ts";
import { inputOf } from "../conformance/replay-case.ts";
import { region } from "./cdk-command.ts";
import {
  awsKey,
  clientConfig,
  type DeployedEnvironment,
  environmentNamed,
  sfnClient,
  until,
} from "./environment.ts";
import { type RecordedFunctions, startRecordedFunctions } from "./recorded-functions.ts";
import { type DeployedCase, definitionText, recordedSample } from "./recorded-sample.ts";
import { testbed } from "./testbed.ts";

const { cases, leftOut } = await recordedSample();

let first: DeployedEnvironment;
let client: SFNClient;
let functions: RecordedFunctions;

/** The names that the recordings have, and those that they have here. */
const namesHere = (index: number): readonly (readonly [recorded: string, here: string])[] => [
  ["us-east-1", region],
  ["bucket-0", `recorded-${index}`],
];

const toHere = (text: string, index: number): string =>
  namesHere(index).reduce((said, [recorded, here]) => said.replaceAll(recorded, here), text);

const asRecorded = (text: string, index: number): string =>
  namesHere(index).reduce((said, [recorded, here]) => said.replaceAll(here, recorded), text);

const putObjects = async ({ s3 = [] }: DeployedCase, index: number): Promise<void> => {
  const client = new S3Client({ ...clientConfig(), forcePathStyle: true });
  for (const { Bucket, Key, Body } of s3) {
    const own = toHere(Bucket, index);
    await client.send(new CreateBucketCommand({ Bucket: own }));
    await client.send(new PutObjectCommand({ Bucket: own, Key, Body }));
  }
};

/** Answers the tasks of a case's activity as its worker did. */
const work = async ({ definition, tasks = [], expect }: DeployedCase): Promise<void> => {
  const [, activity] = /:activity:([^"]+)"/.exec(JSON.stringify(definition)) ?? [];
  if (activity === undefined) return;
  const [started] = expect.events?.filter(({ type }) => type === "ActivityStarted") ?? [];
  for (const { result } of tasks) {
    const { task } = await until(
      () =>
        first.api(`/v1/activities/${activity}/tasks`, {
          worker: started?.["workerName"],
          waitSeconds: 5,
        }),
      (claimed) => claimed.task !== undefined,
    );
    const { token } = task;
    const { output, error, cause } = result;
    await (output === undefined
      ? first.api("/v1/task-tokens/failure", { token, error, cause })
      : first.api("/v1/task-tokens/success", { token, output }));
  }
};

const read = async (path: string, index: number): Promise<Json> => {
  const { status, text } = await first.call(path);
  if (status !== 200) throw new Error(`${path} is answered ${status}: ${text}`);
  return parseJson(asRecorded(text, index));
};

interface Shown {
  readonly status: string;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
}

type ShownEvent = Parameters<typeof flattened>[0];

/** Who claimed and answered the task of an activity is said here, and not by the service. */
const ofAnybody = ({
  claimedBy: _claimedBy,
  answeredBy: _answeredBy,
  ...event
}: ReturnType<typeof flattened>) => event;

const shownAs = async (
  recorded: DeployedCase,
  executionId: string,
  index: number,
): Promise<Replayed> => {
  const path = `/v1/executions/${encodeURIComponent(executionId)}`;
  const { status, output, error, cause } = (await read(path, index)) as unknown as Shown;
  const { events } = (await read(`${path}/history?limit=1000`, index)) as unknown as {
    readonly events: readonly ShownEvent[];
  };
  return {
    status,
    ...(output !== undefined && { output }),
    ...(error !== undefined && { error }),
    ...(cause !== undefined && { cause }),
    history: events.map(({ type }) => type),
    events: events.map((event, at) => ofAnybody(flattened(event, recorded.expect.events?.[at]))),
  };
};

/** Runs a case through the API of the environment, from its definition to its history. */
const run = async (recorded: DeployedCase, index: number): Promise<Replayed> => {
  await putObjects(recorded, index);
  const { stateMachineArn } = await client.send(
    new CreateStateMachineCommand({
      name: `recorded-${index}`,
      definition: toHere(definitionText(recorded), index),
      roleArn: "arn:aws:iam::111111111111:role/any",
      type: recorded.workflowType,
    }),
  );
  const { executionArn = "" } = await client.send(
    new StartExecutionCommand({
      stateMachineArn,
      name: "execution",
      input: recorded.inputText ?? toHere(printJson(inputOf(recorded)), index),
    }),
  );
  await work(recorded);
  const executionId = `recorded-${index}:execution`;
  expect(executionArn).toContain(executionId);
  await until(
    () => first.api(`/v1/executions/${executionId}`),
    ({ status }) => status !== "RUNNING",
  );
  return shownAs(recorded, executionId, index);
};

beforeAll(async () => {
  first = await environmentNamed("First");
  client = sfnClient(first, await awsKey(first, "recorded"));
  const stubs = cases.flatMap(({ stub = {} }) => Object.entries(stub));
  functions = await startRecordedFunctions(
    new Map(
      stubs.flatMap(([arn, recorded]) =>
        recorded.kind === "sleep" ? [] : [[arn.split(":").at(-1) ?? "", recorded]],
      ),
    ),
  );
  writeFileSync(testbed().standInFile, functions.url);
});

afterAll(async () => {
  writeFileSync(testbed().standInFile, "");
  await functions?.close();
  client?.destroy();
});

test("the sample has cases of every group that can run here", () => {
  const groups = Map.groupBy(cases, ({ group }) => group);
  console.log(`${cases.length} recorded cases of ${groups.size} groups`);
  for (const [reason, count] of leftOut) console.log(`left out: ${count}, ${reason}`);
  expect(groups.size).toBe(28);
});

describe.concurrent("a recorded case gives the same on the deployed functions", () => {
  test.for(cases.map((recorded, index) => [recorded.id, recorded, index] as const))(
    "%s",
    async ([, recorded, index]) => {
      const compared = compareReplayed(recorded, await run(recorded, index));
      const differences = levels
        .filter((level) => level !== "parameters")
        .flatMap((level) => (compared[level] ?? []).map((each) => `${level}: ${each}`));
      expect(differences).toEqual([]);
    },
  );
});
