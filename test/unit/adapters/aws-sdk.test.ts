/** `aws-sdk:<service>:<action>`: any service whose client is installed; here against S3, SQS and DynamoDB. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { awsOptionsOf } from "#adapters/aws/aws-options.ts";
import { javaExceptionName, javaFieldName, javaServiceName } from "#adapters/aws/java-names.ts";
import { adapterRegistry } from "#adapters/registry.ts";
import { awsRunner, awsServers, outputOf, type awsServers as Servers } from "./aws-servers.ts";

let servers: Awaited<ReturnType<typeof Servers>>;
const { run, registry, close } = awsRunner();
const s3 = (action: string, parameters: Readonly<Record<string, string | number | object>>) =>
  run(`aws-sdk:s3:${action}`, { Bucket: "files", ...parameters } as never);

beforeAll(async () => {
  servers = await awsServers();
  Object.assign(process.env, servers.variables);
  outputOf(await s3("createBucket", {}));
});
afterAll(async () => {
  close();
  await servers.close();
});

describe("objects", () => {
  test("are written as JSON, text too, and read as text", async () => {
    // The ETag is the MD5 of what was written, as recorded on the real service.
    expect(outputOf(await s3("putObject", { Key: "a", Body: "text data" }))["ETag"]).toBe(
      '"2b5df3712557f503a9977a8ea893b2c9"',
    );
    expect(outputOf(await s3("putObject", { Key: "l", Body: ["List", "Data"] }))["ETag"]).toBe(
      '"6b23860357f6e63a0272b7f1143a663a"',
    );
    const read = outputOf(await s3("getObject", { Key: "l" }));
    expect(read).toMatchObject({ Body: '["List","Data"]', ContentLength: 15, Metadata: {} });
    expect(read["LastModified"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    expect(read).not.toHaveProperty("SdkHttpMetadata");
  });

  test("that are not there fail under the name of the SDK for Java", async () => {
    expect(await s3("getObject", { Key: "none" })).toMatchObject({
      error: "S3.NoSuchKeyException",
      cause: expect.stringMatching(
        /^.+ \(Service: S3, Status Code: 404, Request ID: \S+, Extended Request ID: \S+\) \(SDK Attempt Count: 1\)$/,
      ),
    });
    expect(await s3("listObjects", { Bucket: "none-such" })).toMatchObject({
      error: "S3.NoSuchBucketException",
    });
  });
});

describe("s3 for ItemReader and ResultWriter", () => {
  const text = "one\nzwö\n";

  test("text is written as it is, and read in stretches that cut no character", async () => {
    outputOf(await run("s3:putObject", { Bucket: "files", Key: "t", Body: text }));
    const read = await run("s3:getObject", { Bucket: "files", Key: "t", Range: "bytes=0-6" });
    expect(outputOf(read)).toMatchObject({ Body: "one\nzw", ContentRange: "bytes 0-6/9" });
    expect(outputOf(await run("s3:getObject", { Bucket: "files", Key: "t" }))["Body"]).toBe(text);
  });

  test("an empty object has an empty first stretch", async () => {
    outputOf(await run("s3:putObject", { Bucket: "files", Key: "empty", Body: "" }));
    const read = await run("s3:getObject", { Bucket: "files", Key: "empty", Range: "bytes=0-9" });
    expect(outputOf(read)["Body"]).toBe("");
  });

  test("objects are listed with instants in seconds", async () => {
    const listed = await run("s3:listObjectsV2", { Bucket: "files", Prefix: "t" });
    expect(outputOf(listed)["Contents"]).toEqual([
      expect.objectContaining({ Key: "t", Size: 9, LastModified: expect.any(Number) }),
    ]);
  });
});

describe("names", () => {
  test("fields may be written as Java or as the service does, and come back as in Java", async () => {
    const { queueUrl } = servers.queues.createQueue("q");
    const sent = outputOf(
      await run("aws-sdk:sqs:sendMessage", { QueueUrl: queueUrl, MessageBody: "b" }),
    );
    expect(Object.keys(sent)).toEqual(["Md5OfMessageBody", "MessageId"]);
    expect(await run("aws-sdk:sqs:getQueueUrl", { QueueName: "none" })).toMatchObject({
      error: "Sqs.QueueDoesNotExistException",
    });
  });

  test("what a service's model does not name is the service's own exception", async () => {
    const bad = { TableName: "x", Item: null };
    expect(await run("aws-sdk:dynamodb:putItem", bad)).toMatchObject({
      error: "DynamoDb.DynamoDbException",
      cause: expect.stringMatching(/\(Service: DynamoDb, Status Code: 400, Request ID: \S+\)/),
    });
  });

  // As Step Functions reports them.
  test.each([
    ["DynamoDB", "DynamoDb"],
    ["CloudWatch Logs", "CloudWatchLogs"],
    ["SFN", "Sfn"],
    ["EC2", "Ec2"],
    ["S3", "S3"],
    ["ElastiCache", "ElastiCache"],
    ["API Gateway", "ApiGateway"],
    ["Secrets Manager", "SecretsManager"],
    ["Elastic Load Balancing v2", "ElasticLoadBalancingV2"],
    ["Database Migration Service", "DatabaseMigration"],
    ["ACM PCA", "AcmPca"],
  ])("errors of %s begin with %s", (serviceId, name) => {
    expect(javaServiceName(serviceId)).toBe(name);
  });

  test.each([
    ["NoSuchKey", "NoSuchKeyException"],
    ["DBInstanceNotFoundFault", "DbInstanceNotFoundException"],
    ["KMSInvalidStateException", "KmsInvalidStateException"],
    ["EC2AccessDeniedException", "Ec2AccessDeniedException"],
  ])("the error %s is %s", (error, name) => {
    expect(javaExceptionName(error)).toBe(name);
  });

  test.each([
    ["DBInstanceIdentifier", "DbInstanceIdentifier"],
    ["ETag", "ETag"],
    ["ChecksumCRC32", "ChecksumCRC32"],
    ["MD5OfMessageBody", "Md5OfMessageBody"],
    ["stateMachineArn", "StateMachineArn"],
    ["SSEKMSKeyId", "SsekmsKeyId"],
    ["equals", "EqualsValue"],
    ["ARN", "Arn"],
  ])("the field %s is %s", (field, name) => {
    expect(javaFieldName(field)).toBe(name);
  });
});

describe("what can not be called", () => {
  const cause = async (resource: string, options = {}) => {
    const runner = awsRunner(options);
    const result = await runner.run(resource, {});
    expect(runner.registry.knowsResource(`arn:aws:states:::${resource}`)).toBe(
      (result as { error: string }).error === "States.Runtime",
    );
    return result;
  };

  test.each([
    ["a service without a client", "aws-sdk:nosuch:get", "npm install @aws-sdk/client-nosuch"],
    ["an integration that is not built", "ecs:runTask", "arn:aws:states:::aws-sdk:ecs:runTask"],
    ["an endpoint", "apigateway:invoke", "holdfast:http:request"],
    ["a job that is waited for", "glue:startJobRun.sync", "not built"],
  ])("%s says what to do", async (_, resource, words) => {
    expect(await cause(resource)).toMatchObject({
      error: "Holdfast.UnknownResource",
      cause: expect.stringContaining(words),
    });
  });

  test("a call that is misspelt is named", async () => {
    expect(await cause("aws-sdk:s3:getObjekt")).toMatchObject({
      error: "States.Runtime",
      cause: expect.stringContaining('"getObjekt"'),
    });
  });

  test("without a region nothing is called", async () => {
    expect(await cause("sqs:sendMessage", { region: undefined })).toMatchObject({
      error: "Holdfast.UnknownResource",
      cause: expect.stringContaining("AWS_REGION"),
    });
  });

  test("where no client is installed, the package is named", async () => {
    const directory = mkdtempSync(join(tmpdir(), "holdfast-no-sdk-"));
    const result = await cause("sqs:sendMessage", { searchFrom: [join(directory, "x.js")] });
    expect(result).toMatchObject({ cause: expect.stringContaining("@aws-sdk/client-sqs") });
    rmSync(directory, { recursive: true });
  });

  test("a client that does not describe its calls is too old", async () => {
    const directory = mkdtempSync(join(tmpdir(), "holdfast-old-sdk-"));
    const old = join(directory, "node_modules/@aws-sdk/client-sqs");
    mkdirSync(old, { recursive: true });
    writeFileSync(join(old, "package.json"), '{"name":"@aws-sdk/client-sqs","main":"x.js"}');
    writeFileSync(
      join(old, "x.js"),
      "exports.SQSClient = class {}; exports.SendMessageCommand = class {};",
    );
    const runner = awsRunner({ searchFrom: [join(directory, "x.js")] });
    expect(await runner.run("sqs:sendMessage", {})).toMatchObject({
      error: "Holdfast.AwsClientTooOld",
      cause: expect.stringContaining("npm install @aws-sdk/client-sqs@latest"),
    });
    rmSync(directory, { recursive: true });
  });

  test("other resources are left to other adapters", () => {
    const other = { name: "other", description: "", activities: {} };
    const bare = adapterRegistry([other], { nowMs: () => 0 });
    expect(bare.knowsResource("arn:aws:states:::sqs:sendMessage")).toBe(false);
    expect(registry.knowsResource("holdfast:http:request")).toBe(false);
    expect(registry.knowsResource("arn:aws:states:us-east-1:123456789012:activity:a")).toBe(false);
  });
});

test("the usual variables say where calls go", () => {
  expect(awsOptionsOf({ AWS_REGION: "" }, []).region).toBeUndefined();
  expect(awsOptionsOf({ AWS_DEFAULT_REGION: "eu-west-1" }, []).region).toBe("eu-west-1");
  const onlyQueues = awsOptionsOf({ AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:1" }, []);
  expect(["sqs", "s3"].map((service) => onlyQueues.isElsewhere?.(service))).toEqual([true, false]);
  const all = awsOptionsOf({ AWS_ENDPOINT_URL: "http://127.0.0.1:1" }, []);
  expect(all.isElsewhere?.("s3")).toBe(true);
});

test("clients are found in NODE_PATH, where a Lambda has those of its runtime", () => {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-node-path-"));
  const module = new URL("../../../shared/adapters/aws/sdk-packages.ts", import.meta.url);
  const program = `
    import { sdkPackages } from ${JSON.stringify(module.href)};
    const { client } = sdkPackages([${JSON.stringify(join(directory, "x.js"))}]).load("sqs");
    console.log(typeof client.SendMessageCommand);`;
  const NODE_PATH = fileURLToPath(new URL("../../../node_modules", import.meta.url));
  const found = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
    cwd: directory,
    env: { ...process.env, NODE_PATH },
    encoding: "utf8",
  });
  expect(found.trim()).toBe("function");
  rmSync(directory, { recursive: true });
});

test("a token that makes repetitions harmless is the same for all attempts of an activity", async () => {
  const { requestInput } = await import("#adapters/aws/request-input.ts");
  const { awsServices } = await import("#adapters/aws/aws-service.ts");
  const { sdkPackages } = await import("#adapters/aws/sdk-packages.ts");
  const { input } = awsServices(sdkPackages([import.meta.filename]))("dynamodb").operation(
    "transactWriteItems",
  );
  const inputFor = (idempotencyKey: string, given = {}) =>
    requestInput(
      input,
      { TransactItems: [], ...given },
      {
        isJava: true,
        isBase64: true,
        idempotencyKey,
      },
    )["ClientRequestToken"];
  expect(inputFor("p:1/0.1")).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  expect(inputFor("p:1/0.1")).toBe(inputFor("p:1/0.1"));
  expect(inputFor("p:1/0.2")).not.toBe(inputFor("p:1/0.1"));
  expect(inputFor("p:1/0.1", { ClientRequestToken: "mine" })).toBe("mine");
});
