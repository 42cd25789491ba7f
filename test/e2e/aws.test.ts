/** AWS resources on one machine: the command and its server against SQS, S3 (fauxqs) and DynamoDB (dynalite). */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  awsRunner,
  awsServers,
  outputOf,
  protocolServer,
  type awsServers as Servers,
} from "../unit/adapters/aws-servers.ts";
import { holdfast, type Running } from "./holdfast-command.ts";

let servers: Awaited<ReturnType<typeof Servers>>;
let directory: string;
let server: Running;
let warehouse: string;
const aws = awsRunner();

const start = async (data: string, env: Readonly<Record<string, string>>): Promise<Running> => {
  const started = holdfast(["start", "--port", "0", "--data", data], { env });
  await started.shows("Ready.");
  return started;
};

const stop = async (running: Running): Promise<void> => {
  running.child.kill("SIGTERM");
  await running.ended;
};

const call = async (...commandArguments: string[]) =>
  holdfast(commandArguments, { env: { HOLDFAST_DATA: join(directory, "data") } }).ended;

const json = async (...commandArguments: string[]) => {
  const { stdout, stderr } = await call(...commandArguments, "--json");
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "holdfast-aws-"));
  servers = await awsServers();
  Object.assign(process.env, servers.variables);
  outputOf(
    await aws.run("aws-sdk:dynamodb:createTable", {
      TableName: "orders",
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  warehouse = servers.queues.createQueue("warehouse").queueUrl;
  server = await start(join(directory, "data"), servers.variables);
});
afterAll(async () => {
  await stop(server);
  aws.close();
  await servers.close();
  await rm(directory, { recursive: true });
});

const stateOf = async (id: string) => {
  const read = await aws.run("dynamodb:getItem", { TableName: "orders", Key: { id: { S: id } } });
  return outputOf(read)["Item"];
};

/** What the warehouse finds in its queue, once something is there. */
const message = async (): Promise<{ order: string; items: string[]; token: string }> => {
  const find = () => servers.queues.inspectQueue("warehouse")?.messages.ready.at(-1)?.body;
  await expect.poll(find, { timeout: 30_000 }).toBeDefined();
  return JSON.parse(find() ?? "{}");
};

describe("examples/order-intake", () => {
  const run = (name: string, ...more: string[]) => {
    const input = { table: "orders", queueUrl: warehouse, orderId: "4711", items: ["bolt", "nut"] };
    const text = JSON.stringify(input);
    return call("run", "examples/order-intake", "--name", name, "--input", text, ...more);
  };

  it("books, waits for the warehouse's answer over a restart of the server, and notes it", async () => {
    expect(await run("first", "--detach")).toMatchObject({ code: 0 });
    const { token, ...sent } = await message();
    expect(sent).toEqual({ order: "4711", items: ["bolt", "nut"] });
    expect(await stateOf("4711")).toMatchObject({
      state: { S: "booked" },
      bookedBy: { S: "first" },
      items: { L: [{ S: "bolt" }, { S: "nut" }] },
    });
    await stop(server);
    server = await start(join(directory, "data"), servers.variables);
    expect(await call("answer", token, "--output", '{"parcel":"P-7"}')).toMatchObject({ code: 0 });
    await expect
      .poll(async () => (await json("show", "order-intake:first")).status, { timeout: 30_000 })
      .toBe("SUCCEEDED");
    const { output } = await json("show", "order-intake:first");
    expect(output).toEqual({ order: "4711", state: "packed", parcel: "P-7" });
    expect(await stateOf("4711")).toMatchObject({ state: { S: "packed" } });
  });

  it("ends where the order is known, by the name of the service's error", async () => {
    const { stdout, code } = await run("second");
    expect(code).not.toBe(0);
    expect(stdout).toContain("caught DynamoDB.ConditionalCheckFailedException");
    expect(await json("show", "order-intake:second")).toMatchObject({
      error: "KnownAlready",
      outcome: "failed (completed)",
    });
  });
});

describe("a distributed map over an object", () => {
  const rows = Array.from({ length: 4_000 }, (_, id) => `${id},${"é".repeat(40)}`);
  const definition = {
    QueryLanguage: "JSONata",
    StartAt: "Each",
    States: {
      Each: {
        Type: "Map",
        ItemReader: {
          Resource: "arn:aws:states:::s3:getObject",
          Arguments: { Bucket: "data", Key: "items.csv" },
          ReaderConfig: { InputType: "CSV", CSVHeaderLocation: "FIRST_ROW" },
        },
        ItemBatcher: { MaxItemsPerBatch: 100 },
        ItemProcessor: {
          ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
          StartAt: "Ids",
          States: {
            Ids: { Type: "Pass", Output: "{% [$states.input.Items.$number(id)] %}", End: true },
          },
        },
        ResultWriter: {
          Resource: "arn:aws:states:::s3:putObject",
          Arguments: { Bucket: "data", Prefix: "results" },
          WriterConfig: { OutputType: "JSON", Transformation: "FLATTEN" },
        },
        End: true,
      },
    },
  };

  it("reads it in stretches and writes the results beside it", async () => {
    outputOf(await aws.run("aws-sdk:s3:createBucket", { Bucket: "data" }));
    const Body = ["id,name", ...rows].join("\n");
    outputOf(await aws.run("s3:putObject", { Bucket: "data", Key: "items.csv", Body }));
    const document = join(directory, "over-object.json");
    await writeFile(document, JSON.stringify({ kind: "Process", name: "over-object", definition }));
    expect(await call("run", document, "--name", "one")).toMatchObject({ code: 0, stderr: "" });
    const { output } = await json("show", "over-object:one");
    const { Bucket, Key } = output.ResultWriterDetails;
    const read = async (name: string) =>
      JSON.parse(String(outputOf(await aws.run("s3:getObject", { Bucket, Key: name }))["Body"]));
    const manifest = await read(Key);
    const ids = await Promise.all(
      manifest.ResultFiles.SUCCEEDED.map((file: { Key: string }) => read(file.Key)),
    );
    expect(ids.flat()).toEqual(rows.map((_, id) => id));
  });
});

it("a server that was given no region calls nothing, and says how to change that", async () => {
  const data = join(directory, "apart");
  const without = { ...servers.variables, AWS_REGION: "", AWS_DEFAULT_REGION: "" };
  const apart = await start(data, without);
  const document = join(directory, "send.json");
  const send = { Type: "Task", Resource: "arn:aws:states:::sqs:sendMessage", End: true };
  const definition = { StartAt: "Send", States: { Send: send } };
  await writeFile(document, JSON.stringify({ kind: "Process", name: "send", definition }));
  const { stdout, stderr } = await holdfast(["run", document], { env: { HOLDFAST_DATA: data } })
    .ended;
  expect(stdout + stderr).toContain("Holdfast.UnknownResource");
  expect(stdout + stderr).toContain("AWS_REGION");
  await stop(apart);
});

it("a function that ran when its server was killed is not called again: the operator is asked", async () => {
  // Answers never: the calls are what matters.
  const lambda = await protocolServer(() => undefined);
  const data = join(directory, "killed");
  const env = { ...servers.variables, AWS_ENDPOINT_URL_LAMBDA: lambda.url };
  const killed = await start(data, env);
  const document = join(directory, "charge.json");
  const Charge = {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke",
    Parameters: { FunctionName: "charge", Payload: { amount: 10 } },
    End: true,
  };
  const definition = { StartAt: "Charge", States: { Charge } };
  await writeFile(document, JSON.stringify({ kind: "Process", name: "charge", definition }));
  const inKilled = (...commandArguments: string[]) =>
    holdfast(commandArguments, { env: { HOLDFAST_DATA: data } }).ended;
  await inKilled("run", document, "--name", "one", "--detach");
  await expect.poll(() => lambda.asked.length, { timeout: 30_000 }).toBe(1);
  killed.child.kill("SIGKILL");
  await killed.ended;
  const again = await start(data, env);
  const show = async () => (await inKilled("show", "charge:one")).stdout;
  await expect.poll(show, { timeout: 30_000 }).toContain("asks what became of Charge");
  expect(lambda.asked).toHaveLength(1);
  await stop(again);
  await lambda.close();
});
